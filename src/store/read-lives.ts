/** Stored lives read back: what the circle rules work on, of one subscriber or of all, some at a time. */
import type { StoredLife, StoredPortrait, StoredStay, StoredWay } from "../circle/stored-life.js";
import { UserError } from "../signal/user-error.js";
import type { StoreClient } from "./client.js";
import { storeErrorOf } from "./store-error.js";

/** ClickHouse's codes for a database, table or column that is not there. */
const NO_TABLE = [60, 81];
const NO_COLUMN = 47;
/** A stay that began before the window by more than this does not reach into it; the diary keeps none that long. */
const STAY_DAYS_MAX = 7;
const DAY_SEC = 86_400;
/** Subscribers read at once: some 20 MB of stays. */
const PAGE_SUBSCRIBERS = 2000;

/** Rows of a question, each an array. Throws UserError where the store lacks the table. */
export async function* rowsOf(
  client: StoreClient,
  query: string,
  params: Readonly<Record<string, unknown>> = {},
): AsyncGenerator<readonly unknown[]> {
  try {
    const answer = await client.query({
      query,
      query_params: { ...params },
      format: "JSONCompactEachRow",
      clickhouse_settings: { readonly: "2", output_format_json_quote_64bit_integers: 1 },
    });
    for await (const rows of answer.stream<readonly unknown[]>()) for (const row of rows) yield row.json();
  } catch (error) {
    const fault = storeErrorOf(error, "read");
    if (NO_TABLE.includes(fault.code))
      throw new UserError("the store has no tables of lifecircle", "replay signalling into it first");
    if (fault.code === NO_COLUMN)
      throw new UserError(
        "the store was written by an earlier version, which did not keep what circle rules work on",
        "replay the signalling into a new data folder",
      );
    throw fault;
  }
}

const PORTRAIT = `toString(subscriber), toUInt16(day), toUnixTimestamp(known_until), toUInt16(stream_first_day), heard, silent_days,
  is_foreign, observed_days, nights_observed, recent_nights_observed, working_days_observed, waking_minutes, night_observations,
  work_observations,
  arrayMap(p -> (p.lon, p.lat, p.sigma, p.nights, p.recent_nights, p.working_days, p.night_minutes, p.work_minutes,
    p.waking_minutes, toUInt16(p.seen), arrayMap(c -> (c.cell, c.weight), p.cells)), places)`;

const STAYS = `SELECT toString(subscriber), toUnixTimestamp(start), toUnixTimestamp(end), lon, lat, arrival_error, departure_error,
  arrayMap(c -> (toString(c.venue), c.probability), candidates)
FROM stays_rows FINAL
WHERE subscriber BETWEEN {first:UInt64} AND {last:UInt64} AND start > toDateTime({early:UInt32}) AND end > toDateTime({from:UInt32})
ORDER BY subscriber, start`;

const WAYS = `SELECT toString(subscriber), toUnixTimestamp(start), toUnixTimestamp(end), metro, bus,
  arrayMap(t -> (toString(t.venue), t.probability, toUnixTimestamp(t.first), toUnixTimestamp(t.last)), touched)
FROM ways
WHERE subscriber BETWEEN {first:UInt64} AND {last:UInt64} AND start > toDateTime({early:UInt32}) AND end > toDateTime({from:UInt32})
ORDER BY subscriber, start`;

interface Portrayed {
  readonly subscriber: string;
  readonly portrait: StoredPortrait;
}

/** Days before the last evaluation that are read. */
export interface LifeWindow {
  readonly days: number;
}

/** One subscriber, by its decimal pseudonym; null where the store never evaluated it. */
export async function readLife(
  client: StoreClient,
  subscriber: string,
  window: LifeWindow,
): Promise<StoredLife | null> {
  const query = `SELECT ${PORTRAIT} FROM portraits WHERE subscriber = {subscriber:UInt64}`;
  for await (const row of rowsOf(client, query, { subscriber })) {
    const [life] = await withDays(client, [portrayed(row)], window);
    return life ?? null;
  }
  return null;
}

/** How many subscribers were ever evaluated. */
export async function countPortraits(client: StoreClient): Promise<number> {
  for await (const [count] of rowsOf(client, "SELECT uniqExact(subscriber) FROM portraits_rows")) return Number(count);
  return 0;
}

/**
 * All subscribers in the order of their pseudonyms, PAGE_SUBSCRIBERS at a time. Pseudonyms are as good as random, so the first ones are
 * a fair sample, and the same each time.
 *
 * @param limit subscribers at most
 */
export async function* readLives(client: StoreClient, window: LifeWindow, limit: number): AsyncGenerator<StoredLife[]> {
  let after: string | null = null;
  for (let left = limit; left > 0; ) {
    const page: Portrayed[] = [];
    const query = `SELECT ${PORTRAIT} FROM portraits ${after === null ? "" : "WHERE subscriber > {after:UInt64} "}ORDER BY subscriber LIMIT {count:UInt32}`;
    const count = Math.min(left, PAGE_SUBSCRIBERS);
    for await (const row of rowsOf(client, query, { after, count })) page.push(portrayed(row));
    const last = page.at(-1);
    if (last === undefined) return;
    yield await withDays(client, page, window);
    left -= page.length;
    after = last.subscriber;
  }
}

/** Adds the stays and ways of the window; subscribers lie side by side in the order of the store. */
async function withDays(client: StoreClient, page: readonly Portrayed[], { days }: LifeWindow): Promise<StoredLife[]> {
  const firstDay = Math.min(...page.map(({ portrait }) => portrait.day)) + 1 - days;
  // A day earlier than the window begins in any time zone.
  const from = Math.max(0, (firstDay - 1) * DAY_SEC);
  const lives = page.map((one) => ({ ...one, stays: [] as StoredStay[], ways: [] as StoredWay[] }));
  const bySubscriber = new Map(lives.map((life) => [life.subscriber, life]));
  const params = {
    first: page[0]?.subscriber,
    last: page.at(-1)?.subscriber,
    from,
    early: Math.max(0, from - STAY_DAYS_MAX * DAY_SEC),
  };
  for await (const row of rowsOf(client, STAYS, params)) bySubscriber.get(String(row[0]))?.stays.push(stayOf(row));
  for await (const row of rowsOf(client, WAYS, params)) bySubscriber.get(String(row[0]))?.ways.push(wayOf(row));
  return lives;
}

function stayOf(row: readonly unknown[]): StoredStay {
  const [, startSec, endSec, lon, lat, arrivalErrorSec, departureErrorSec] = row.map(Number) as number[];
  const candidates = (row[7] as [string, number][]).map(([venue, probability]) => ({ venue, probability }));
  return { startSec, endSec, lon, lat, arrivalErrorSec, departureErrorSec, candidates } as StoredStay;
}

function wayOf(row: readonly unknown[]): StoredWay {
  const touched = (row[5] as [string, number, number, number][]).map(([venue, probability, firstSec, lastSec]) => ({
    venue,
    probability,
    firstSec,
    lastSec,
  }));
  return { startSec: Number(row[1]), endSec: Number(row[2]), metro: ratio(row[3]), bus: ratio(row[4]), touched };
}

/** JSON knows no infinity: null stands for the only one that there is. */
function ratio(value: unknown): number {
  return value === null ? Number.NEGATIVE_INFINITY : Number(value);
}

function portrayed(row: readonly unknown[]): Portrayed {
  const [, day, knownUntilSec, streamFirstDay, heard, silentDays, isForeign, ...life] = row.slice(0, 14).map(Number);
  const [observedDays, nightsObserved, recentNightsObserved, workdaysObserved, wakingMinutes, night, work] = life;
  return {
    subscriber: String(row[0]),
    portrait: {
      day,
      knownUntilSec,
      streamFirstDay,
      heard,
      silentDays,
      isForeign: isForeign === 1,
      observedDays,
      nightsObserved,
      recentNightsObserved,
      workdaysObserved,
      wakingMinutes,
      nightObservations: night,
      workObservations: work,
      places: (row[14] as readonly unknown[][]).map(placeOf),
    } as StoredPortrait,
  };
}

function placeOf(place: readonly unknown[]): StoredPortrait["places"][number] {
  const [lon, lat, sigma, nights, recentNights, workdays, nightMinutes, workMinutes, wakingMinutes, seenDay] = place
    .slice(0, 10)
    .map(Number) as [number, number, number, number, number, number, number, number, number, number];
  return {
    lon,
    lat,
    sigma,
    nights,
    recentNights,
    workdays,
    nightMinutes,
    workMinutes,
    wakingMinutes,
    seenDay,
    cells: (place[10] as [string, number][]).map(([cell, weight]) => ({ cell, weight })),
  };
}
