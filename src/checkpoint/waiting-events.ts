/**
 * The events of a partition that wait for the watermark, as a file of a snapshot: a lead of four words (mark, number of events, CRC-32 of all
 * that follows the lead, 0), then their columns: times and references as doubles, slots and cells as words, kinds as bytes.
 */
import { crc32 } from "node:zlib";
import { NONE } from "../geo/city.js";
import type { Partition } from "../partition.js";
import { type EventBuffer, timeOf } from "../time/event-buffer.js";
import { cellOf, kindOf } from "../time/event-word.js";
import type { Remap } from "./remap.js";
import { SnapshotFault } from "./snapshot-fault.js";

const MARK = 0x5654_434c;
const LEAD_BYTES = 16;
const EVENT_BYTES = 25;

interface Columns {
  readonly timeMs: Float64Array;
  readonly reference: Float64Array;
  readonly slot: Uint32Array;
  readonly cell: Uint32Array;
  readonly kind: Uint8Array;
}

function columnsOf({ buffer, byteOffset }: Uint8Array, count: number): Columns {
  let at = byteOffset + LEAD_BYTES;
  const next = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  return {
    timeMs: new Float64Array(buffer, next(8 * count), count),
    reference: new Float64Array(buffer, next(8 * count), count),
    slot: new Uint32Array(buffer, next(4 * count), count),
    cell: new Uint32Array(buffer, next(4 * count), count),
    kind: new Uint8Array(buffer, next(count), count),
  };
}

/** What waits now, in the order in which it came; later changes do not touch it. */
export function encodeWaiting(waiting: EventBuffer): Buffer {
  const whole = Buffer.from(new ArrayBuffer(LEAD_BYTES + waiting.size * EVENT_BYTES));
  const { timeMs, reference, slot, cell, kind } = columnsOf(whole, waiting.size);
  let at = 0;
  for (const bucket of waiting.contents()) {
    for (let i = 0; i < bucket.count; i++) {
      const word = bucket.word[i] as number;
      timeMs[at + i] = timeOf(bucket, i);
      cell[at + i] = cellOf(word);
      kind[at + i] = kindOf(word);
    }
    reference.set(bucket.reference.subarray(0, bucket.count), at);
    slot.set(bucket.slot.subarray(0, bucket.count), at);
    at += bucket.count;
  }
  whole.writeUInt32LE(MARK, 0);
  whole.writeUInt32LE(waiting.size, 4);
  whole.writeUInt32LE(crc32(whole.subarray(LEAD_BYTES)), 8);
  return whole;
}

/**
 * Lets the events of a file wait again.
 *
 * @param remap to the reference data of the partition, null where they are the ones that the file was written with
 * @throws SnapshotFault when the file is torn, or foreign
 */
export function restoreWaiting(partition: Partition, bytes: Buffer, remap: Remap | null): void {
  const lead = bytes.length < LEAD_BYTES ? [] : [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  const [mark, count = 0, sum] = lead;
  if (lead.length > 0 && mark !== MARK) throw new SnapshotFault("foreign: no events of a snapshot");
  if (bytes.length !== LEAD_BYTES + count * EVENT_BYTES)
    throw new SnapshotFault(`torn: ${bytes.length.toLocaleString("en")} bytes of waiting events`);
  if (crc32(bytes.subarray(LEAD_BYTES)) !== sum)
    throw new SnapshotFault("torn: the checksum of the waiting events does not match");
  // A copy begins on a boundary of doubles where the file's own bytes do not.
  const columns = columnsOf(bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes), count);
  for (let i = 0; i < count; i++) {
    const event = {
      timeMs: columns.timeMs[i] as number,
      slot: columns.slot[i] as number,
      cell: columns.cell[i] as number,
      kind: columns.kind[i] as number,
      reference: columns.reference[i] as number,
    };
    const cell = remap === null ? event.cell : remap.event(partition, event);
    if (cell !== NONE) partition.buffer.add(event.timeMs, event.slot, cell, event.kind, event.reference);
  }
}
