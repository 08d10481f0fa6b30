/** The way between two segments: how far, how long, and what the silence between them allows. */
import {
  cellRow,
  PENDING,
  RECORD_WORDS,
  SEGMENT,
  SEGMENT_CELL,
  SEGMENT_FIRST,
  SEGMENT_LAST,
  SEGMENT_X,
  SEGMENT_Y,
} from "./record.js";
import type { Stays } from "./stays.js";
import { silenceHours, splitGap, travelSeconds } from "./travel.js";

/** Farther from its footprint no cell serves a phone. */
export const OVERSHOOT_METRES_MAX = 6000;
/** As fast as anything on wheels in a city. */
const WHEELS_METRES_PER_SEC = 35;
/** Hours of silence (see `silenceHours`) that a place gets at most before its first or after its last event. */
const SILENT_HOURS_MAX = 3;

export interface Way {
  readonly fromSec: number;
  readonly toSec: number;
  readonly metres: number;
  /** Travel time, seconds, never longer than the gap. */
  readonly seconds: number;
  /** What the gap leaves beyond the travel time, seconds. */
  readonly slackSec: number;
}

function way(fromSec: number, toSec: number, metres: number): Way {
  const gap = Math.max(0, toSec - fromSec);
  const seconds = Math.min(gap, travelSeconds(metres));
  return { fromSec, toSec, metres, seconds, slackSec: gap - seconds };
}

/** From the last event of one segment to the first of another. */
export function wayBetween(stays: Stays, from: number, to: number): Way {
  const { words, floats } = stays.table;
  const metres = Math.hypot(
    (floats[from + SEGMENT_X] as number) - (floats[to + SEGMENT_X] as number),
    (floats[from + SEGMENT_Y] as number) - (floats[to + SEGMENT_Y] as number),
  );
  return way(words[from + SEGMENT_LAST] as number, words[to + SEGMENT_FIRST] as number, metres);
}

/** From the last event of a segment to an event. */
export function wayTo(stays: Stays, from: number, timeSec: number, row: number): Way {
  const { words, floats } = stays.table;
  const metres = Math.hypot(
    (floats[from + SEGMENT_X] as number) - (stays.cells.x[row] as number),
    (floats[from + SEGMENT_Y] as number) - (stays.cells.y[row] as number),
  );
  return way(words[from + SEGMENT_LAST] as number, timeSec, metres);
}

/** When the segment was left for the way that follows it: as late as can be. */
export function setOutLate(stays: Stays, at: number, next: Way): number {
  return (stays.table.words[at + SEGMENT_LAST] as number) + next.slackSec;
}

/**
 * When the segment was left for the place that follows it, and when that was reached: in the likely middle of the silence; of a long
 * one neither place gets more than SILENT_HOURS_MAX, since who knows where else somebody was.
 */
export function setOut(stays: Stays, at: number, next: Way): { leftSec: number; arrivedSec: number } {
  const last = stays.table.words[at + SEGMENT_LAST] as number;
  const second = stays.calendar.secondOfDay(last);
  const share = Math.min(0.5, SILENT_HOURS_MAX / silenceHours(second, next.slackSec));
  const leftSec = Math.round(splitGap(last, next.slackSec, second, share));
  const setOutSec = share === 0.5 ? leftSec : Math.round(splitGap(last, next.slackSec, second, 1 - share));
  return { leftSec, arrivedSec: setOutSec + next.seconds };
}

/** No vehicle is that fast, even between the nearest edges of the two footprints. */
export function isTeleport(stays: Stays, a: number, b: number, leg: Way): boolean {
  const { words } = stays.table;
  const edges =
    leg.metres -
    2 *
      ((stays.cells.sigma[cellRow(words[a + SEGMENT_CELL] as number)] as number) +
        (stays.cells.sigma[cellRow(words[b + SEGMENT_CELL] as number)] as number));
  return edges > stays.options.teleportMetresPerSec * Math.max(1, leg.toSec - leg.fromSec);
}

/** Nobody goes there, stays and comes back in so little time, or at such an hour: the cell reaches further than planned. */
export function isHasty(stays: Stays, out: Way, back: Way): boolean {
  const awakeSec = silenceHours(stays.calendar.secondOfDay(out.fromSec), back.toSec - out.fromSec) * 3600;
  return awakeSec < travelSeconds(out.metres) + travelSeconds(back.metres) + stays.options.dwellSecMin;
}

/** The pending segment lasted long enough, or the silences around it leave time for a visit. */
export function isVisit(stays: Stays, pending: number, out: Way, back: Way): boolean {
  const { words } = stays.table;
  const { options } = stays;
  const seenSec = (words[pending + SEGMENT_LAST] as number) - (words[pending + SEGMENT_FIRST] as number);
  if (seenSec >= options.dwellSecMin) return true;
  const inferred =
    Math.min(options.unobservedSecMax, out.slackSec / 2) + Math.min(options.unobservedSecMax, back.slackSec / 2);
  return seenSec + inferred >= options.inferredDwellSecMin;
}

/**
 * The cell is so far from the segment, and its event so soon after the segment's last, that nothing on wheels can have made the way: both
 * serve one place. Beyond OVERSHOOT_METRES_MAX no cell reaches: that is a teleport.
 */
export function isTooSoonToMove(stays: Stays, segment: number, timeSec: number, row: number): boolean {
  const { words, floats } = stays.table;
  const { x, y, sigma } = stays.cells;
  const metres = Math.hypot(
    (x[row] as number) - (floats[segment + SEGMENT_X] as number),
    (y[row] as number) - (floats[segment + SEGMENT_Y] as number),
  );
  const edges = metres - (sigma[row] as number) - (sigma[cellRow(words[segment + SEGMENT_CELL] as number)] as number);
  return (
    edges <= OVERSHOOT_METRES_MAX &&
    edges > WHEELS_METRES_PER_SEC * Math.max(1, timeSec - (words[segment + SEGMENT_LAST] as number))
  );
}

/** No silence lasts two days within a stay, however it is weighed. */
const SILENCE_SEC_MAX = 2 * 86_400;

/** Nobody was heard for so long that somebody awake would have left: what was in hand has ended, whatever is heard now. */
export function isLongSilence(stays: Stays, slot: number, timeSec: number): boolean {
  const { words } = stays.table;
  const record = slot * RECORD_WORDS;
  const pending =
    words[record + PENDING + SEGMENT_FIRST] === 0 ? 0 : (words[record + PENDING + SEGMENT_LAST] as number);
  const last = Math.max(words[record + SEGMENT + SEGMENT_LAST] as number, pending);
  const gapSec = timeSec - last;
  if (gapSec < 3 * 3600) return false;
  return (
    gapSec > SILENCE_SEC_MAX || silenceHours(stays.calendar.secondOfDay(last), gapSec) > stays.options.silenceHoursMax
  );
}
