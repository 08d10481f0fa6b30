import type { City } from "../geo/city.js";
import { hexagonRegions } from "../geo/hexagon-regions.js";
import { knownCircle } from "./circles.js";
import { cursorOf, readCursor } from "./cursor.js";
import type { Answers, Asked } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { Problem } from "./problem.js";
import { finestLevel, levelOf, levelSql, regionsBelow, toLevel } from "./regions.js";
import { isoOf, type Reading, reading, type Scope, type Services } from "./services.js";

const RANGE_DAYS_MAX = 31;
/** With the store's own these are as many as levels of regions: no person is in more numbers of one breakdown. */
const COARSER_RESOLUTIONS_MAX = 3;

type PresenceAnswers = Pick<Answers<typeof OPERATIONS>, "listPresence">;
type Query = Asked<(typeof OPERATIONS)["listPresence"]>["query"];

export function presenceAnswers(all: Services): PresenceAnswers {
  const regionsOf = keptHexagons();
  return {
    async listPresence({ query, principal }) {
      const services = reading(all);
      const level = query.level ?? finestLevel(services.city);
      const regions = whereOf(services, query, services.scopeOf(principal), level);
      const cell = cellSql(services, query);
      if (query.circle !== undefined) await knownCircle(services, query.circle, "query.circle");
      const range = await rangeOf(services, query);
      if (range === null) return { ...services.about(), from: null, to: null, presence: [], next: null };
      const list = `presence:${JSON.stringify({ ...query, cursor: "", limit: 0 })}`;
      const [at = "0", raw = ""] = readCursor(list, 2, query.cursor) ?? [];
      if (!/^\d{1,9}$|^[1-3]\d{9}$/.test(at)) readCursor("", 0, "");
      const { sql, parameters } = questionOf(services, query, { regions, cell, level, range });
      const resolution = query.resolution ?? services.h3Resolution;
      const topicOf =
        query.by === "region" || regions === null
          ? regionTopic(regions)
          : hexagonTopic(regions, regionsOf(services.city, resolution));
      const told = ({ people, ...row }: Row): Told | null => {
        const place = query.by === "h3" ? row.place.replace(/^0+/, "") : row.place;
        const number = services.disclosure.number(`presence|${place}|${query.circle ?? ""}|${topicOf(place)}`, people);
        return number === null ? null : { row, shown: { slot: isoOf(row.at), place, people: number } };
      };
      const ask = (after: After) =>
        services.askNumbers<Row>(sql, { ...parameters, afterAt: after.at, afterPlace: after.place, rows: LOOK_ROWS });
      const found = await toldAfter({ at: Number(at), place: raw }, query.limit + 1, ask, told);
      const page = found.slice(0, query.limit);
      const last = page.at(-1)?.row;
      const next =
        found.length > page.length && last !== undefined ? cursorOf(list, [String(last.at), last.place]) : null;
      const presence = page.map(({ shown }) => shown);
      return { ...services.about(), from: isoOf(range.fromSec), to: isoOf(range.toSec), presence, next };
    },
  };
}

interface After {
  /** Slot, epoch seconds. */
  readonly at: number;
  /** As the store writes it. */
  readonly place: string;
}

interface Row extends After {
  readonly people: number;
}

interface Told {
  readonly row: After;
  readonly shown: { readonly slot: string; readonly place: string; readonly people: number };
}

/** Rows that are looked at together for those that are told. */
const LOOK_ROWS = 5000;

/**
 * The rows after a place that are told, so many at most. A page is made of these alone, and goes on after one of them: where a page ended at
 * a row that is not told, or was shorter by it, its cursor would tell that somebody was there.
 */
async function toldAfter(
  from: After,
  most: number,
  ask: (after: After) => Promise<readonly Row[]>,
  told: (row: Row) => Told | null,
): Promise<Told[]> {
  const found: Told[] = [];
  let after = from;
  for (;;) {
    const rows = await ask(after);
    for (const row of rows) {
      const one = told(row);
      if (one !== null) found.push(one);
      if (found.length === most) return found;
    }
    after = rows.at(-1) ?? after;
    if (rows.length < LOOK_ROWS) return found;
  }
}

interface Wanted {
  readonly regions: readonly string[] | null;
  readonly cell: string;
  readonly level: number;
  readonly range: { readonly fromSec: number; readonly toSec: number };
}

/** Places with fewer than k people are told of in no case. Not the view, which adds up the partitions of the engine first: all rows of a place are added up here. */
function questionOf({ city, disclosure }: Services, query: Query, { regions, cell, level, range }: Wanted) {
  const sql = `SELECT toUnixTimestamp(slot) AS at, ${query.by === "h3" ? `lower(hex(${cell}))` : levelSql("region")} AS place,
  toUInt64(sum(subscribers)) AS people
FROM presence_rows FINAL WHERE circle = {circle:String} AND slot >= fromUnixTimestamp({from:Int64}) AND slot < fromUnixTimestamp({to:Int64})
  ${regions === null ? "" : "AND region IN {regions:Array(String)}"}
  ${query.by === "h3" ? "AND h3 != 0" : ""}
  ${query.h3 === undefined ? "" : `AND ${cell} = reinterpretAsUInt64(reverse(unhex({h3:String})))`}
GROUP BY at, place HAVING place != '' AND people >= {peopleMin:UInt32} AND (at, place) > ({afterAt:UInt32}, {afterPlace:String})
ORDER BY at, place LIMIT {rows:UInt32}`;
  const parameters = {
    circle: query.circle ?? "",
    from: range.fromSec,
    to: range.toSec,
    peopleMin: disclosure.peopleMin,
    ...(regions === null ? {} : { regions }),
    ...(query.h3 === undefined ? {} : { h3: `0${query.h3}` }),
    ...(query.by === "h3" ? {} : toLevel(city, level)),
  };
  return { sql, parameters };
}

/** What of a region is counted, where that is not all of it: the same people have the same noise, whoever asks. */
function regionTopic(regions: readonly string[] | null): (place: string) => string {
  const counted = new Set(regions);
  return (place) => (regions === null || counted.has(place) ? "" : JSON.stringify(regions));
}

/** The same for an H3 cell, which may lie in several regions: as many questions with and without a region have one number. */
function hexagonTopic(
  regions: readonly string[],
  regionsOf: ReadonlyMap<string, ReadonlySet<string>>,
): (place: string) => string {
  const counted = new Set(regions);
  return (place) => {
    const all = [...(regionsOf.get(place) ?? [])];
    const some = all.filter((region) => counted.has(region));
    const isWhole = all.length > 0 && some.length === all.length;
    return isWhole ? "" : JSON.stringify(all.length === 0 ? regions : some.sort());
  };
}

/** The regions of the hexagons of a resolution, worked out once for the reference data in force. */
function keptHexagons(): (city: City, resolution: number) => ReturnType<typeof hexagonRegions> {
  let of: City | null = null;
  const byResolution = new Map<number, ReturnType<typeof hexagonRegions>>();
  return (city, resolution) => {
    if (city !== of) byResolution.clear();
    of = city;
    const known = byResolution.get(resolution) ?? hexagonRegions(city, resolution);
    byResolution.set(resolution, known);
    return known;
  };
}

/** The regions whose people are counted; null: all. */
function whereOf(services: Services, query: Query, scope: Scope, level: number): readonly string[] | null {
  if (query.h3 !== undefined && query.by !== "h3") throw wrong("query.h3", "goes with by=h3 only", "add by=h3");
  if (query.region === undefined) return scope.regions;
  const own = levelOf(services.city, query.region);
  if (query.by === "region" && level < own) {
    throw wrong("query.level", `is above the region, which is of level ${own}`, `give level ${own} or a finer one`);
  }
  const below = regionsBelow(services.city, [query.region]);
  const allowed = scope.regions === null ? below : below.filter((id) => scope.regions?.includes(id));
  if (allowed.length < below.length) {
    throw new Problem(403, `region ${query.region} is not among your regions`, "ask for a region that your key names", [
      { place: "query.region", says: "is not yours" },
    ]);
  }
  return below;
}

/** The H3 cell of a row at the resolution that is asked for. */
function cellSql({ h3Resolution }: Services, { by, resolution }: Query): string {
  if (resolution === undefined || resolution === h3Resolution) return "h3";
  if (by !== "h3") throw wrong("query.resolution", "goes with by=h3 only", "add by=h3");
  const coarsest = Math.max(0, h3Resolution - COARSER_RESOLUTIONS_MAX);
  if (resolution > h3Resolution || resolution < coarsest) {
    throw wrong("query.resolution", "is none that is kept", `give ${coarsest} to ${h3Resolution}`);
  }
  // Rows that were written at another resolution keep theirs where it is coarser.
  return `if(h3 = 0, 0, h3ToParent(h3, least(h3GetResolution(h3), toUInt8(${resolution}))))`;
}

function wrong(place: string, says: string, mend: string): Problem {
  return new Problem(400, `${place} ${says}`, mend, [{ place, says }]);
}

/** Partitions whose newest slot is so much older than that of the others have nothing to say, and are not waited for. */
const SILENT_SEC = 3600;
/** The newest slot that all partitions have closed. */
const NEWEST = `SELECT toUnixTimestamp(min(last)) AS newest FROM (
  SELECT max(slot) AS last FROM presence_rows
  WHERE circle = '' AND slot > (SELECT max(slot) FROM presence_rows WHERE circle = '') - ${SILENT_SEC} GROUP BY partition
)`;

/** The slots that are asked for; the newest one where none are. Null while the store has none. */
async function rangeOf(services: Reading, query: Query): Promise<{ fromSec: number; toSec: number } | null> {
  const [row] = await services.askNumbers<{ newest: number }>(NEWEST);
  const newest = row?.newest ?? 0;
  if (newest === 0 && query.from === undefined) return null;
  const toSec = query.to === undefined ? newest + 1 : secondsOf(query.to);
  const fromSec = query.from === undefined ? (query.to === undefined ? newest : toSec - 3600) : secondsOf(query.from);
  if (fromSec >= toSec) throw wrong("query.to", "is not after `from`", "give a later instant");
  if (toSec - fromSec > RANGE_DAYS_MAX * 86_400) {
    throw wrong("query.from", `lies more than ${RANGE_DAYS_MAX} days before \`to\``, "ask for fewer days at a time");
  }
  return { fromSec, toSec };
}

function secondsOf(text: string): number {
  return Math.floor(Date.parse(text) / 1000);
}
