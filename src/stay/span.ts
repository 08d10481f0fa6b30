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
} from "./record.js";
import type { Stays } from "./stays.js";

/** One state of the course, over the observations from `from` up to `to`; the one that was open before has none of its own. */
export interface Span {
  /** Place, MOTION, or -1 for a new place. */
  place: number;
  readonly isOpen: boolean;
  readonly from: number;
  to: number;
  readonly first: number;
  last: number;
  events: number;
  start: number;
  end: number;
  accounted: number;
  arrivalError: number;
  departureError: number;
  /** Packed cells heard, heaviest first. */
  readonly cells: Uint32Array;
  /** Where it is; on the way: where it was last heard, and where first. */
  x: number;
  y: number;
  firstX: number;
  firstY: number;
}

/** Place that is open, -1 for none. */
export function openPlace(stays: Stays, slot: number): number {
  const { table } = stays;
  return (table.bytes[(table.restWord(slot) + OPEN) * 4 + OPEN_PLACE_8] as number) - 1;
}

/** The spans of the first `until` observations of a block whose states were decoded, after what was open. */
export function spansOf(stays: Stays, slot: number, block: Block, states: Int32Array, until: number): Span[] {
  const spans = openSpan(stays, slot);
  for (let i = 0; i < until; i++) {
    const state = states[i] as number;
    const before = spans[spans.length - 1];
    const isSame =
      before !== undefined &&
      (before.isOpen || i === 0 ? state < NEW && before.place === state : states[i - 1] === state);
    if (isSame) {
      before.to = i + 1;
      before.last = block.last[i] as number;
      before.events += block.events[i] as number;
      if (i > 0 && block.row[i] !== block.row[i - 1] && state !== MOTION) stays.pingPongEvents++;
    } else spans.push(newSpan(block, state < NEW ? state : -1, i));
    const span = spans[spans.length - 1] as Span;
    addCell(span.cells, 0, STAY_CELLS, block.row[i] as number, block.weight[i] as number);
  }
  for (const span of spans) placeSpan(stays, slot, block, span);
  return spans;
}

function newSpan(block: Block, place: number, i: number): Span {
  const first = block.first[i] as number;
  const last = block.last[i] as number;
  return {
    place,
    isOpen: false,
    from: i,
    to: i + 1,
    first,
    last,
    events: block.events[i] as number,
    start: first,
    end: last,
    accounted: 0,
    arrivalError: 0,
    departureError: 0,
    cells: new Uint32Array(STAY_CELLS),
    x: 0,
    y: 0,
    firstX: 0,
    firstY: 0,
  };
}

function openSpan(stays: Stays, slot: number): Span[] {
  const { words, halves } = stays.table;
  const open = stays.table.restWord(slot) + OPEN;
  if (words[open + OPEN_FIRST] === 0) return [];
  const last = words[open + OPEN_LAST] as number;
  const place = openPlace(stays, slot);
  return [
    {
      place: place < 0 ? MOTION : place,
      isOpen: true,
      from: 0,
      to: 0,
      first: words[open + OPEN_FIRST] as number,
      last,
      events: halves[open * 2 + OPEN_EVENTS_16] as number,
      start: words[open + OPEN_START] as number,
      end: last,
      accounted: words[open + OPEN_ACCOUNTED] as number,
      arrivalError: 2 * (halves[open * 2 + OPEN_ARRIVAL_ERROR_16] as number),
      departureError: 0,
      cells: words.slice(open + OPEN_CELL, open + OPEN_CELL + STAY_CELLS),
      x: 0,
      y: 0,
      firstX: 0,
      firstY: 0,
    },
  ];
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
