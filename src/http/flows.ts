import type { Answers, Asked } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { Problem } from "./problem.js";
import { finestLevel, levelSql, toLevel } from "./regions.js";
import { reading, type Scope, type Services, watermarkSec } from "./services.js";

const DAYS_MAX = 31;
const DAY_MS = 86_400_000;

type FlowAnswers = Pick<Answers<typeof OPERATIONS>, "listFlows">;
type Query = Asked<(typeof OPERATIONS)["listFlows"]>["query"];

export function flowAnswers(all: Services): FlowAnswers {
  return {
    async listFlows({ query, principal }) {
      const services = reading(all);
      const level = query.level ?? finestLevel(services.city);
      refuseDaysOfHomes(query);
      const days = await daysOf(services, query);
      const scope = services.scopeOf(principal);
      const parameters = {
        ...toLevel(services.city, level),
        ...(scope.regions === null ? {} : { scope: scope.regions }),
      };
      const rows =
        query.kind === "home-day"
          ? await services.askNumbers<FlowRecord>(homeDaySql(scope), parameters)
          : days === null
            ? []
            : await services.askNumbers<FlowRecord>(movesSql(scope), { ...parameters, ...spanOf(services, days) });
      const flows = rows.flatMap(({ fromRegion, toRegion, people }) => {
        const told = services.disclosure.number(`${query.kind}|${fromRegion}|${toRegion}|${scope.topic}`, people);
        return told === null ? [] : [{ from: fromRegion, to: toRegion, people: told }];
      });
      flows.sort((a, b) => b.people - a.people);
      const range = query.kind === "moves" && days !== null ? days : { from: null, to: null };
      return { ...services.about(), level, ...range, flows };
    },
  };
}

interface FlowRecord {
  readonly fromRegion: string;
  readonly toRegion: string;
  readonly people: number;
}

/** Flows that begin or end in the scope. */
function ends(scope: Scope, from: string, to: string): string {
  return scope.regions === null ? "1" : `(${from} IN {scope:Array(String)} OR ${to} IN {scope:Array(String)})`;
}

function homeDaySql(scope: Scope): string {
  return `SELECT ${levelSql("home.region")} AS fromRegion, ${levelSql("work.region")} AS toRegion, count() AS people
FROM (SELECT subscriber, region FROM anchors WHERE kind = 'home' AND rank = 1) AS home
INNER JOIN (SELECT subscriber, region FROM anchors WHERE kind = 'day' AND rank = 1) AS work ON home.subscriber = work.subscriber
WHERE ${ends(scope, "home.region", "work.region")}
GROUP BY fromRegion, toRegion HAVING fromRegion != '' AND toRegion != '' ORDER BY fromRegion, toRegion`;
}

/** From one stay to the next that is elsewhere; a person counts once a pair of regions, however often it went. */
function movesSql(scope: Scope): string {
  return `SELECT fromRegion, toRegion, uniqExact(subscriber) AS people FROM (
  SELECT subscriber, start, ${levelSql("region")} AS fromRegion, region AS regionFromRow,
    leadInFrame(toString(region)) OVER (PARTITION BY subscriber ORDER BY start ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS regionToRow,
    leadInFrame(${levelSql("region")}) OVER (PARTITION BY subscriber ORDER BY start ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS toRegion
  FROM stays WHERE start >= fromUnixTimestamp({fromSec:Int64}) AND start < fromUnixTimestamp({toSec:Int64})
) WHERE fromRegion != '' AND toRegion != '' AND fromRegion != toRegion AND ${ends(scope, "regionFromRow", "regionToRow")}
GROUP BY fromRegion, toRegion ORDER BY fromRegion, toRegion`;
}

interface Days {
  readonly from: string;
  readonly to: string;
}

/** A home is not of a day: who gave one would take the flows for those of that day. Throws Problem 400. */
function refuseDaysOfHomes({ kind, from, to }: Query): void {
  if (kind === "moves" || (from ?? to) === undefined) return;
  const says = "goes with kind=moves only";
  const place = from === undefined ? "query.to" : "query.from";
  throw new Problem(400, `${place} ${says}`, "add kind=moves", [{ place, says }]);
}

/** Whole days only: a border that moves by a minute would tell one person from the others. */
async function daysOf(services: Services, query: Query): Promise<Days | null> {
  const watermark = await watermarkSec(services);
  if (watermark === null) return null;
  const newest = new Date(services.calendar.day(watermark - 1) * DAY_MS).toISOString().slice(0, 10);
  const from = query.from ?? query.to ?? newest;
  const to = query.to ?? query.from ?? newest;
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days >= 1 && days <= DAYS_MAX) return { from, to };
  const says = days < 1 ? "lies before `from`" : `lies more than ${DAYS_MAX} days after \`from\``;
  throw new Problem(400, `query.to ${says}`, `ask for 1 to ${DAYS_MAX} days`, [{ place: "query.to", says }]);
}

function spanOf({ calendar }: Services, days: Days) {
  return {
    fromSec: calendar.dayStart(Date.parse(days.from) / DAY_MS),
    toSec: calendar.dayStart(Date.parse(days.to) / DAY_MS + 1),
  };
}
