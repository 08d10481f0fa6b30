/**
 * The close of a city day: anchors and circles of everybody who was observed on it. It costs by people, seconds of a large partition, so
 * it is done in slices, between which the partition takes deliveries in. What the watermark passes meanwhile waits until all are closed:
 * then the rows are those of a close at once, however it was divided.
 */
import { type Anchor, findAnchors, type LifeFacts, lifeFacts, type PlaceFacts } from "../anchor/anchors.js";
import type { Partition } from "../partition.js";
import { ANCHOR_KINDS, type AnchorRow, type Located } from "../rows.js";
import { rollDay } from "../stay/dwell.js";
import { LINE_ANCHORS_TOLD_8, LINE_DAY_16, LINE_WORDS } from "../stay/record.js";
import { settleAll } from "../stay/settle.js";
import { CircleClose } from "./close-circles.js";
import { placedLife } from "./own-anchors.js";
import { RUN_SLOTS, runOf } from "./packed-runs.js";
import type { KnownAnchor } from "./portrait.js";
import { hasStanding, updateRegionCircles } from "./region.js";
import { type Evaluation, isToldAgain } from "./region-rows.js";

/** A close that is under way. */
export interface DayClose {
  readonly day: number;
  /** Event time of the evaluation: a later one replaces the rows of an earlier one. */
  readonly versionMs: number;
  /** Subscribers when it began: who came later was not there on the day. */
  readonly count: number;
  /** First of them that is not closed yet. */
  next: number;
}

/**
 * Evaluates the subscribers of a partition before `until` that are still to be closed. Who had no event on the day keeps what was said
 * before, until a long absence has made it stale.
 */
export function closeSlice(partition: Partition, close: DayClose, until: number): void {
  const { stays, city, rows, circles } = partition;
  const { day, versionMs } = close;
  const evaluation: Evaluation = { city, stays, options: partition.options.circles, sink: rows, day, versionMs };
  const ruled = new CircleClose(partition, day, versionMs);
  for (; close.next < until; close.next++) {
    const slot = close.next;
    closeSubscriber(partition, slot, evaluation, ruled);
    circles.closeNetwork(slot);
    if ((slot + 1) % RUN_SLOTS === 0 || slot + 1 === close.count) ruled.packDiaries(runOf(slot));
  }
}

function closeSubscriber(partition: Partition, slot: number, evaluation: Evaluation, ruled: CircleClose): void {
  const { stays, city } = partition;
  const { day } = evaluation;
  const seen = stays.table.lineHalves[slot * LINE_WORDS * 2 + LINE_DAY_16] as number;
  if (seen < day) {
    if (day - seen === SILENT_DAYS_TO_LEAVE_TOWN) {
      partition.changed.add(slot);
      const life = lifeFacts(stays, slot);
      ruled.update(slot, life, ruled.known(slot, life, findAnchors(life, partition.options.anchors)));
      return;
    }
    const isTold = hasStanding(stays, slot) || partition.circles.standings.hasAny(slot);
    if (day - seen <= stays.options.absenceDaysMax || !isTold) return;
    rollDay(stays, slot, day);
  } else {
    settleAll(stays, slot, false);
    partition.circles.noteHeard(slot, day);
  }
  partition.changed.add(slot);
  const life = lifeFacts(stays, slot);
  const anchors = findAnchors(life, partition.options.anchors);
  const known = ruled.known(slot, life, anchors);
  const placed = placedLife(city, life, known);
  tellAnchors(partition, slot, { life: placed, known }, evaluation);
  updateRegionCircles(evaluation, slot, placed, known);
  ruled.update(slot, life, known);
}

/** After so many silent days somebody is asked once more: a short visit to the city is known for one when it is over. */
const SILENT_DAYS_TO_LEAVE_TOWN = 3;

interface Told {
  /** With home and day place where their venues say. */
  readonly life: LifeFacts;
  readonly known: readonly KnownAnchor[];
}

/** Writes anchors that are new or at another place, and now and then those that go on; takes back those that are no more. */
function tellAnchors(partition: Partition, slot: number, told: Told, { day, versionMs }: Evaluation): void {
  const { lineBytes } = partition.stays.table;
  const isAgain = isToldAgain(partition.stays, day, slot);
  for (const [k, kind] of ANCHOR_KINDS.entries()) {
    const at = slot * LINE_WORDS * 4 + (LINE_ANCHORS_TOLD_8[k] as number);
    const before = lineBytes[at] as number;
    let now = 0;
    for (const one of told.known) {
      const { anchor } = one;
      if (anchor.kind !== kind) continue;
      now |= (anchor.place + 1) << seatShift(anchor.rank);
      if (isAgain || seatOf(before, anchor.rank) !== anchor.place + 1)
        tellAnchor(partition, slot, told.life, one, versionMs);
    }
    lineBytes[at] = now;
    for (const rank of [1, 2])
      if (seatOf(before, rank) !== 0 && seatOf(now, rank) === 0)
        partition.rows.anchors.push(goneRow(partition, slot, kind, rank, versionMs));
  }
}

function seatShift(rank: number): number {
  return 4 * (rank - 1);
}

function seatOf(told: number, rank: number): number {
  return (told >>> seatShift(rank)) & 15;
}

function tellAnchor(
  partition: Partition,
  slot: number,
  life: LifeFacts,
  { anchor, guess }: KnownAnchor,
  versionMs: number,
): void {
  const place = life.places.find((p) => p.place === anchor.place) as PlaceFacts;
  const at = partition.located(place.x, place.y, place.cell, guess.venues[0]);
  partition.rows.anchors.push(anchorRow(partition, slot, anchor, at, versionMs));
}

function anchorRow(partition: Partition, slot: number, anchor: Anchor, at: Located, versionMs: number): AnchorRow {
  const { table } = partition.stays;
  return {
    subscriberHi: table.hi(slot),
    subscriberLo: table.lo(slot),
    kind: anchor.kind,
    rank: anchor.rank,
    lon: at.lon,
    lat: at.lat,
    h3Hi: at.h3Hi,
    h3Lo: at.h3Lo,
    cell: at.cell,
    region: at.region,
    venue: at.venue,
    category: at.category,
    share: anchor.share,
    days: anchor.days,
    rule: anchor.rule,
    confidence: anchor.confidence,
    versionMs,
    gone: false,
  };
}

function goneRow(
  partition: Partition,
  slot: number,
  kind: AnchorRow["kind"],
  rank: number,
  versionMs: number,
): AnchorRow {
  const { table } = partition.stays;
  return {
    subscriberHi: table.hi(slot),
    subscriberLo: table.lo(slot),
    kind,
    rank,
    lon: 0,
    lat: 0,
    h3Hi: 0,
    h3Lo: 0,
    cell: "",
    region: "",
    venue: "",
    category: "",
    share: 0,
    days: 0,
    rule: "",
    confidence: 0,
    versionMs,
    gone: true,
  };
}
