/** Who belongs to a leaf of an expression, as a question to the store. */
import {
  circleOf,
  type DeviceLeaf,
  isMembership,
  type Leaf,
  type MembershipLeaf,
  type PresenceLeaf,
} from "../audience/expression.js";

const DAY_SEC = 86_400;

interface Question {
  readonly query: string;
  readonly params: Record<string, unknown>;
}

/** Of stays and devices only some: what is beside them was read before. */
export interface Part {
  /** Those that the store was given since, epoch seconds. */
  readonly writtenSec?: number;
  /** Those of these. */
  readonly people?: readonly bigint[];
}

/** The subscribers of a leaf in SQL. */
export function questionOf(leaf: Leaf, asOfSec: number, part: Part = {}): Question {
  if (isMembership(leaf)) return membersQuestion(leaf, asOfSec);
  return "at" in leaf ? presenceQuestion(leaf, asOfSec, part) : deviceQuestion(leaf, part);
}

function partOf({ writtenSec, people }: Part): { readonly condition: string; readonly of: Record<string, unknown> } {
  if (people !== undefined) return { condition: "subscriber IN {people:Array(UInt64)}", of: { people } };
  return { condition: "written >= fromUnixTimestamp({written:UInt32})", of: { written: writtenSec ?? 0 } };
}

function deviceQuestion({ devices }: DeviceLeaf, part: Part): Question {
  const { condition, of } = partOf(part);
  const query = `SELECT subscriber FROM devices_rows FINAL
WHERE tac IN {devices:Array(UInt32)} AND ${condition} ORDER BY subscriber`;
  return { query, params: { devices: devices.map(Number), ...of } };
}

function membersQuestion(leaf: MembershipLeaf, asOfSec: number): Question {
  const params: Record<string, unknown> = { circle: circleOf(leaf) };
  const conditions = ["circle = {circle:String}"];
  const say = (condition: string, name: string, value: number | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    params[name] = value;
  };
  const before = (days: number | undefined) => (days === undefined ? undefined : Math.max(0, asOfSec - days * DAY_SEC));
  say("score >= toFloat32({score:Float64})", "score", leaf.scoreMin);
  say("toUnixTimestamp(seen) >= {seen:UInt32}", "seen", before(leaf.seenWithinDays));
  say("toUnixTimestamp(since) >= {entered:UInt32}", "entered", before(leaf.memberWithinDays));
  say("toUnixTimestamp(since) <= {member:UInt32}", "member", before(leaf.memberForDays));
  return { query: `SELECT subscriber FROM memberships WHERE ${conditions.join(" AND ")} ORDER BY subscriber`, params };
}

function presenceQuestion(
  { at, from, to, withinDays, minutesMin = 0 }: PresenceLeaf,
  asOfSec: number,
  part: Part,
): Question {
  const { condition, of } = partOf(part);
  const [[column, place]] = Object.entries(at) as [[string, string]];
  const fromSec = withinDays === undefined ? epochSec(from) : Math.max(0, asOfSec - withinDays * DAY_SEC);
  const params = {
    place,
    from: fromSec,
    to: withinDays === undefined ? epochSec(to) : 2 ** 32 - 1,
    seconds: minutesMin * 60,
    ...of,
  };
  const query = `SELECT DISTINCT subscriber FROM ${part.writtenSec === undefined ? "stays_rows FINAL" : "stays_rows"}
WHERE ${column} = {place:String} AND ${condition} AND start < fromUnixTimestamp({to:UInt32})
  AND end > fromUnixTimestamp({from:UInt32}) AND end - start >= {seconds:UInt32}`;
  return { query, params };
}

function epochSec(instant: string | undefined): number {
  return Math.max(0, Math.floor(Date.parse(instant ?? "") / 1000));
}
