/** Region circles whose cell or region the reference data no longer have, or have elsewhere, are left; a day's close enters new ones. */
import { NONE } from "../geo/city.js";
import type { Partition } from "../partition.js";
import { loggedRow } from "../rows.js";
import {
  PLACE_ACTIVE_8,
  PLACE_ACTIVE_SINCE_16,
  PLACE_SEEN_DAY_16,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACES,
  STANDING_CELL,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
  STANDING_REGION,
  STANDING_SINCE_16,
} from "../stay/record.js";
import type { RowMap } from "../stay/row-map.js";
import { LEVELS, type RegionCircleKind } from "./region-circle-names.js";

/** Circle ids as they were told, by the rows of the saved state, and where these rows are now. */
export interface ToldRows {
  readonly map: RowMap;
  /** The saved region has the same ids at all levels today. */
  readonly isSameRegion: readonly boolean[];
  name(kind: RegionCircleKind, level: number, region: number, cell: number): string | null;
}

/** Moves what the store was told of one subscriber, and leaves what has no name any more. Returns how many circles were left. */
export function leaveVanished(partition: Partition, slot: number, told: ToldRows): number {
  const left = new Map<string, number>();
  const held = new Set<string>();
  moveStanding(partition, slot, "home", STANDING_HOME, told, left);
  moveStanding(partition, slot, "day", STANDING_DAY, told, left);
  for (let place = 0; place < PLACES; place++)
    moveActive(partition, partition.stays.table.placeWord(slot, place), told, left, held);
  for (const circle of held) left.delete(circle);
  for (const [circle, sinceDay] of left) leave(partition, slot, circle, sinceDay);
  return left.size;
}

function isKept({ map, isSameRegion }: ToldRows, region: number, cell: number): boolean {
  return map.cell[cell] !== NONE && (region === NONE || isSameRegion[region] === true);
}

function moveStanding(
  partition: Partition,
  slot: number,
  kind: "home" | "day",
  offset: number,
  told: ToldRows,
  left: Map<string, number>,
): void {
  const { table } = partition.stays;
  const { words, halves, bytes } = table;
  const at = table.restWord(slot) + offset;
  const cell = (words[at + STANDING_CELL] as number) - 1;
  const region = (words[at + STANDING_REGION] as number) - 1;
  if (cell < 0) return;
  if (isKept(told, region, cell)) {
    words[at + STANDING_CELL] = (told.map.cell[cell] as number) + 1;
    words[at + STANDING_REGION] = region === NONE ? 0 : (told.map.region[region] as number) + 1;
    return;
  }
  for (const level of LEVELS) {
    const name = told.name(kind, level, region, cell);
    if (name !== null) left.set(name, halves[at * 2 + STANDING_SINCE_16 + level - 1] as number);
  }
  words[at + STANDING_CELL] = 0;
  words[at + STANDING_REGION] = 0;
  bytes[at * 4 + STANDING_PLACE_8] = 0;
}

function moveActive(
  partition: Partition,
  at: number,
  told: ToldRows,
  left: Map<string, number>,
  held: Set<string>,
): void {
  const { words, halves, bytes } = partition.stays.table;
  const bits = bytes[at * 4 + PLACE_ACTIVE_8] as number;
  if (halves[at * 2 + PLACE_SEEN_DAY_16] === 0 || bits === 0) return;
  const cell = (words[at + PLACE_TOLD_CELL] as number) - 1;
  const region = (words[at + PLACE_TOLD_REGION] as number) - 1;
  const kept = isKept(told, region, cell);
  for (const level of LEVELS) {
    const name = (bits & (1 << (level - 1))) === 0 ? null : told.name("active", level, region, cell);
    if (name === null) continue;
    if (kept) held.add(name);
    else left.set(name, halves[at * 2 + PLACE_ACTIVE_SINCE_16] as number);
  }
  words[at + PLACE_TOLD_CELL] = kept ? (told.map.cell[cell] as number) + 1 : 0;
  words[at + PLACE_TOLD_REGION] = kept && region !== NONE ? (told.map.region[region] as number) + 1 : 0;
  if (!kept) bytes[at * 4 + PLACE_ACTIVE_8] = 0;
}

function leave(partition: Partition, slot: number, circle: string, sinceDay: number): void {
  const { calendar, stays } = partition;
  const versionMs = calendar.dayStart(partition.day) * 1000;
  const row = {
    subscriberHi: stays.table.hi(slot),
    subscriberLo: stays.table.lo(slot),
    dimension: "region" as const,
    circle,
    score: 0,
    sinceMs: calendar.dayStart(sinceDay) * 1000,
    seenMs: versionMs,
    evidence: JSON.stringify({ rule: "left", because: "the reference data have its cell or region no more" }),
    versionMs,
    gone: true,
  };
  partition.rows.memberships.push(row);
  partition.rows.membershipLog.push(loggedRow(row, "left"));
}
