import { DIMENSIONS, type Dimension } from "../rows.js";
import { formatPseudonym } from "../signal/identity.js";
import { type CircleWords, circleWords } from "./circle-words.js";
import { cursorOf, readCursor } from "./cursor.js";
import { subscriberId } from "./forms.js";
import type { Answers } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { Problem } from "./problem.js";
import { finestLevel, regionName, toLevel } from "./regions.js";
import { asOf, inScope, isoOf, type Reading, reading, type Scope, type Services, watermarkSec } from "./services.js";

const DAY_SEC = 86_400;
const WEEK_SEC = 7 * DAY_SEC;
/** Days of which the changes are asked for: those of a history as it is by default, and more than a week. */
const CHANGE_DAYS = 28;
const OVERLAPS_MAX = 20;

type CircleAnswers = Pick<Answers<typeof OPERATIONS>, "listCircles" | "getCircle" | "listMembers">;

export function circleAnswers(all: Services): CircleAnswers {
  return {
    async listCircles({ query, principal }) {
      const services = reading(all);
      const after = readCursor("circles", 1, query.cursor)?.[0] ?? "";
      const scope = services.scopeOf(principal);
      const found = await catalogue(services, scope);
      const wanted = found.filter((one) => query.dimension === undefined || one.dimension === query.dimension);
      const rest = wanted.filter(({ circle }) => circle > after);
      const circles = rest.slice(0, query.limit);
      const last = circles.at(-1);
      const next = rest.length > circles.length && last !== undefined ? cursorOf("circles", [last.circle]) : null;
      return { ...services.about(), circles, next };
    },
    async getCircle({ params, query, principal }) {
      const services = reading(all);
      return circleInFull(services, services.scopeOf(principal), params.circle, query);
    },
    async listMembers({ params, query, principal, signal, told }) {
      const services = reading(all);
      const about = await asOf(services);
      const list = `members:${params.circle}:${query.scoreMin}`;
      const after = readCursor(list, 1, query.cursor)?.[0] ?? null;
      if (after !== null && !subscriberId.safeParse(after).success) readCursor("", 0, "");
      const { sql, parameters } = inScope(services.scopeOf(principal));
      const rows = await services.ask<Member>(
        `SELECT toString(subscriber) AS id, score, toUnixTimestamp(since) AS sinceSec, toUnixTimestamp(seen) AS seenSec
FROM memberships_rows FINAL WHERE circle = {circle:String} AND score >= {scoreMin:Float32} AND ${sql}
${after === null ? "" : "AND subscriber > {after:UInt64}"} ORDER BY subscriber LIMIT {rows:UInt32}`,
        {
          circle: params.circle,
          scoreMin: query.scoreMin,
          rows: query.limit + 1,
          ...(after === null ? {} : { after }),
          ...parameters,
        },
        signal,
      );
      if (rows.length === 0 && after === null) await knownCircle(services, params.circle, "path.circle");
      const page = rows.slice(0, query.limit);
      const members = notExcluded(services, page);
      told(members.length);
      return {
        ...about,
        members: members.map(shownMember),
        next: rows.length > page.length ? cursorOf(list, [page.at(-1)?.id ?? ""]) : null,
      };
    },
  };
}

async function circleInFull(
  services: Reading,
  scope: Scope,
  circle: string,
  { level = finestLevel(services.city), days }: { level?: number | undefined; days: number },
) {
  const [known] = await catalogue(services, scope, circle, days);
  const found = known ?? (await unseen(services, circle));
  const index = await services.audiences("soon");
  const { regions, circles } = await index.breakdown(circle, scope.regions);
  services.alsoAsOf(index.asOfMs / 1000);
  const history = await overTime(services, scope, circle, days);
  return {
    ...services.about(),
    ...found,
    level,
    regions: byRegion(services, scope, circle, level, regions),
    history,
    overlaps: shared(services, scope, circle, found.people, circles),
  };
}

/** Without those who opted out: what was derived of them before is in the store until they leave. */
function notExcluded({ excluded }: Services, members: readonly Member[]): readonly Member[] {
  const out = new Set(excluded().map(({ hi, lo }) => formatPseudonym(hi, lo)));
  return members.filter(({ id }) => !out.has(id));
}

function shownMember({ id, score, sinceSec, seenSec }: Member) {
  return { subscriber: id, score: rounded(score), since: isoOf(sinceSec), seen: isoOf(seenSec) };
}

interface Member {
  readonly id: string;
  readonly score: number;
  readonly sinceSec: number;
  readonly seenSec: number;
}

interface Circle {
  readonly circle: string;
  readonly dimension: Dimension;
  readonly name: string | null;
  readonly says: string | null;
  readonly people: number | null;
  readonly peopleWeekAgo: number | null;
}

interface Size {
  readonly circle: string;
  readonly dimension: string;
  readonly people: number;
}

/**
 * Circles with their sizes, by id: those that are there whoever is in them, and those with enough members to be told of.
 *
 * @param only the one circle that is wanted; absent: all
 * @param days of which the changes are asked for in the same answer
 */
async function catalogue(services: Reading, scope: Scope, only?: string, days = CHANGE_DAYS): Promise<Circle[]> {
  const { disclosure, city } = services;
  const rules = services.rules();
  const sizes = await sizesOf(services, scope);
  const weekAgo = await membersWeekAgo(services, scope, sizes, days);
  const ofRules = rules.circles.map((rule) => rule.circle).filter((id) => !id.includes("$"));
  const wanted =
    only === undefined
      ? [...new Set([...ofRules, ...sizes.keys()])].sort(byCode)
      : [only].filter((circle) => sizes.has(circle) || ofRules.includes(circle));
  return wanted.flatMap((circle) => {
    const size = sizes.get(circle);
    const words = circleWords(rules, city, circle);
    const topic = sizeTopic(scope, circle);
    const people = disclosure.number(topic, size?.people ?? 0);
    if (people === null && (words?.isFixed !== true || words.dimension === "region")) return [];
    const dimension = words?.dimension ?? DIMENSIONS.find((name) => name === size?.dimension) ?? "behaviour";
    const peopleWeekAgo = disclosure.number(topic, weekAgo(circle));
    return [{ circle, dimension, name: words?.name ?? null, says: words?.says ?? null, people, peopleWeekAgo }];
  });
}

/** The circles that have members, with how many; never told as they are. */
async function sizesOf({ askNumbers }: Reading, scope: Scope): Promise<ReadonlyMap<string, Size>> {
  const { sql, parameters } = inScope(scope);
  const rows = await askNumbers<Size>(
    `SELECT circle, toString(any(dimension)) AS dimension, count() AS people FROM memberships WHERE ${sql} GROUP BY circle`,
    parameters,
  );
  return byCircle(rows);
}

const indexes = new WeakMap<readonly object[], ReadonlyMap<string, object>>();

/** The same index as long as the rows are given again: a large city has thousands of circles, and many ask for one of them. */
function byCircle<Row extends { readonly circle: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  const index = indexes.get(rows) ?? new Map(rows.map((row) => [row.circle, row]));
  indexes.set(rows, index);
  return index as ReadonlyMap<string, Row>;
}

/** Order of UTF-16 code units, as `<` has it. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sizeTopic(scope: Scope, circle: string): string {
  return `size|${circle}|${scope.topic}`;
}

/** How many were in a circle at the end of the last day that was over a week ago: at the ends of days circles change. */
async function membersWeekAgo(
  services: Reading,
  scope: Scope,
  sizes: ReadonlyMap<string, Size>,
  days: number,
): Promise<(circle: string) => number> {
  const watermark = await watermarkSec(services);
  if (watermark === null) return () => 0;
  const { calendar } = services;
  const changes = await changesOf(services, scope, calendar.day(watermark), days);
  const day = calendar.day(watermark - WEEK_SEC + 1) - 1;
  return (circle) => membersAt(day, sizes.get(circle)?.people ?? 0, changes.get(circle));
}

/** A circle of which nothing may be told but that it is there. Throws Problem 404 for others. */
async function unseen(services: Reading, circle: string): Promise<Circle> {
  const words = await knownCircle(services, circle, "path.circle");
  return { circle, dimension: words.dimension, name: words.name, says: words.says, people: null, peopleWeekAgo: null };
}

/**
 * The words of a circle of a rule or of a region. Throws Problem 404 for others, in the same words as for one with too few members.
 *
 * @param place where it stands in the request
 */
export async function knownCircle(services: Reading, circle: string, place: string): Promise<CircleWords> {
  const words = circleWords(services.rules(), services.city, circle);
  if (words?.isFixed === true) return words;
  const [row] = await services.askNumbers<{ people: number }>(
    "SELECT count() AS people FROM memberships WHERE circle = {circle:String}",
    { circle },
  );
  const isTold = services.disclosure.number(`size|${circle}|`, row?.people ?? 0) !== null;
  if (isTold && words !== null) return words;
  throw new Problem(
    404,
    `there is no circle ${circle}, or too few people are in it to tell`,
    "see GET /v1/circles for the circles",
    [{ place, says: "is not known" }],
  );
}

function byRegion(services: Services, scope: Scope, circle: string, level: number, homes: ReadonlyMap<string, number>) {
  const { regionFrom, regionTo } = toLevel(services.city, level);
  const above = new Map(regionFrom.map((region, i) => [region, regionTo[i] as string]));
  const byPlace = new Map<string, number>();
  for (const [region, people] of homes) {
    const of = above.get(region) ?? "";
    byPlace.set(of, (byPlace.get(of) ?? 0) + people);
  }
  const ascending = [...byPlace].sort(([a], [b]) => byCode(a, b));
  return ascending.flatMap(([place, people]) => {
    const told = place === "" ? null : services.disclosure.number(`region|${circle}|${place}|${scope.topic}`, people);
    return told === null ? [] : [{ region: place, name: regionName(services.city, place), people: told }];
  });
}

/** Members at the end of each of the last days. */
async function overTime(services: Reading, scope: Scope, circle: string, days: number) {
  const watermark = await watermarkSec(services);
  if (watermark === null) return [];
  const { calendar, disclosure } = services;
  const today = calendar.day(watermark);
  const people = (await sizesOf(services, scope)).get(circle)?.people ?? 0;
  const changes = (await changesOf(services, scope, today, days)).get(circle);
  return Array.from({ length: days }, (_, i) => {
    const at = today - days + 1 + i;
    const members = membersAt(at, people, changes);
    return {
      day: new Date(at * DAY_SEC * 1000).toISOString().slice(0, 10),
      people: disclosure.number(sizeTopic(scope, circle), members),
    };
  });
}

/** Who came to a circle less who went, by day. */
interface Changes {
  readonly circle: string;
  readonly byDay: readonly (readonly [number, number])[];
}

/** Members at the end of a day: those of now, less what came since. */
function membersAt(day: number, now: number, changes: Changes | undefined): number {
  return (changes?.byDay ?? []).reduce((members, [at, more]) => (at > day ? members - more : members), now);
}

/**
 * What the log says of each of so many days to today, and of `CHANGE_DAYS` at least. It is in the order of people, so that one circle costs
 * as much as all of them, which are asked for together; and lists, histories and sizes of a week ago ask the same.
 */
async function changesOf(
  { askNumbers, calendar, city }: Reading,
  scope: Scope,
  today: number,
  days: number,
): Promise<ReadonlyMap<string, Changes>> {
  const { sql, parameters } = inScope(scope);
  const all = await askNumbers<Changes>(
    `SELECT circle, groupArray((day, more)) AS byDay FROM (
  SELECT circle, toUInt32(toDate(time, {zone:String})) AS day, toInt64(sum(multiIf(change = 'entered', 1, change = 'left', -1, 0))) AS more
  FROM membership_log WHERE time >= fromUnixTimestamp({from:Int64}) AND ${sql} GROUP BY circle, day
) WHERE more != 0 GROUP BY circle`,
    { zone: city.timeZone, from: calendar.dayStart(today - Math.max(days, CHANGE_DAYS) + 1), ...parameters },
  );
  return byCircle(all);
}

/** The circles that most members share, region circles aside. */
function shared(
  services: Services,
  scope: Scope,
  circle: string,
  size: number | null,
  circles: ReadonlyMap<string, number>,
) {
  const rules = services.rules();
  const told = [...circles].flatMap(([other, people]) => {
    const pair = [circle, other].sort(byCode).join("|");
    const number = services.disclosure.number(`overlap|${pair}|${scope.topic}`, people);
    if (number === null) return [];
    const name = circleWords(rules, services.city, other)?.name ?? null;
    return [{ circle: other, name, people: number, share: size === null ? null : Math.min(1, rounded(number / size)) }];
  });
  return told.sort((a, b) => b.people - a.people || byCode(a.circle, b.circle)).slice(0, OVERLAPS_MAX);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
