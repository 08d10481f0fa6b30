/** How a state made with one version of a city's tables is read with another: rows by their names, positions by their coordinates. */
import { NONE, type Plane } from "../geo/city.js";
import { type Block, createBlock, keepRun, keepWaiting, readRuns } from "./block.js";
import {
  cellRow,
  cellWeight,
  FINISHED,
  FINISHED_CELL,
  FINISHED_END,
  FINISHED_PLACE_8,
  FINISHED_WORDS,
  FINISHED_X,
  FINISHED_Y,
  OPEN,
  OPEN_CELL,
  OPEN_FIRST,
  OPEN_PLACE_8,
  OPEN_ROW,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_SEEN_DAY_16,
  PLACES,
  packCell,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
  STAY_CELLS,
} from "./record.js";
import type { SubscriberTable } from "./subscriber-table.js";

/** New row by old one, NONE where it has vanished; and the way from the old plane to the new one, metres. */
export interface RowMap {
  readonly cell: Int32Array;
  readonly region: Int32Array;
  readonly venue: Int32Array;
  readonly x: Line;
  readonly y: Line;
}

/** `value * scale + offset`. */
export interface Line {
  readonly scale: number;
  readonly offset: number;
}

/** What went with the rows that have vanished. */
export interface Dropped {
  /** Stays in hand, and finished ones that waited for their successor. */
  stays: number;
  places: number;
  /** Events that waited, in the records or for the watermark. */
  events: number;
}

export function planeShift(from: Plane, to: Plane): { x: Line; y: Line } {
  return {
    x: { scale: to.metresPerLon / from.metresPerLon, offset: (from.lon0 - to.lon0) * to.metresPerLon },
    y: { scale: to.metresPerLat / from.metresPerLat, offset: (from.lat0 - to.lat0) * to.metresPerLat },
  };
}

/** Moves what a record knows of a subscriber's stays and places; what stood on vanished cells alone is dropped. */
export function moveRecord(table: SubscriberTable, slot: number, map: RowMap, dropped: Dropped): void {
  const record = table.restWord(slot);
  movePlaces(table, slot, map, dropped);
  moveOpen(table.words, record + OPEN, map, dropped);
  moveFinished(table, slot, map, dropped);
  moveWaiting(table, slot, map, dropped);
}

/** Where a record names its places, as place + 1, in bytes from its start. */
const PLACE_BYTES = [
  OPEN * 4 + OPEN_PLACE_8,
  FINISHED * 4 + FINISHED_PLACE_8,
  STANDING_HOME * 4 + STANDING_PLACE_8,
  STANDING_DAY * 4 + STANDING_PLACE_8,
];

function movePlaces(table: SubscriberTable, slot: number, map: RowMap, dropped: Dropped): void {
  const { words, halves, bytes } = table;
  const record = table.restWord(slot);
  for (let place = 0; place < PLACES; place++) {
    const at = table.placeWord(slot, place);
    if (halves[at * 2 + PLACE_SEEN_DAY_16] === 0 || moveCells(words, at + PLACE_CELL, PLACE_CELLS, map)) continue;
    table.givePlace(slot, place);
    for (const byte of PLACE_BYTES) if (bytes[record * 4 + byte] === place + 1) bytes[record * 4 + byte] = 0;
    dropped.places++;
  }
}

function moveOpen(words: Uint32Array, at: number, map: RowMap, dropped: Dropped): void {
  if (words[at + OPEN_FIRST] === 0) return;
  const hadCells = words[at + OPEN_CELL] !== 0;
  const hasCells = moveCells(words, at + OPEN_CELL, STAY_CELLS, map);
  let row = map.cell[words[at + OPEN_ROW] as number] as number;
  if (row === NONE && hasCells) row = cellRow(words[at + OPEN_CELL] as number);
  if (row === NONE) {
    words.fill(0, at, at + FINISHED - OPEN);
    dropped.stays++;
    return;
  }
  words[at + OPEN_ROW] = row;
  if (hadCells && !hasCells) words[at + OPEN_CELL] = packCell(row, 1);
}

function moveFinished(table: SubscriberTable, slot: number, map: RowMap, dropped: Dropped): void {
  const { words, floats, bytes } = table;
  const at = table.restWord(slot) + FINISHED;
  if (words[at + FINISHED_END] === 0) return;
  move(floats, at + FINISHED_X, map.x);
  move(floats, at + FINISHED_Y, map.y);
  if (moveCells(words, at + FINISHED_CELL, STAY_CELLS, map)) return;
  const place = bytes[at * 4 + FINISHED_PLACE_8] as number;
  const usual = place === 0 ? 0 : (words[table.placeWord(slot, place - 1) + PLACE_CELL] as number);
  if (usual !== 0) words[at + FINISHED_CELL] = packCell(cellRow(usual), 1);
  else {
    words.fill(0, at, at + FINISHED_WORDS);
    dropped.stays++;
  }
}

const waiting: Block = createBlock();

function moveWaiting(table: SubscriberTable, slot: number, map: RowMap, dropped: Dropped): void {
  readRuns(table, slot, waiting);
  let kept = 0;
  for (let run = 0; run < waiting.count; run++) {
    const row = map.cell[waiting.row[run] as number] as number;
    if (row === NONE) {
      dropped.events += waiting.events[run] as number;
      continue;
    }
    keepRun(waiting, run, kept++);
    waiting.row[kept - 1] = row;
  }
  waiting.count = kept;
  keepWaiting(table, slot, waiting, 0);
}

function move(floats: Float32Array, at: number, { scale, offset }: Line): void {
  floats[at] = (floats[at] as number) * scale + offset;
}

/** Moves a list of packed cells and closes its gaps; false when nothing is left of it. */
function moveCells(words: Uint32Array, at: number, length: number, map: RowMap): boolean {
  let kept = 0;
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) break;
    const row = map.cell[cellRow(packed)] as number;
    if (row !== NONE) words[at + kept++] = packCell(row, cellWeight(packed));
  }
  words.fill(0, at + kept, at + length);
  return kept > 0;
}
