/** The API over a real store with a few people, for the tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseRules } from "../../src/config/rules.js";
import { loadCity } from "../../src/geo/load.js";
import { createAuditLog } from "../../src/http/access/audit.js";
import { openAccess } from "../../src/http/access/authenticate.js";
import { createKey } from "../../src/http/access/keys.js";
import type { Role } from "../../src/http/access/principal.js";
import { allAnswers } from "../../src/http/all-answers.js";
import { ALL_OPERATIONS } from "../../src/http/all-operations.js";
import { type ApiOptions, createApi } from "../../src/http/api.js";
import { cachedAsk, createAsk } from "../../src/http/ask.js";
import { circleNames } from "../../src/http/circle-words.js";
import { Line } from "../../src/http/line.js";
import { Problem } from "../../src/http/problem.js";
import { startHttp } from "../../src/http/server.js";
import { scopeIn } from "../../src/http/services.js";
import { tablesNow } from "../../src/http/tables-now.js";
import { Disclosure } from "../../src/insight/disclosure.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import type { Excluded } from "../../src/signal/exclusion.js";
import type { NoticePublisher } from "../../src/source/nats/cloud-events.js";
import { openStore, type Store } from "../../src/store/client.js";
import { freshAudiences } from "../../src/store/fresh-audiences.js";
import { ToldRegister } from "../../src/store/told-register.js";
import { createCalendar } from "../../src/time/calendar.js";
import { smallCityFiles } from "../smoke/small-city.js";
import { startTestServer, testOptions } from "../store/support.js";

const DAY_MS = 86_400_000;
const SINCE = 1767571200;
const SLOT = 1767614400;

/** Two H3 cells of resolution 9, where 60 and 14 people are, and the one of resolution 6 that holds both. */
export const H3 = { west: "89411d4d357ffff", east: "89411d4d2dbffff", both: "86411d4d7ffffff" };

/** What the noise of its numbers is drawn with. */
export const SECRET = [1, 2, 3, 4] as const;
/** Fewer are never told of. */
export const PEOPLE_MIN = 15;

const RULES = `
defaults: { enter: 0.5, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles:
  - { circle: white-collar, dimension: demographic, name: 商务白领圈, says: Works in an office, all: [{ home_network: { foreign: true } }] }
  - { circle: film, dimension: preference, all: [{ home_network: { foreign: true } }] }
  - { circle: music:$genre, for: { genre: music }, dimension: preference, all: [{ home_network: { foreign: true } }] }
`;

/** 100 people: 60 live in W, 40 in E; 80 are white-collar, 10 like films, 3 like jazz. Person n is subscriber 1000 + n. */
async function fill({ client }: Store): Promise<void> {
  const people = Array.from({ length: 100 }, (_, n) => n);
  const member = (circle: string, dimension: string, n: number) => ({
    subscriber: 1000 + n,
    dimension,
    circle,
    score: 0.9,
    since: SINCE,
    seen: SLOT,
    evidence: '{"rule":"test","days":9}',
    version: 1,
  });
  const memberships = people.flatMap((n) => [
    ...(n < 80 ? [member("white-collar", "demographic", n)] : []),
    ...(n < 10 ? [member("film", "preference", n)] : []),
    ...(n < 3 ? [member("music:jazz", "preference", n)] : []),
  ]);
  const place = {
    lon: 113.3,
    lat: 23.1,
    h3: BigInt(`0x${H3.west}`).toString(),
    cell: "ecgi:460-00-1000",
    venue: "",
    category: "",
  };
  const region = (n: number) => (n < 60 ? "W" : "E");
  const anchor = (kind: string, n: number, where: string) => ({
    ...{
      subscriber: 1000 + n,
      kind,
      rank: 1,
      region: where,
      share: 1,
      days: 9,
      rule: "nights",
      confidence: 0.9,
      version: 1,
    },
    ...place,
  });
  const insert = (table: string, values: object[]) => client.insert({ table, values, format: "JSONEachRow" });
  await insert(
    "memberships_rows",
    memberships.map((row) => ({ ...row, gone: 0 })),
  );
  await insert(
    "membership_log_rows",
    memberships.map((row) => ({ ...row, change: "entered", time: SINCE })),
  );
  await insert(
    "anchors_rows",
    people.flatMap((n) => [anchor("home", n, region(n)), anchor("day", n, "E")]).map((row) => ({ ...row, gone: 0 })),
  );
  await insert(
    "stays_rows",
    people.flatMap((n) => [
      {
        subscriber: 1000 + n,
        start: SINCE,
        end: SINCE + 8 * 3600,
        region: region(n),
        confidence: 1,
        events: 9,
        ...place,
      },
      {
        subscriber: 1000 + n,
        start: SINCE + 9 * 3600,
        end: SINCE + 12 * 3600,
        region: "E",
        confidence: 1,
        events: 9,
        ...place,
      },
    ]),
  );
  await insert("presence_rows", [
    { slot: SLOT, h3: place.h3, region: "W", circle: "", partition: 0, subscribers: 40 },
    { slot: SLOT, h3: place.h3, region: "W", circle: "", partition: 1, subscribers: 20 },
    { slot: SLOT, h3: BigInt(`0x${H3.east}`).toString(), region: "E", circle: "", partition: 0, subscribers: 14 },
  ]);
}

/** Region circles of the homes: 60 in W, 40 in E. */
async function addHomes({ client }: Store): Promise<void> {
  const values = Array.from({ length: 100 }, (_, n) => ({
    ...{ subscriber: 1000 + n, dimension: "region", circle: n < 60 ? "home:W" : "home:E", score: 0.9 },
    ...{ since: SINCE, seen: SLOT, evidence: "{}", version: 1, gone: 0 },
  }));
  await client.insert({ table: "memberships_rows", values, format: "JSONEachRow" });
}

/** A server looks at its file of keys once a second. */
export const keysAreKnown = () => pause(1100);

export interface Served {
  /** Region circles of the homes; before the first question about an audience. */
  addHomes(): Promise<void>;
  readonly url: string;
  readonly store: Store;
  readonly logged: string[];
  key(role: Role, change?: { regions?: string[]; purposes?: string[]; expiresMs?: number }): string;
  keysFile: string;
  close(): Promise<void>;
}

export interface ServedParts {
  /** Who must be in no list of people, asked anew each time. */
  readonly excluded?: () => readonly Excluded[];
  readonly notices?: NoticePublisher;
  /** Different audiences that one is told of in a day. */
  readonly perDayMax?: number;
}

const NOBODY: readonly Excluded[] = [];
const nobody = () => NOBODY;

/** One API over one store; `change` overrides its limits. */
export async function serve(
  change: Partial<ApiOptions> = {},
  { excluded = nobody, notices, perDayMax = 200 }: ServedParts = {},
): Promise<Served> {
  const server = await startTestServer();
  const store = await openStore(testOptions(server.url));
  await fill(store);
  const { city } = loadCity(new Map(Object.entries(smallCityFiles()).map(([name, text]) => [name, Buffer.from(text)])));
  const { rules } = parseRules(RULES);
  if (city === null || rules === null) throw new Error("the test's city or rules have faults");
  const folder = mkdtempSync(join(tmpdir(), "lifecircle-api-"));
  const keysFile = join(folder, "api-keys.json");
  const logged: string[] = [];
  const access = openAccess({ keysFile, oidc: null, loopback: true, warn: (text) => logged.push(text) });
  const limits = { secondsMax: 10, memoryMbMax: 500, rowsReadMax: 1e6 };
  const line = new Line(4);
  const ask = createAsk(store.client, limits, line, "few");
  const tables = tablesNow(ask);
  const audit = createAuditLog(store.client);
  const app = createApi({
    operations: ALL_OPERATIONS,
    answers: allAnswers({
      store: store.client,
      ask,
      numbers: cachedAsk(createAsk(store.client, limits, line, "many"), 0, tables),
      tables,
      audiences: freshAudiences(store.client, excluded, 0),
      excluded,
      notices: async () => {
        if (notices !== undefined) return notices;
        throw new Problem(503, "there is no NATS server", "start one", [], { "retry-after": "5" });
      },
      city,
      calendar: createCalendar(city.timeZone, city.holidays),
      rules: () => rules,
      knownNames: () => ({ circles: circleNames(rules, city), city }),
      disclosure: new Disclosure({ peopleMin: PEOPLE_MIN, key: SECRET }),
      toldSets: new ToldRegister(store.client, { peopleMin: PEOPLE_MIN, perDayMax, observe: () => undefined }),
      h3Resolution: 9,
      samePlaceMetres: 300,
      pseudonymOf: (id) => (id === "460001234500007" ? "1007" : "99"),
      scopeOf: (principal) => scopeIn(city, principal),
    }),
    access,
    audit,
    rate: { perSecondMax: 1000, burstMax: 1000 },
    admission: { leastMax: 100, mostMax: 100, answerMsMax: 60_000 },
    cacheSecondsMax: 0,
    bodyBytesMax: 4096,
    secondsMax: 10,
    version: "0.0.0",
    observe: () => undefined,
    warn: (text) => logged.push(text),
    ...change,
  });
  const http = await startHttp({
    ...{ host: "127.0.0.1", port: 0, remoteAllowed: false, registry: createMetrics().registry, health: {} },
    access,
    api: () => app,
    page: null,
  });
  return {
    url: `${http.url}/v1`,
    store,
    logged,
    keysFile,
    addHomes: () => addHomes(store),
    key: (role, { regions, purposes, expiresMs } = {}) =>
      createKey(
        keysFile,
        {
          name: `a ${role}`,
          role,
          regions: regions ?? null,
          purposes: purposes ?? null,
          expiresMs: expiresMs ?? Date.now() + DAY_MS,
        },
        Date.now(),
      ).text,
    async close() {
      await http.close();
      await audit.close();
      await store.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
