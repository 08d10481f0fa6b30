/** A finished stay waits for its successor: two at one place with little between them are one (CIRCLES.md, "What counts"). */

import { placePosition } from "./place.js";
import {
  cellRow,
  FINISHED,
  FINISHED_CELL,
  FINISHED_CONFIDENCE_8,
  FINISHED_END,
  FINISHED_EVENTS_16,
  FINISHED_PLACE_8,
  FINISHED_SIGMA,
  FINISHED_START,
  FINISHED_X,
  FINISHED_Y,
  RECORD_WORDS,
  SEGMENT,
  SEGMENT_CELL,
  SEGMENT_EVENTS_16,
  SEGMENT_FIRST,
  SEGMENT_LAST,
  SEGMENT_X,
  SEGMENT_Y,
} from "./record.js";
import type { Stays } from "./stays.js";

/** Hands the segment in hand over as a stay at `place` from `start` to `end` (epoch seconds). */
export function finishStay(stays: Stays, slot: number, place: number, start: number, end: number): void {
  const { words, floats, halves, bytes } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const finished = slot * RECORD_WORDS + FINISHED;
  const events = halves[segment * 2 + SEGMENT_EVENTS_16] as number;
  const position = stayPosition(stays, slot, place, events);
  if (words[finished + FINISHED_END] !== 0) {
    const samePlace = bytes[finished * 4 + FINISHED_PLACE_8] === place + 1;
    const metres = Math.hypot(
      (floats[finished + FINISHED_X] as number) - position.x,
      (floats[finished + FINISHED_Y] as number) - position.y,
    );
    const apart = start - (words[finished + FINISHED_END] as number);
    if (apart < stays.options.joinSecMax && (samePlace || metres <= stays.options.joinMetres)) {
      words[finished + FINISHED_END] = Math.max(end, words[finished + FINISHED_END] as number);
      halves[finished * 2 + FINISHED_EVENTS_16] = Math.min(
        65_535,
        (halves[finished * 2 + FINISHED_EVENTS_16] as number) + events,
      );
      return;
    }
    flushFinished(stays, slot, start);
  }
  words[finished + FINISHED_START] = start;
  words[finished + FINISHED_END] = end;
  floats[finished + FINISHED_X] = position.x;
  floats[finished + FINISHED_Y] = position.y;
  floats[finished + FINISHED_SIGMA] = position.sigma;
  words[finished + FINISHED_CELL] = cellRow(words[segment + SEGMENT_CELL] as number) + 1;
  halves[finished * 2 + FINISHED_EVENTS_16] = events;
  bytes[finished * 4 + FINISHED_PLACE_8] = place + 1;
  const seen = (words[segment + SEGMENT_LAST] as number) - (words[segment + SEGMENT_FIRST] as number);
  bytes[finished * 4 + FINISHED_CONFIDENCE_8] = Math.round(255 * confidence(seen / (end - start), events));
}

/** The mean of the segment's own events and of all that was ever seen at the place, which knows better the longer it is known. */
function stayPosition(
  stays: Stays,
  slot: number,
  place: number,
  events: number,
): { x: number; y: number; sigma: number } {
  const { floats } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const known = placePosition(stays, slot, place);
  const own = Math.min(0.5, events / 20);
  return {
    x: own * (floats[segment + SEGMENT_X] as number) + (1 - own) * known.x,
    y: own * (floats[segment + SEGMENT_Y] as number) + (1 - own) * known.y,
    sigma: known.sigma / Math.sqrt(1 + Math.min(events, 8) / 2),
  };
}

/** How sure it is that the person was there all the time: by the share of it between first and last event, and by their number. */
function confidence(seenShare: number, events: number): number {
  return 0.3 + 0.45 * seenShare + 0.24 * (1 - Math.exp(-events / 4));
}

/** Gives the waiting stay to the sink, cut where the next one begins. */
export function flushFinished(stays: Stays, slot: number, beforeSec = Number.POSITIVE_INFINITY): void {
  const { words, floats, halves, bytes } = stays.table;
  const finished = slot * RECORD_WORDS + FINISHED;
  if (words[finished + FINISHED_END] === 0) return;
  stays.sink.stay({
    slot,
    startSec: words[finished + FINISHED_START] as number,
    endSec: Math.min(beforeSec, words[finished + FINISHED_END] as number),
    x: floats[finished + FINISHED_X] as number,
    y: floats[finished + FINISHED_Y] as number,
    sigma: floats[finished + FINISHED_SIGMA] as number,
    cell: (words[finished + FINISHED_CELL] as number) - 1,
    events: halves[finished * 2 + FINISHED_EVENTS_16] as number,
    confidence: (bytes[finished * 4 + FINISHED_CONFIDENCE_8] as number) / 255,
  });
  words.fill(0, finished, finished + 7);
}
