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
  return {
    async listPresence({ query, principal }) {
      const services = reading(all);
      const scope = services.scopeOf(principal);
      const level = query.level ?? finestLevel(services.city);
      const where = whereOf(services, query, scope, level);
      const cell = cellSql(services, query);
      if (query.circle !== undefined) await knownCircle(services, query.circle);
      const range = await rangeOf(services, query);
      if (range === null) return { ...services.about(), from: null, to: null, presence: [], next: null };
      const list = `presence:${JSON.stringify({ ...query, cursor: "", limit: 0 })}`;
      const [afterAt = "0", afterPlace = ""] = readCursor(list, 2, query.cursor) ?? [];
      if (!/^\d{1,10}$/.test(afterAt)) readCursor("", 0, "");
      // Not the view, which adds up the partitions of the engine first: all rows of a place are added up here.
      const rows = await services.askNumbers<{ at: number; place: string; people: number }>(
        `SELECT toUnixTimestamp(slot) AS at, ${query.by === "h3" ? `lower(hex(${cell}))` : levelSql("region")} AS place,
  toUInt64(sum(subscribers)) AS people
FROM presence_rows FINAL WHERE circle = {circle:String} AND slot >= fromUnixTimestamp({from:Int64}) AND slot < fromUnixTimestamp({to:Int64})
  ${where.regions === null ? "" : "AND region IN {regions:Array(String)}"}
  ${query.by === "h3" ? "AND h3 != 0" : ""}
  ${query.h3 === undefined ? "" : `AND ${cell} = reinterpretAsUInt64(reverse(unhex({h3:String})))`}
GROUP BY at, place HAVING place != '' AND (at, place) > ({afterAt:UInt32}, {afterPlace:String}) ORDER BY at, place LIMIT {rows:UInt32}`,
        {
          circle: query.circle ?? "",
          from: range.fromSec,
          to: range.toSec,
          ...(where.regions === null ? {} : { regions: where.regions }),
          ...(query.h3 === undefined ? {} : { h3: `0${query.h3}` }),
          ...(query.by === "h3" ? {} : toLevel(services.city, level)),
          afterAt,
          afterPlace,
          rows: query.limit + 1,
        },
      );
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const presence = page.flatMap(({ at, place: raw, people }) => {
        const place = query.by === "h3" ? raw.replace(/^0+/, "") : raw;
        const told = services.disclosure.number(`presence|${place}|${query.circle ?? ""}|${where.topic}`, people);
        return told === null ? [] : [{ slot: isoOf(at), place, people: told }];
      });
      const next =
        rows.length > page.length && last !== undefined ? cursorOf(list, [String(last.at), last.place]) : null;
      return { ...services.about(), from: isoOf(range.fromSec), to: isoOf(range.toSec), presence, next };
    },
  };
}

interface Where {
  /** Null: all regions. */
  readonly regions: readonly string[] | null;
  /** What of a place is counted, where that is not all of it. */
  readonly topic: string;
}

function whereOf(services: Services, query: Query, scope: Scope, level: number): Where {
  if (query.h3 !== undefined && query.by !== "h3") throw wrong("query.h3", "goes with by=h3 only", "add by=h3");
  if (query.region === undefined) return { regions: scope.regions, topic: scope.topic };
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
  // A region has the same people whoever asks; an H3 cell may lie in it only in part.
  return { regions: below, topic: query.by === "h3" ? query.region : scope.topic };
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
