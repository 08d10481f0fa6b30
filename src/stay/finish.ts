/** A finished stay waits for its successor: two at one place with little between them are one (CIRCLES.md, "What counts"). */
import { straightLine } from "../geo/straight-line.js";
import { addCells, listCells } from "./cell-list.js";
import { footprintOf, placePosition } from "./place.js";
import {
  FINISHED,
  FINISHED_ARRIVAL_ERROR_16,
  FINISHED_CELL,
  FINISHED_CONFIDENCE_8,
  FINISHED_DEPARTURE_ERROR_16,
  FINISHED_END,
  FINISHED_EVENTS_16,
  FINISHED_PLACE_8,
  FINISHED_SIGMA,
  FINISHED_START,
  FINISHED_WORDS,
  FINISHED_X,
  FINISHED_Y,
  STAY_CELLS,
} from "./record.js";
import type { HeardCell, Stays } from "./stays.js";

/** A stay that has ended, at a place of the record; times in epoch seconds, errors in seconds. */
export interface ClosedStay {
  readonly place: number;
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
  readonly events: number;
  readonly arrivalError: number;
  readonly departureError: number;
  /** STAY_CELLS packed cells. */
  readonly cells: Uint32Array;
}

/** Takes a stay that has ended: where one still waits, this one joins it (`joinsWaiting` was asked when it began); else it waits itself. */
export function finishStay(stays: Stays, slot: number, stay: ClosedStay): void {
  const { words, halves, bytes } = stays.table;
  const finished = stays.table.restWord(slot) + FINISHED;
  if (words[finished + FINISHED_END] !== 0) {
    join(stays, finished, stay);
    return;
  }
  words[finished + FINISHED_START] = stay.start;
  words[finished + FINISHED_END] = stay.end;
  placeStay(stays, slot, finished, stay);
  words.set(stay.cells, finished + FINISHED_CELL);
  halves[finished * 2 + FINISHED_EVENTS_16] = Math.min(65_535, stay.events);
  halves[finished * 2 + FINISHED_ARRIVAL_ERROR_16] = Math.min(65_535, stay.arrivalError);
  halves[finished * 2 + FINISHED_DEPARTURE_ERROR_16] = Math.min(65_535, stay.departureError);
  bytes[finished * 4 + FINISHED_PLACE_8] = stay.place + 1;
  const seenShare = (stay.last - stay.first) / Math.max(1, stay.end - stay.start);
  bytes[finished * 4 + FINISHED_CONFIDENCE_8] = Math.round(255 * confidence(seenShare, stay.events));
}

/** A stay that begins there and then goes on with the one that waits; `x` and `y` in metres on the city's plane. To be asked once a stay. */
export function joinsWaiting(
  stays: Stays,
  slot: number,
  stay: { readonly place: number; readonly start: number; readonly x: number; readonly y: number },
): boolean {
  const { words, floats, bytes } = stays.table;
  const finished = stays.table.restWord(slot) + FINISHED;
  if (stay.start - (words[finished + FINISHED_END] as number) >= stays.options.joinSecMax) return false;
  if (bytes[finished * 4 + FINISHED_PLACE_8] === stay.place + 1) return true;
  const dx = (floats[finished + FINISHED_X] as number) - stay.x;
  const dy = (floats[finished + FINISHED_Y] as number) - stay.y;
  return straightLine(dx, dy) <= stays.options.joinMetres;
}

function join({ table: { words, halves } }: Stays, finished: number, stay: ClosedStay): void {
  words[finished + FINISHED_END] = Math.max(stay.end, words[finished + FINISHED_END] as number);
  const events = finished * 2 + FINISHED_EVENTS_16;
  halves[events] = Math.min(65_535, (halves[events] as number) + stay.events);
  halves[finished * 2 + FINISHED_DEPARTURE_ERROR_16] = Math.min(65_535, stay.departureError);
  addCells(words, finished + FINISHED_CELL, STAY_CELLS, stay.cells, 0);
}

/** Where it was: the mean of its own cells and of all that was ever seen at the place, which knows better the longer it is known. */
function placeStay(stays: Stays, slot: number, finished: number, stay: ClosedStay): void {
  const { floats } = stays.table;
  const { x, y, sigma } = placePosition(stays, slot, stay.place);
  const seen = footprintOf(stays.cells, stay.cells, 0, STAY_CELLS);
  const own = Math.min(0.5, stay.events / 20);
  floats[finished + FINISHED_X] = own * seen.x + (1 - own) * x;
  floats[finished + FINISHED_Y] = own * seen.y + (1 - own) * y;
  floats[finished + FINISHED_SIGMA] = sigma / Math.sqrt(1 + Math.min(stay.events, 8) / 2);
}

/** How sure it is that the person was there all the time: by the share of it between first and last event, and by their number. */
function confidence(seenShare: number, events: number): number {
  return 0.3 + 0.45 * Math.min(1, seenShare) + 0.24 * (1 - Math.exp(-events / 4));
}

/** Gives the waiting stay to the sink, cut where the next one begins. */
export function flushFinished(stays: Stays, slot: number, beforeSec = Number.POSITIVE_INFINITY): void {
  const { words, floats, halves, bytes } = stays.table;
  const finished = stays.table.restWord(slot) + FINISHED;
  if (words[finished + FINISHED_END] === 0) return;
  const cells = listCells(words, finished + FINISHED_CELL, STAY_CELLS);
  stays.sink.stay({
    slot,
    startSec: words[finished + FINISHED_START] as number,
    endSec: Math.min(beforeSec, words[finished + FINISHED_END] as number),
    x: floats[finished + FINISHED_X] as number,
    y: floats[finished + FINISHED_Y] as number,
    sigma: floats[finished + FINISHED_SIGMA] as number,
    cell: (cells[0] as HeardCell).row,
    cells,
    events: halves[finished * 2 + FINISHED_EVENTS_16] as number,
    confidence: (bytes[finished * 4 + FINISHED_CONFIDENCE_8] as number) / 255,
    arrivalErrorSec: halves[finished * 2 + FINISHED_ARRIVAL_ERROR_16] as number,
    departureErrorSec: halves[finished * 2 + FINISHED_DEPARTURE_ERROR_16] as number,
  });
  words.fill(0, finished, finished + FINISHED_WORDS);
}
