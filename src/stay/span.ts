/** What was decoded as spans: what was open, and then one for each run of like states. */
import type { Block } from "./block.js";
import { addCell } from "./cell-list.js";
import { MOTION, NEW } from "./decode.js";
import { footprintOf, placePosition } from "./place.js";
import {
  OPEN,
  OPEN_ACCOUNTED,
  OPEN_ARRIVAL_ERROR_16,
  OPEN_CELL,
  OPEN_EVENTS_16,
  OPEN_FIRST,
  OPEN_LAST,
  OPEN_PLACE_8,
  OPEN_ROW,
  OPEN_START,
  STAY_CELLS,
  WAITING_MAX,
} from "./record.js";
import type { Stays } from "./stays.js";

/** One state of the course, over the observations from `from` up to `to`; the one that was open before has none of its own. */
export class Span {
  /** Place, MOTION, or -1 for a new place. */
  place = 0;
  isOpen = false;
  from = 0;
  to = 0;
  first = 0;
  last = 0;
  events = 0;
  start = 0;
  end = 0;
  accounted = 0;
  arrivalError = 0;
  departureError = 0;
  /** Packed cells heard, heaviest first. */
  readonly cells = new Uint32Array(STAY_CELLS);
  /** Where it is; on the way: where it was last heard, and where first. */
  x = 0;
  y = 0;
  firstX = 0;
  firstY = 0;
}

/** Place that is open, -1 for none. */
export function openPlace(stays: Stays, slot: number): number {
  const { table } = stays;
  return (table.bytes[(table.restWord(slot) + OPEN) * 4 + OPEN_PLACE_8] as number) - 1;
}

/** The spans of a block: what was open, and then one for each run of like states. There is one list, filled again and again. */
export class Spans {
  count = 0;
  private readonly spans = Array.from({ length: WAITING_MAX + 1 }, () => new Span());

  at(i: number): Span {
    return this.spans[i] as Span;
  }

  /** Reads those of the first `until` observations of a block whose states were decoded, after what was open. */
  read(stays: Stays, slot: number, block: Block, states: Int32Array, until: number): void {
    this.count = readOpen(stays, slot, this.at(0)) ? 1 : 0;
    for (let i = 0; i < until; i++) {
      const state = states[i] as number;
      if (this.count > 0 && isSame(this.at(this.count - 1), states, i)) {
        const before = this.at(this.count - 1);
        before.to = i + 1;
        before.last = block.last[i] as number;
        before.events += block.events[i] as number;
      } else begin(this.at(this.count++), block, state < NEW ? state : -1, i);
      addCell(this.at(this.count - 1).cells, 0, STAY_CELLS, block.row[i] as number, block.weight[i] as number);
    }
    for (let i = 0; i < this.count; i++) placeSpan(stays, slot, block, this.at(i));
  }
}

/** Observation `i` is of the same state as those of the span before it. */
function isSame(before: Span, states: Int32Array, i: number): boolean {
  const state = states[i] as number;
  return before.isOpen || i === 0 ? state < NEW && before.place === state : states[i - 1] === state;
}

function begin(span: Span, block: Block, place: number, i: number): void {
  const first = block.first[i] as number;
  span.place = place;
  span.isOpen = false;
  span.from = i;
  span.to = i + 1;
  span.first = first;
  span.last = block.last[i] as number;
  span.events = block.events[i] as number;
  span.start = first;
  span.accounted = 0;
  span.arrivalError = 0;
  span.departureError = 0;
  span.cells.fill(0);
}

/** Reads what is open; false where nothing is. */
function readOpen(stays: Stays, slot: number, span: Span): boolean {
  const { words, halves } = stays.table;
  const open = stays.table.restWord(slot) + OPEN;
  if (words[open + OPEN_FIRST] === 0) return false;
  const place = openPlace(stays, slot);
  span.place = place < 0 ? MOTION : place;
  span.isOpen = true;
  span.from = 0;
  span.to = 0;
  span.first = words[open + OPEN_FIRST] as number;
  span.last = words[open + OPEN_LAST] as number;
  span.events = halves[open * 2 + OPEN_EVENTS_16] as number;
  span.start = words[open + OPEN_START] as number;
  span.accounted = words[open + OPEN_ACCOUNTED] as number;
  span.arrivalError = 2 * (halves[open * 2 + OPEN_ARRIVAL_ERROR_16] as number);
  span.departureError = 0;
  for (let c = 0; c < STAY_CELLS; c++) span.cells[c] = words[open + OPEN_CELL + c] as number;
  return true;
}

/** Where a span is, for the ways to it and from it. */
function placeSpan(stays: Stays, slot: number, block: Block, span: Span): void {
  const { cells, table } = stays;
  span.end = span.last;
  if (span.place === MOTION) {
    const lastRow =
      span.to > span.from
        ? (block.row[span.to - 1] as number)
        : (table.words[table.restWord(slot) + OPEN + OPEN_ROW] as number);
    const firstRow = span.isOpen ? lastRow : (block.row[span.from] as number);
    span.x = cells.x[lastRow] as number;
    span.y = cells.y[lastRow] as number;
    span.firstX = cells.x[firstRow] as number;
    span.firstY = cells.y[firstRow] as number;
    return;
  }
  const { x, y } =
    span.place >= 0 ? placePosition(stays, slot, span.place) : footprintOf(cells, span.cells, 0, STAY_CELLS);
  span.x = x;
  span.y = y;
  span.firstX = x;
  span.firstY = y;
}
