import { Backtest, type Group } from "../circle/backtest.js";
import { type CircleReport, circleReports } from "../circle/backtest-report.js";
import { type CompiledRules, compileRules } from "../circle/compile-rules.js";
import { Retelling, type StoredLife } from "../circle/stored-life.js";
import { derivationOptions } from "../config/derivation.js";
import { readRules } from "../config/rules.js";
import type { Config } from "../config/schema.js";
import { nearestName } from "../signal/nearest-name.js";
import { UserError } from "../signal/user-error.js";
import type { StoreClient } from "../store/client.js";
import { countPortraits, readLives, rowsOf } from "../store/read-lives.js";
import { createCalendar } from "../time/calendar.js";
import { backtestText } from "./backtest-text.js";
import { openCity } from "./city.js";
import { openDisclosure } from "./disclosure.js";
import { findStore, storeAddress } from "./find-store.js";
import { expectCells } from "./why.js";

export interface BacktestCommand {
  readonly config: Config;
  readonly rulesFile: string;
  /** Circles to try; all of the file when empty. */
  readonly circles: readonly string[];
  /** People that the rules are tried on, at most. */
  readonly limit: number;
  /** People shown of each circle; with 0 all numbers are told so that they may be handed on. */
  readonly examples: number;
  readonly json: boolean;
}

/** What `backtest --json` prints. */
export interface BacktestReport {
  readonly rules: string;
  /** People in the store, and those that the rules were tried on. */
  readonly peopleInStore: number | null;
  readonly people: number | null;
  /** Fewer people than this are not told of in overlaps, and with `isForHandingOn` nowhere. */
  readonly peopleMin: number;
  readonly isForHandingOn: boolean;
  readonly circles: readonly CircleReport[];
  readonly seconds: number;
}

const OVERLAPS_MAX = 10;
const PROGRESS_MS = 500;

/** `lifecircle backtest`: tries the rules of a file on the stored stays. Throws UserError for faults of the file, and for an empty store. */
export async function runBacktest(command: BacktestCommand): Promise<BacktestReport> {
  const startMs = Date.now();
  const { config, rulesFile, limit, examples } = command;
  const written = readRules(rulesFile);
  const city = await openCity(config.geo.dir, () => undefined);
  const rules = compileRules(written, city);
  const backtest = new Backtest(rules, wantedOf(command, rules), examples);
  const calendar = createCalendar(city.timeZone, city.holidays);
  const { anchors } = derivationOptions(config);
  const retelling = new Retelling({ city, calendar, anchors, windowDays: rules.windowDays });
  const store = await findStore(storeAddress(config));
  try {
    const all = await countPortraits(store.client);
    if (all === 0)
      throw new UserError("the store is empty: nobody was evaluated yet", "replay signalling into it first");
    for await (const page of readLives(store.client, { days: rules.windowDays }, limit)) {
      const held = await heldBy(store.client, page);
      for (const life of page) {
        expectCells(life, city, config);
        const { portrait } = retelling.tell(life);
        const { subscriber } = life;
        backtest.take({ subscriber, portrait, silentDays: life.portrait.silentDays, held: held.get(subscriber) ?? [] });
      }
      progress(backtest.people.count, Math.min(limit, all), startMs);
    }
    const report = await reportOf(command, backtest, all, startMs);
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    process.stdout.write(command.json ? `${JSON.stringify(report)}\n` : backtestText(report));
    return report;
  } finally {
    await store.close();
  }
}

async function reportOf(
  { config, rulesFile, examples }: BacktestCommand,
  backtest: Backtest,
  all: number,
  startMs: number,
): Promise<BacktestReport> {
  const isForHandingOn = examples === 0;
  const { peopleMin } = config.api;
  const disclosure = isForHandingOn ? await openDisclosure(config) : null;
  // The first of a group stands for it: equal groups are told alike, however their rules are written.
  const tell = ({ count, first }: Group) =>
    disclosure === null ? count : disclosure.number(`backtest:${first}`, count);
  const options = { tell, peopleMin, overlapsMax: OVERLAPS_MAX, examplesMax: examples };
  return {
    rules: rulesFile,
    peopleInStore: tell({ count: all, first: backtest.people.first }),
    people: tell(backtest.people),
    peopleMin,
    isForHandingOn,
    circles: circleReports(backtest, options),
    seconds: Math.round((Date.now() - startMs) / 100) / 10,
  };
}

function wantedOf({ circles, rulesFile }: BacktestCommand, rules: CompiledRules): ReadonlySet<string> {
  const ids = rules.circles.map(({ id }) => id);
  if (ids.length === 0)
    throw new UserError(
      `${rulesFile} makes no circle in this city`,
      "write a rule under `circles`; a family (`for`) needs such events or venues in the city",
    );
  const unknown = circles.filter((circle) => !ids.includes(circle));
  if (unknown.length === 0) return new Set(circles.length === 0 ? ids : circles);
  const lines = unknown.map((circle) => {
    const meant = nearestName(circle, ids);
    return `${JSON.stringify(circle)}${meant === null ? "" : `, did you mean ${meant}?`}`;
  });
  throw new UserError(`${rulesFile} makes no circle ${lines.join("; no circle ")}`, `give one of ${ids.join(", ")}`);
}

/** Circles of the people of a page, region circles aside: those of the upper levels overlap with all. */
async function heldBy(client: StoreClient, page: readonly StoredLife[]): Promise<Map<string, string[]>> {
  const query = `SELECT toString(subscriber), circle FROM memberships
WHERE subscriber BETWEEN {first:UInt64} AND {last:UInt64} AND dimension != 'region' ORDER BY subscriber, circle`;
  const held = new Map<string, string[]>();
  const params = { first: page[0]?.subscriber, last: page.at(-1)?.subscriber };
  for await (const row of rowsOf(client, query, params)) {
    const [subscriber, circle] = [String(row[0]), String(row[1])];
    const list = held.get(subscriber);
    if (list === undefined) held.set(subscriber, [circle]);
    else list.push(circle);
  }
  return held;
}

let shownMs = 0;

function progress(people: number, of: number, startMs: number): void {
  if (!process.stderr.isTTY || Date.now() - shownMs < PROGRESS_MS) return;
  shownMs = Date.now();
  const rate = Math.round((people * 1000) / Math.max(1, shownMs - startMs));
  process.stderr.write(`\r\x1b[K${people} of ${of} people, ${rate} a second`);
}
