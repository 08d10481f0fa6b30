/**
 * What does each kind of question of `load` cost of processor time, in the API and in the store, and what an event, in the engine and in the
 * store? `npm run bench -- question-costs [--times 20] [--subscribers 20000] [--per-day 60] [--fill-seconds 60] [--seed 1] [--json]`; the test of
 * the same name runs it tiny.
 *
 * The processes of `load`, with `api.cacheSecondsMax` 0. First events as fast as the engine takes them; then none, and one question after the other.
 * Before each of the first column a row is written to every table, so that nothing is given again for which the tables must not have
 * changed; before those of the second nothing is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Client } from "../src/http/client.js";
import type { StoreClient } from "../src/store/client.js";
import { type AskedEngine, type Cpu, subjectsOf, withAskedEngine } from "./support/asked-engine.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { type QuestionKind, questionKinds } from "./support/questions.js";
import { randomWords } from "./support/traffic.js";

const OPTIONS = { times: 20, subscribers: 20_000, perDay: 60, fillSeconds: 60, seed: 1 };
const AHEAD_MAX = 131_072;
const QUIET_MS = 200;
const QUIET_SECONDS_MAX = 120;
/** Longer than the API lets pass before it looks at the tables again. */
const LOOK_MS = 1100;
const TABLES = ["memberships_rows", "membership_log_rows", "anchors_rows", "stays_rows", "presence_rows"];

/** Milliseconds of processor time. */
export interface Cost {
  readonly what: string;
  /** Part of the questions of `load`; null for events. */
  readonly share: number | null;
  readonly api: number;
  readonly store: number;
  /** The same where the tables have not changed since the kind was asked last. */
  readonly apiAgain: number | null;
  readonly storeAgain: number | null;
  /** Of the engine, for events. */
  readonly engine: number | null;
}

/** @param says which kinds of questions; absent: all */
export async function benchQuestionCosts(options: typeof OPTIONS, says?: readonly string[]): Promise<Cost[]> {
  const { perDay, subscribers, seed } = options;
  const servers = { isApart: true, cacheSecondsMax: 0, eventsPerDay: perDay, subscribers, seed };
  return withAskedEngine(servers, async (setup) => {
    const events = await costOfEvents(setup, options.fillSeconds);
    const word = randomWords(seed);
    const kinds = questionKinds(await subjectsOf(setup.store), () => word() / 2 ** 32).filter(
      (kind) => kind.weight > 0 && (says?.includes(kind.says) ?? true),
    );
    const sum = kinds.reduce((all, { weight }) => all + weight, 0);
    const [client] = setup.clients(1) as [Client];
    const costs: Cost[] = [events];
    for (const kind of kinds) {
      // The audiences are read into memory, the outlines of the regions made.
      await asked(client, kind);
      const changed = await costOf(setup, client, kind, options.times, () => changeTables(setup.store));
      const same = await costOf(setup, client, kind, options.times, async () => undefined);
      costs.push({
        ...{ what: kind.says, share: kind.weight / sum, engine: null },
        ...{ api: changed.api, store: changed.clickhouse, apiAgain: same.api, storeAgain: same.clickhouse },
      });
    }
    return costs;
  });
}

/** Of a thousand events. */
async function costOfEvents({ feed, engine, cpu }: AskedEngine, seconds: number): Promise<Cost> {
  const before = cpu();
  const startMs = performance.now();
  let taken = 0;
  while (performance.now() - startMs < seconds * 1000) {
    if (feed.events - taken < AHEAD_MAX) await feed.next();
    else {
      await sleep(1);
      taken = await engine.metric("lifecircle_events_total");
    }
  }
  await feed.drain();
  for (let waited = 0; waited < QUIET_SECONDS_MAX && (await engine.metric("lifecircle_lag_messages")) > 0; waited++)
    await sleep(1000);
  taken = await engine.metric("lifecircle_events_total");
  const spent = difference(cpu(), before);
  const each = (part: keyof Cpu) => (spent[part] * 1e6) / taken;
  return {
    ...{ what: "1,000 events", share: null, api: each("api"), store: each("clickhouse") },
    ...{ apiAgain: null, storeAgain: null, engine: each("engine") },
  };
}

async function costOf(
  { cpu }: AskedEngine,
  client: Client,
  kind: QuestionKind,
  times: number,
  before: () => Promise<void>,
): Promise<{ api: number; clickhouse: number }> {
  let [api, clickhouse] = [0, 0];
  for (let i = 0; i < times; i++) {
    await before();
    const start = cpu();
    await asked(client, kind);
    // What was begun for the next ones, as the rows of the audit log.
    await sleep(QUIET_MS);
    const spent = difference(cpu(), start);
    api += spent.api;
    clickhouse += spent.clickhouse;
  }
  return { api: (api * 1000) / times, clickhouse: (clickhouse * 1000) / times };
}

/** That nothing is known of somebody, or too little of a circle, is an answer. */
async function asked(client: Client, { question }: QuestionKind): Promise<void> {
  await question(client).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
}

/** A row that is there already, once more. */
async function changeTables(store: StoreClient): Promise<void> {
  for (const table of TABLES) await store.command({ query: `INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1` });
  await sleep(LOOK_MS);
}

function difference(after: Cpu, before: Cpu): Cpu {
  const part = (name: keyof Cpu) => after[name] - before[name];
  return {
    engine: part("engine"),
    api: part("api"),
    clickhouse: part("clickhouse"),
    nats: part("nats"),
    bench: part("bench"),
  };
}

/** Of a question of the mix. */
export function mean(costs: readonly Cost[], of: (cost: Cost) => number | null): number {
  return costs.reduce((sum, cost) => sum + (cost.share ?? 0) * (of(cost) ?? 0), 0);
}

function tell(costs: readonly Cost[], options: typeof OPTIONS): void {
  console.log(machine());
  console.log(JSON.stringify(options));
  const shown = (value: number | null) => (value === null ? "" : value.toFixed(1));
  console.table(
    Object.fromEntries(
      costs.map(({ what, share, api, store, apiAgain, storeAgain, engine }) => [
        what,
        {
          share: share === null ? "" : `${Math.round(100 * share)} %`,
          ...{ engine: shown(engine), api: shown(api), store: shown(store) },
          ...{ "api, again": shown(apiAgain), "store, again": shown(storeAgain) },
        },
      ]),
    ),
  );
  const [changed, same] = [
    mean(costs, (one) => one.api + one.store),
    mean(costs, (one) => (one.apiAgain ?? 0) + (one.storeAgain ?? 0)),
  ];
  console.log(
    `a question of the mix: ${changed.toFixed(1)} ms, ${same.toFixed(1)} ms where the tables have not changed`,
  );
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const costs = await benchQuestionCosts(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...options, costs }));
  else tell(costs, options);
}
