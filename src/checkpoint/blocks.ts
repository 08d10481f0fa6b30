/**
 * What a snapshot keeps of subscribers, in blocks of some thousand: the records (with the days heard and the vote of the open window) and
 * the lists (diary, memberships and visits), each for those slots in which they have changed. A block is words: a lead, the slots, the records,
 * the lists, and a CRC-32.
 */
import { crc32 } from "node:zlib";
import { COLUMN_BYTES } from "../circle/circle-state.js";
import type { DiaryWords } from "../circle/diary-words.js";
import type { Partition } from "../partition.js";
import { PARTS_WORDS } from "../stay/packed-records.js";
import { LINE_WORDS } from "../stay/record.js";
import { HEAD_WORDS, putRecords, type RecordWords } from "../stay/record-words.js";
import { NO_SLOT, type SlotSet } from "../stay/slot-set.js";
import { SnapshotFault } from "./snapshot-fault.js";

const MARK = 0x4c424c4b;
/** Most words of a record whose runs are all in its line. */
const STORED_WORDS = LINE_WORDS + HEAD_WORDS + PARTS_WORDS;
/**
 * Lead: mark, words of the block, words of a record, partition, window, slots of records, slots of lists, words of the parts of records, of
 * diaries that lay packed and of what was entered since, and of standings.
 */
const LEAD_WORDS = 11;
/** What a record takes up besides its parts: its slot, its line, its pseudonym and signs, its vote, and the time of its newest event. */
const SLOT_WORDS = 1 + LINE_WORDS + HEAD_WORDS + 2;
/** What the lists of somebody take up besides their words: the slot, and the length of what lay packed of the diary. */
const LIST_WORDS = 2;

export interface Block {
  /** All of it, as it lies in its file. */
  readonly words: Uint32Array;
  readonly partition: number;
  /** First minute of the window that the votes are of. */
  readonly windowMinute: number;
  readonly records: Uint32Array;
  readonly lists: Uint32Array;
  readonly record: RecordWords;
  readonly columns: Uint8Array;
  readonly heard: Uint32Array;
  /** Times of the newest events, as the triggers know them. */
  readonly newest: Uint32Array;
  readonly diaries: DiaryWords;
  readonly standing: Uint32Array;
  readonly visits: Uint32Array;
}

/** What a block says of itself: whose it is, and slots or words of its sections. */
export interface Lead {
  readonly partition: number;
  readonly windowMinute: number;
  readonly records: number;
  readonly lists: number;
  readonly parts: number;
  readonly packed: number;
  readonly recent: number;
  readonly standing: number;
  readonly visits: number;
}

export function leadOf({ number, presence }: Partition, sizes: Partial<Lead>): Lead {
  const none = { records: 0, lists: 0, parts: 0, packed: 0, recent: 0, standing: 0, visits: 0 };
  return { partition: number, windowMinute: presence.windowMinute, ...none, ...sizes };
}

export function wordsOf({ records, lists, parts, packed, recent, standing, visits }: Lead): number {
  const words = LEAD_WORDS + records * SLOT_WORDS + lists * LIST_WORDS + columnWords(records);
  return words + parts + packed + recent + standing + visits + 1;
}

function columnWords(records: number): number {
  return Math.ceil((records * COLUMN_BYTES) / 4);
}

/** @param out room for the words of the block, whatever is in it */
export function encode(lead: Lead, out: Uint32Array, fill: (block: Block) => void): void {
  const { partition, windowMinute, records, lists, parts, packed, recent, standing } = lead;
  // The columns do not fill their last word.
  out[out.length - 2] = 0;
  out.set([MARK, out.length, STORED_WORDS, partition, windowMinute, records, lists, parts, packed, recent, standing]);
  fill(decode(out));
  out[out.length - 1] = crc32(bytesOf(out).subarray(0, -4));
}

/** The blocks of a file, one after another. @throws SnapshotFault when they are torn, foreign, or of another layout */
export function* blocksOf(bytes: Buffer): Generator<Block> {
  // A copy begins on a boundary of words where the file's own bytes do not.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
  if (aligned.length % 4 !== 0) throw new SnapshotFault("torn: no whole words");
  for (let at = 0; at < words.length; ) {
    const length = words[at + 1] ?? 0;
    if (words[at] !== MARK) throw new SnapshotFault("foreign: no block of subscribers");
    if (length <= LEAD_WORDS || at + length > words.length) throw new SnapshotFault("torn: a block breaks off");
    const block = words.subarray(at, at + length);
    if (crc32(bytesOf(block).subarray(0, -4)) !== block[length - 1])
      throw new SnapshotFault("torn: the checksum of a block does not match");
    yield decode(block);
    at += length;
  }
}

function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

function decode(words: Uint32Array): Block {
  const [, , recordWords, partition, window, records, lists, parts, packed, recent, standing] = words.subarray(
    0,
    LEAD_WORDS,
  );
  if (recordWords !== STORED_WORDS)
    throw new SnapshotFault(`record of ${(recordWords ?? 0) * 4} bytes, expected ${STORED_WORDS * 4}`);
  let at = LEAD_WORDS;
  const section = (length: number) => {
    at += length;
    return words.subarray(at - length, at);
  };
  const count = records ?? 0;
  const block = {
    words,
    partition: partition ?? 0,
    windowMinute: (window ?? 0) | 0,
    records: section(count),
    lists: section(lists ?? 0),
    record: {
      lines: section(count * LINE_WORDS),
      heads: section(count * HEAD_WORDS),
      parts: section(parts ?? 0),
    },
    heard: section(count),
    newest: section(count),
    diaries: { lengths: section(lists ?? 0), packed: section(packed ?? 0), recent: section(recent ?? 0) },
    standing: section(standing ?? 0),
    visits: section(words.length - 1 - columnWords(count) - at),
  };
  const columns = new Uint8Array(words.buffer, words.byteOffset + at * 4, count * COLUMN_BYTES);
  return { ...block, columns };
}

/** Which subscribers of a partition a later block has told of already. */
export interface Seen {
  readonly records: SlotSet;
  readonly lists: SlotSet;
}

/** Puts into a partition what no later block has told of. Its table has room, and its window is the snapshot's. */
export function applyBlock(partition: Partition, block: Block, seen: Seen): void {
  const { stays, circles, presence, triggers } = partition;
  const records = unseen(block.records, seen.records);
  const lists = unseen(block.lists, seen.lists);
  putRecords(stays.table, records, block.record);
  circles.put(records, block.columns);
  circles.diary.put(lists, block.diaries);
  circles.standings.put(lists, block.standing);
  triggers.visits.putNewest(records, block.newest);
  triggers.visits.put(lists, block.visits);
  // The votes of a window that is over were told and forgotten.
  if (block.windowMinute !== presence.windowMinute) return;
  for (let i = 0; i < records.length; i++)
    if (records[i] !== NO_SLOT) presence.heard[records[i] as number] = block.heard[i] as number;
}

/** The block without what a later one has told of, its own bytes where that is nothing; null when nothing is left. */
export function withoutSeen(block: Block, seen: Seen): Buffer | null {
  const records = unseenRows(block.records, seen.records);
  const lists = unseenRows(block.lists, seen.lists);
  if (records.length + lists.length === 0) return null;
  const isWhole = records.length === block.records.length && lists.length === block.lists.length;
  return isWhole ? bytesOf(block.words) : partOf(block, records, lists);
}

/** The rows of a block at these places. */
function partOf(block: Block, records: readonly number[], lists: readonly number[]): Buffer {
  const parts = listsOf(block.record.parts, records);
  const { lengths } = block.diaries;
  const packed = packedOf(block.diaries, lists);
  const recent = listsOf(block.diaries.recent, lists);
  const standing = listsOf(block.standing, lists);
  const visits = listsOf(block.visits, lists);
  const lead = {
    ...{ partition: block.partition, windowMinute: block.windowMinute, records: records.length, lists: lists.length },
    ...{ parts: parts.length, packed: packed.length, recent: recent.length },
    ...{ standing: standing.length, visits: visits.length },
  };
  const words = new Uint32Array(wordsOf(lead));
  encode(lead, words, (part) => {
    copyRows(block.records, records, 1, part.records);
    copyRows(block.lists, lists, 1, part.lists);
    copyRows(block.record.lines, records, LINE_WORDS, part.record.lines);
    copyRows(block.record.heads, records, HEAD_WORDS, part.record.heads);
    part.record.parts.set(parts);
    part.columns.set(columnsOf(block.columns, block.records.length, records));
    copyRows(block.heard, records, 1, part.heard);
    copyRows(block.newest, records, 1, part.newest);
    copyRows(lengths, lists, 1, part.diaries.lengths);
    part.diaries.packed.set(packed);
    part.diaries.recent.set(recent);
    part.standing.set(standing);
    part.visits.set(visits);
  });
  return bytesOf(words);
}

function unseen(slots: Uint32Array, seen: SlotSet): Uint32Array {
  return slots.map((slot) => {
    if (seen.has(slot)) return NO_SLOT;
    seen.add(slot);
    return slot;
  });
}

/** Places of the slots that no later block has told of. */
function unseenRows(slots: Uint32Array, seen: SlotSet): number[] {
  const rows: number[] = [];
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    if (seen.has(slot)) continue;
    seen.add(slot);
    rows.push(i);
  }
  return rows;
}

function copyRows(from: Uint32Array, rows: readonly number[], width: number, to: Uint32Array): void {
  for (const [i, row] of rows.entries()) to.set(from.subarray(row * width, (row + 1) * width), i * width);
}

/** Columns of 4, 2, 2 and 1 bytes a slot, as CircleState lays them out. */
function columnsOf(from: Uint8Array, slots: number, indices: readonly number[]): Uint8Array {
  const out = new Uint8Array(indices.length * COLUMN_BYTES);
  let before = 0;
  for (const width of [4, 2, 2, 1]) {
    for (const [i, index] of indices.entries()) {
      const at = before * slots + index * width;
      out.set(from.subarray(at, at + width), before * indices.length + i * width);
    }
    before += width;
  }
  return out;
}

/** Lists with their lengths before them. */
function listsOf(from: Uint32Array, indices: readonly number[]): Uint32Array {
  const parts: Uint32Array[] = [];
  let at = 0;
  let next = 0;
  for (let list = 0; next < indices.length; list++) {
    const end = at + 1 + (from[at] as number);
    if (list === indices[next]) {
      parts.push(from.subarray(at, end));
      next++;
    }
    at = end;
  }
  return joined(parts);
}

function packedOf({ lengths, packed }: DiaryWords, indices: readonly number[]): Uint32Array {
  const parts: Uint32Array[] = [];
  let [at, next] = [0, 0];
  for (const index of indices) {
    for (; next < index; next++) at += lengths[next] as number;
    parts.push(packed.subarray(at, at + (lengths[index] as number)));
  }
  return joined(parts);
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
