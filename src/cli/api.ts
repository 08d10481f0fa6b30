import type { Hono } from "hono";
import type { Logger } from "pino";
import { Follower } from "../activation/follower.js";
import { Follows } from "../activation/follows.js";
import { SavedAudiences } from "../activation/saved.js";
import { readRules, watchRules } from "../config/rules.js";
import type { Config } from "../config/schema.js";
import type { City } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { createAuditLog } from "../http/access/audit.js";
import { type Access, isLoopback, openAccess } from "../http/access/authenticate.js";
import { keysPath } from "../http/access/keys.js";
import { allAnswers } from "../http/all-answers.js";
import { ALL_OPERATIONS } from "../http/all-operations.js";
import { createApi } from "../http/api.js";
import { cachedAsk, createAsk } from "../http/ask.js";
import { circleNames } from "../http/circle-words.js";
import { Line } from "../http/line.js";
import { PAGE_FOLDER, readPage } from "../http/page.js";
import { Problem } from "../http/problem.js";
import { startHttp } from "../http/server.js";
import { type Services, scopeIn } from "../http/services.js";
import { tablesNow } from "../http/tables-now.js";
import type { Disclosure } from "../insight/disclosure.js";
import { createLog } from "../metrics/log.js";
import { createMetrics, type Metrics } from "../metrics/metrics.js";
import { formatPseudonym } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { IDENTITY_BYTES_MAX, Pseudonymiser } from "../source/pseudonym.js";
import type { StoreClient } from "../store/client.js";
import { freshAudiences } from "../store/fresh-audiences.js";
import { migrate } from "../store/migrate.js";
import { ToldRegister } from "../store/told-register.js";
import { createCalendar } from "../time/calendar.js";
import { type AudienceNotices, audienceNotices } from "./audience-notices.js";
import { openDisclosure } from "./disclosure.js";
import { findStore, storeAddress } from "./find-store.js";
import { Closers, stopOnSignal } from "./lifetime.js";
import { packageVersion } from "./package-version.js";
import { type KnownOrders, watchExcluded } from "./privacy.js";
import { pseudonymKey } from "./pseudonym.js";
import { watchCity } from "./watch-city.js";

/** Who may ask, as config says. @throws UserError where a token could not be checked, or the file of keys is damaged */
export function configuredAccess({ api, data, http }: Config, warn: (message: string) => void): Access {
  const { oidc } = api;
  if (oidc.issuer !== "" && (oidc.audience === "" || oidc.jwks === "")) {
    throw new UserError(
      "api.oidc.issuer is set without audience and jwks",
      "set api.oidc.audience and api.oidc.jwks as well",
    );
  }
  return openAccess({
    keysFile: keysPath(data.dir),
    oidc: oidc.issuer === "" ? null : oidc,
    loopback: isLoopback(http.host),
    warn,
  });
}

/** Between two looks of the audiences at what the store was given since. */
const AUDIENCES_MS = 2000;

/** Questions that a page asks at once when it opens. */
const ADMITTED_LEAST = 8;

export interface RunningApi {
  readonly app: Hono;
  /** Ends the following of audiences, and writes what waits for the audit log. */
  close(): Promise<void>;
}

export interface ApiParts {
  readonly config: Config;
  /** The reference data in force. */
  readonly city: () => LoadedCity;
  readonly client: StoreClient;
  readonly access: Access;
  readonly disclosure: Disclosure;
  /** Secret of the pseudonyms. */
  readonly key: Uint8Array;
  /** Who is to be forgotten or opted out; what the data folder says without. */
  readonly known?: KnownOrders;
  readonly warn: (message: string) => void;
  /** Publishes the changes of followed audiences; one process of a deployment does. */
  readonly follows: boolean;
  /** Shows what was published. */
  readonly metrics: Metrics;
}

/** The API over a store whose schema is up to date. */
export function configuredApi(parts: ApiParts): RunningApi {
  const { config, client, access, warn } = parts;
  const audit = createAuditLog(client);
  const notices = audienceNotices(config, warn, parts.metrics);
  const services = servicesOf(parts, notices);
  const { audiences: index } = services;
  const follower = parts.follows
    ? new Follower({
        index,
        saved: new SavedAudiences(client),
        follows: new Follows(client),
        notices: () => notices.open(),
        lease: () => notices.lease(),
        audit,
        warn,
        lookMs: AUDIENCES_MS,
      })
    : null;
  const app = createApi({
    ...config.api,
    operations: ALL_OPERATIONS,
    answers: allAnswers(services),
    access,
    audit,
    rate: config.api,
    admission: {
      ...config.api,
      leastMax: Math.min(ADMITTED_LEAST, config.api.admittedMax),
      mostMax: config.api.admittedMax,
    },
    observe: parts.metrics.observeAnswers(Object.keys(ALL_OPERATIONS)),
    version: packageVersion(),
    warn,
  });
  return {
    app,
    async close() {
      // What is under way is found in the store by the next start; a server that is away must not hold up the end.
      await Promise.all([follower?.close(), notices.close()]);
      await audit.close();
    },
  };
}

function servicesOf(
  { config, city, client, disclosure, key, known, metrics, warn }: ApiParts,
  notices: AudienceNotices,
): Services {
  const excluded = watchExcluded(config, key, warn, known);
  const line = new Line(config.api.atWorkMax);
  const ask = createAsk(client, config.api, line, "few");
  const tables = tablesNow(ask);
  const changed = watchRules(config.circles.rulesFile, warn);
  let rules = readRules(config.circles.rulesFile);
  const rulesNow = () => {
    rules = changed() ?? rules;
    return rules;
  };
  let calendar = calendarOf(city());
  const pseudonymiser = new Pseudonymiser(key, { cacheEntriesMax: 1 });
  return {
    store: client,
    ask,
    numbers: cachedAsk(createAsk(client, config.api, line, "many"), config.api.cacheSecondsMax, tables),
    tables,
    audiences: freshAudiences(client, excluded, AUDIENCES_MS),
    excluded,
    notices: () =>
      notices.open().catch((error: Error) => {
        warn(error.message);
        throw new Problem(503, "no NATS server answers now", "ask again a little later", [], { "retry-after": "5" });
      }),
    get city() {
      return city();
    },
    get calendar() {
      const now = city();
      if (calendar.of !== now) calendar = calendarOf(now);
      return calendar.calendar;
    },
    rules: rulesNow,
    knownNames: () => ({ circles: circleNames(rulesNow(), city()), city: city() }),
    disclosure,
    toldSets: new ToldRegister(client, {
      peopleMin: config.api.peopleMin,
      perDayMax: config.api.audiencesToldPerDayMax,
      observe: metrics.observeTold,
    }),
    h3Resolution: config.presence.h3Resolution,
    samePlaceMetres: config.stays.joinMetres,
    pseudonymOf(id) {
      if (Buffer.byteLength(id) > IDENTITY_BYTES_MAX) return null;
      pseudonymiser.pseudonymiseText(id);
      return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
    },
    scopeOf: (principal) => scopeIn(city(), principal),
  };
}

function calendarOf(city: City) {
  return { of: city, calendar: createCalendar(city.timeZone, city.holidays) };
}

/** `lifecircle api`: answers over the store of config until SIGINT or SIGTERM. */
export async function runApi(config: Config): Promise<void> {
  const log = createLog({ level: config.log.level, pretty: config.log.pretty });
  const warn = (message: string) => log.warn(message);
  const closers = new Closers();
  const stop = stopOnSignal(log);
  try {
    await serveUntil(stop, { config, log, warn, closers });
  } finally {
    await closers.closeAll(warn);
  }
}

interface Context {
  readonly config: Config;
  readonly log: Logger;
  readonly warn: (message: string) => void;
  readonly closers: Closers;
}

async function serveUntil(stop: AbortSignal, { config, log, warn, closers }: Context): Promise<void> {
  const access = configuredAccess(config, warn);
  let api: Hono | null = null;
  let client: StoreClient | null = null;
  const metrics = createMetrics();
  const server = await startHttp({
    ...config.http,
    registry: metrics.registry,
    health: {
      store: async () =>
        (await client?.ping({ select: true }))?.success === true
          ? { ok: true, detail: "answers" }
          : { ok: false, detail: client === null ? "is starting" : "does not answer" },
    },
    access,
    api: () => api,
    page: readPage(PAGE_FOLDER),
  });
  closers.add(() => server.close());
  const watch = await watchCity(config.geo.dir, { warn });
  closers.add(async () => watch.close());
  const key = await pseudonymKey(config, true);
  const disclosure = await openDisclosure(config);
  const store = await findStore(storeAddress(config), true);
  closers.add(() => store.close());
  await migrate(store.client);
  const running = configuredApi({
    config,
    city: () => watch.city,
    client: store.client,
    access,
    disclosure,
    key,
    warn,
    follows: config.api.followsAudiences,
    metrics,
  });
  closers.add(() => running.close());
  client = store.client;
  api = running.app;
  process.stderr.write(
    `The API answers for ${watch.city.name} at ${server.url}/v1; its form is ${server.url}/v1/openapi.json\n`,
  );
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
  log.info("no more questions are taken");
}
