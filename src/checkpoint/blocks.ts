/**
 * What a snapshot keeps of subscribers, in blocks of some thousand: the records (with the days heard and the vote of the open window) and
 * the lists (diary, memberships and visits), each for those slots in which they have changed. A block is words: a lead, the slots, the records,
 * the lists, and a CRC-32.
 */
import { crc32 } from "node:zlib";
import { COLUMN_BYTES } from "../circle/circle-state.js";
import type { Partition } from "../partition.js";
import { LINE_WORDS, RECORD_WORDS } from "../stay/record.js";
import { NO_SLOT, type SlotSet } from "../stay/slot-set.js";
import { SnapshotFault } from "./snapshot-fault.js";

/** Slots of one block: some 3 MB of records, or as much of lists. */
const RECORDS_MAX = 4096;
const LISTS_MAX = 1024;

const MARK = 0x4c424c4b;
const STORED_WORDS = LINE_WORDS + RECORD_WORDS;
/** Lead: mark, words of the block, words of a record, partition, window, slots of records, slots of lists, words of diary and standings. */
const LEAD_WORDS = 9;

interface Block {
  readonly partition: number;
  /** First minute of the window that the votes are of. */
  readonly windowMinute: number;
  readonly records: Uint32Array;
  readonly lists: Uint32Array;
  /** The two parts of the records (stay/record.ts). */
  readonly line: Uint32Array;
  readonly record: Uint32Array;
  readonly columns: Uint8Array;
  readonly heard: Uint32Array;
  /** Times of the newest events, as the triggers know them. */
  readonly newest: Uint32Array;
  readonly diary: Uint32Array;
  readonly standing: Uint32Array;
  readonly visits: Uint32Array;
}

/** The records and the lists of these slots as they are now, which later changes do not touch. */
export function encodeBlocks(partition: Partition, records: Uint32Array, lists: Uint32Array): Buffer[] {
  const blocks: Buffer[] = [];
  const none = new Uint32Array(0);
  for (let at = 0; at < records.length; at += RECORDS_MAX)
    blocks.push(encode(taken(partition, records.subarray(at, at + RECORDS_MAX), none)));
  for (let at = 0; at < lists.length; at += LISTS_MAX)
    blocks.push(encode(taken(partition, none, lists.subarray(at, at + LISTS_MAX))));
  return blocks;
}

function taken(partition: Partition, records: Uint32Array, lists: Uint32Array): Block {
  const { stays, circles, presence, triggers } = partition;
  const { lines: line, rest: record } = stays.table.snapshot(records);
  return {
    partition: partition.number,
    windowMinute: presence.windowMinute,
    records,
    lists,
    line,
    record,
    columns: circles.snapshot(records),
    heard: records.map((slot) => presence.heard[slot] ?? 0),
    newest: triggers.visits.newestOf(records),
    diary: circles.diary.snapshot(lists),
    standing: circles.standings.snapshot(lists),
    visits: triggers.visits.snapshot(lists),
  };
}

function encode(block: Block): Buffer {
  const { records, lists, line, record, columns, heard, newest, diary, standing, visits } = block;
  const columnWords = Math.ceil(columns.length / 4);
  const sections = [records, lists, line, record, heard, newest, diary, standing, visits];
  const words = LEAD_WORDS + sections.reduce((sum, { length }) => sum + length, 0) + columnWords + 1;
  const out = new Uint32Array(words);
  const lead = [MARK, words, STORED_WORDS, block.partition, block.windowMinute, records.length, lists.length];
  out.set([...lead, diary.length, standing.length]);
  let at = LEAD_WORDS;
  for (const section of sections) {
    out.set(section, at);
    at += section.length;
  }
  const bytes = Buffer.from(out.buffer);
  bytes.set(columns, at * 4);
  out[words - 1] = crc32(bytes.subarray(0, -4));
  return bytes;
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
    if (crc32(aligned.subarray(at * 4, (at + length - 1) * 4)) !== words[at + length - 1])
      throw new SnapshotFault("torn: the checksum of a block does not match");
    yield decode(words.subarray(at, at + length));
    at += length;
  }
}

function decode(words: Uint32Array): Block {
  const [, , recordWords, partition, window, records, lists, diary, standing] = words.subarray(0, LEAD_WORDS);
  if (recordWords !== STORED_WORDS)
    throw new SnapshotFault(`record of ${(recordWords ?? 0) * 4} bytes, expected ${STORED_WORDS * 4}`);
  let at = LEAD_WORDS;
  const section = (length: number) => {
    at += length;
    return words.subarray(at - length, at);
  };
  const count = records ?? 0;
  const columnWords = Math.ceil((count * COLUMN_BYTES) / 4);
  const block = {
    partition: partition ?? 0,
    windowMinute: (window ?? 0) | 0,
    records: section(count),
    lists: section(lists ?? 0),
    line: section(count * LINE_WORDS),
    record: section(count * RECORD_WORDS),
    heard: section(count),
    newest: section(count),
    diary: section(diary ?? 0),
    standing: section(standing ?? 0),
    visits: section(words.length - 1 - columnWords - at),
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
  stays.table.put(records, { lines: block.line, rest: block.record });
  circles.put(records, block.columns);
  circles.diary.put(lists, block.diary);
  circles.standings.put(lists, block.standing);
  triggers.visits.putNewest(records, block.newest);
  triggers.visits.put(lists, block.visits);
  // The votes of a window that is over were told and forgotten.
  if (block.windowMinute !== presence.windowMinute) return;
  for (let i = 0; i < records.length; i++)
    if (records[i] !== NO_SLOT) presence.heard[records[i] as number] = block.heard[i] as number;
}

/** The block without what a later one has told of; null when nothing is left. */
export function withoutSeen(block: Block, seen: Seen): Buffer | null {
  const kept = (slots: Uint32Array) => indicesOf(slots, (slot) => slot !== NO_SLOT);
  const records = kept(unseen(block.records, seen.records));
  const lists = kept(unseen(block.lists, seen.lists));
  if (records.length + lists.length === 0) return null;
  return encode({
    partition: block.partition,
    windowMinute: block.windowMinute,
    records: rowsOf(block.records, records, 1),
    lists: rowsOf(block.lists, lists, 1),
    line: rowsOf(block.line, records, LINE_WORDS),
    record: rowsOf(block.record, records, RECORD_WORDS),
    columns: columnsOf(block.columns, block.records.length, records),
    heard: rowsOf(block.heard, records, 1),
    newest: rowsOf(block.newest, records, 1),
    diary: listsOf(block.diary, lists),
    standing: listsOf(block.standing, lists),
    visits: listsOf(block.visits, lists),
  });
}

function unseen(slots: Uint32Array, seen: SlotSet): Uint32Array {
  return slots.map((slot) => {
    if (seen.has(slot)) return NO_SLOT;
    seen.add(slot);
    return slot;
  });
}

function indicesOf(slots: Uint32Array, holds: (slot: number) => boolean): number[] {
  const indices: number[] = [];
  for (let i = 0; i < slots.length; i++) if (holds(slots[i] as number)) indices.push(i);
  return indices;
}

function rowsOf(from: Uint32Array, indices: readonly number[], width: number): Uint32Array {
  const out = new Uint32Array(indices.length * width);
  for (const [i, index] of indices.entries()) out.set(from.subarray(index * width, (index + 1) * width), i * width);
  return out;
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
  const out = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}
