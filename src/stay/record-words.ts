/** Records as words one after another, as checkpoints keep them: of what somebody does not have, nothing is written. */
import { NO_CHUNK } from "./earlier-runs.js";
import { MASK_WORDS } from "./packed-records.js";
import { earlierRuns, LINE_RUNS, LINE_WAITING_COUNT_8, LINE_WORDS, RUN_WORDS } from "./record.js";
import { NO_SLOT } from "./slot-set.js";
import type { SubscriberTable } from "./subscriber-table.js";

const CHUNK_WORDS = LINE_RUNS * RUN_WORDS;
/** The pseudonym, low word first, and the signs. */
export const HEAD_WORDS = 3;
/** Records that are brought into the cache together. */
const TOGETHER = 128;

export interface RecordWords {
  readonly lines: Uint32Array;
  readonly heads: Uint32Array;
  /**
   * Lists, one a record: its length; then, unless that is 0, the rest and the places as they are packed (packed-records.ts), and the runs that
   * wait and do not stand in the line, oldest first.
   */
  readonly parts: Uint32Array;
}

/** Words of the parts of the records of these slots. */
export function partWords(table: SubscriberTable, slots: Uint32Array): number {
  let words = slots.length;
  for (let from = 0; from < slots.length; from += TOGETHER) {
    const end = Math.min(from + TOGETHER, slots.length);
    table.touchRecords(slots, from, end);
    for (let i = from; i < end; i++) words += lengthOf(table, slots[i] as number);
  }
  return words;
}

function lengthOf(table: SubscriberTable, slot: number): number {
  const runs = RUN_WORDS * earlierRuns(waiting(table, slot));
  const packed = table.packed.packedLength(slot);
  return packed + runs === 0 ? 0 : Math.max(packed, MASK_WORDS) + runs;
}

function waiting(table: SubscriberTable, slot: number): number {
  return table.lineBytes[slot * LINE_WORDS * 4 + LINE_WAITING_COUNT_8] as number;
}

/** The records of these slots. */
export function snapshotRecords(table: SubscriberTable, slots: Uint32Array): RecordWords {
  const words = {
    lines: new Uint32Array(slots.length * LINE_WORDS),
    heads: new Uint32Array(slots.length * HEAD_WORDS),
    parts: new Uint32Array(partWords(table, slots)),
  };
  copyRecords(table, slots, words);
  return words;
}

/** Writes them to where there is room for them. */
export function copyRecords(table: SubscriberTable, slots: Uint32Array, to: RecordWords): void {
  let at = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    copyWords(table.lines, slot * LINE_WORDS, to.lines, i * LINE_WORDS, LINE_WORDS);
    to.heads[HEAD_WORDS * i] = table.lo(slot);
    to.heads[HEAD_WORDS * i + 1] = table.hi(slot);
    to.heads[HEAD_WORDS * i + 2] = table.signs[slot] as number;
    const length = lengthOf(table, slot);
    to.parts[at++] = length;
    if (length > 0) copyParts(table, slot, to.parts, at, at + length);
    at += length;
  }
}

function copyParts(table: SubscriberTable, slot: number, to: Uint32Array, from: number, end: number): void {
  const { earlier } = table;
  table.packed.copyTo(slot, to, from);
  let before = end;
  for (let chunk = earlier.newestOf(slot); chunk !== NO_CHUNK; chunk = earlier.beforeOf(chunk)) {
    before -= CHUNK_WORDS;
    copyWords(earlier.words, earlier.wordOf(chunk), to, before, CHUNK_WORDS);
  }
}

/**
 * Puts the words of `snapshotRecords` in the place of these records; NO_SLOT passes over one. To be followed by the table's `rebuild`.
 *
 * @throws RangeError when the words do not hold whole records
 */
export function putRecords(table: SubscriberTable, slots: Uint32Array, from: RecordWords): void {
  let at = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    const end = at + 1 + (from.parts[at] as number);
    if (!(end <= from.parts.length)) throw new RangeError(`records: ${from.parts.length} words end within record ${i}`);
    if (slot !== NO_SLOT) {
      copyWords(from.lines, i * LINE_WORDS, table.lines, slot * LINE_WORDS, LINE_WORDS);
      table.name(slot, from.heads[HEAD_WORDS * i + 1] as number, from.heads[HEAD_WORDS * i] as number);
      table.signs[slot] = from.heads[HEAD_WORDS * i + 2] as number;
      table.giveParts(slot);
      if (end > at + 1) putParts(table, slot, from.parts, at + 1, end);
    }
    at = end;
  }
}

function putParts(table: SubscriberTable, slot: number, from: Uint32Array, start: number, end: number): void {
  let at = table.packed.putFrom(slot, from, start);
  for (; at < end; at += CHUNK_WORDS) {
    const word = table.earlier.append(slot);
    copyWords(from, at, table.earlier.words, word, CHUNK_WORDS);
  }
}

/** A loop: these are too short for a call of the system's copy, and a part of an array is an object. */
function copyWords(from: Uint32Array, at: number, to: Uint32Array, toAt: number, length: number): void {
  for (let word = 0; word < length; word++) to[toAt + word] = from[at + word] as number;
}
