/**
 * A snapshot of all partitions of an engine: a small head (magic, version, a JSON header, the waiting events, a SHA-256 over all of it),
 * which names the files that hold the subscribers in blocks, and the blocks of those that have changed since the snapshot before.
 * Whoever reads it knows at once whether it is whole, of this version, and made with the same reference data.
 */
import { createHash } from "node:crypto";
import type { DayClose } from "../circle/day-close.js";
import { NONE } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { type DerivationOptions, Partition } from "../partition.js";
import type { Dimension } from "../rows.js";
import type { OriginFrom } from "../signal/origins.js";
import type { SlotSet } from "../stay/slot-set.js";
import { SubscriberTable } from "../stay/subscriber-table.js";
import type { ClockState } from "../time/stream-clock.js";
import type { SavedWatch } from "../trigger/watch.js";
import { encodeBlocks } from "./blocks.js";
import { cityRowsOf } from "./city-rows.js";
import type { Remap } from "./remap.js";
import { SnapshotFault } from "./snapshot-fault.js";

const MAGIC = "LIFECIRC";
const VERSION = 13;
const DIGEST_BYTES = 32;
const LEAD_BYTES = MAGIC.length + 8;
/** Bytes of a buffered event: time and reference as doubles, slot and cell as words, kind. */
const EVENT_BYTES = 25;

interface PartitionHeader {
  readonly number: number;
  readonly sequence: number;
  readonly day: number;
  readonly closing: DayClose | null;
  readonly subscribers: number;
  /** Pages of their diaries and standings (circle/paged-lists.ts). */
  readonly pages: { readonly diary: number; readonly standings: number };
  readonly origins: readonly OriginFrom[];
  readonly clock: Omit<ClockState, "latestMs"> & { latestMs: number | null };
  readonly windowMinute: number;
  /** The circles by their numbers. */
  readonly circles: readonly (readonly [string, Dimension])[];
  readonly firstDay: number;
  readonly triggers: SavedWatch;
  readonly bufferedEvents: number;
}

/** What a head says besides its events. */
export interface Header {
  /** Names the rows of the city's tables (see city-rows.ts). */
  readonly city: string;
  /** Files that hold the subscribers, the latest last: of two that tell of one, the later is right. */
  readonly files: readonly string[];
  readonly partitions: readonly PartitionHeader[];
}

/** The state at one moment, as far as it has changed since it was last taken; later changes do not touch it. */
export interface Snapshot {
  readonly city: LoadedCity;
  /** Blocks of the subscribers that have changed. */
  readonly blocks: readonly Buffer[];
  readonly bytes: number;
  head(files: readonly string[]): Buffer;
  /** It could not be saved: what it tells of is changed still. */
  giveBack(): void;
}

export function takeSnapshot(partitions: readonly Partition[], city: LoadedCity): Snapshot {
  const blocks: Buffer[] = [];
  const undo: (() => void)[] = [];
  for (const partition of partitions) {
    const { count } = partition.stays.table;
    const { diary, standings } = partition.circles;
    const { visits } = partition.triggers;
    const take = (changed: SlotSet) => {
      const slots = changed.take(count);
      undo.push(() => changed.addAll(slots));
      return slots;
    };
    const records = take(partition.changed);
    for (const { changed } of [standings, visits]) diary.changed.addAll(take(changed));
    blocks.push(...encodeBlocks(partition, records, take(diary.changed)));
  }
  // As text, since what it is made of goes on to change.
  const headers = JSON.stringify(partitions.map(headerOf));
  const events = partitions.map(({ buffer }) => encodeEvents(buffer));
  const { fingerprint } = cityRowsOf(city);
  return {
    city,
    blocks,
    bytes: [...blocks, ...events].reduce((sum, { length }) => sum + length, 0),
    head: (files) => encodeHead({ city: fingerprint, files }, headers, events),
    giveBack() {
      for (const step of undo) step();
    },
  };
}

function headerOf(partition: Partition) {
  const { number, sequence, day, closing, clock, stays, buffer, origins, presence, circles, triggers } = partition;
  const { latestMs } = clock.state;
  const { names, dimensions } = circles.standings;
  return {
    number,
    sequence,
    day,
    closing,
    subscribers: stays.table.count,
    pages: { diary: circles.diary.pagesHeld, standings: circles.standings.pagesHeld },
    origins: origins.entries,
    clock: { ...clock.state, latestMs: Number.isFinite(latestMs) ? latestMs : null },
    windowMinute: presence.windowMinute,
    circles: names.map((name, at) => [name, dimensions[at] as Dimension] as const),
    firstDay: circles.firstDay,
    triggers: triggers.save(),
    bufferedEvents: buffer.size,
  } satisfies PartitionHeader;
}

function encodeHead(lead: Omit<Header, "partitions">, partitions: string, events: readonly Buffer[]): Buffer {
  const text = Buffer.from(`${JSON.stringify(lead).slice(0, -1)},"partitions":${partitions}}`);
  const start = Buffer.alloc(LEAD_BYTES);
  start.write(MAGIC, "latin1");
  start.writeUInt32LE(VERSION, MAGIC.length);
  start.writeUInt32LE(text.length, MAGIC.length + 4);
  const body = Buffer.concat([start, text, ...events]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

function encodeEvents(buffer: Partition["buffer"]): Buffer {
  const bytes = Buffer.allocUnsafe(buffer.size * EVENT_BYTES);
  let at = 0;
  for (const bucket of buffer.contents()) {
    for (let i = 0; i < bucket.count; i++) {
      at = bytes.writeDoubleLE(bucket.minute * 60_000 + (bucket.ms[i] as number), at);
      at = bytes.writeDoubleLE(bucket.reference[i] as number, at);
      at = bytes.writeUInt32LE(bucket.slot[i] as number, at);
      at = bytes.writeUInt32LE(bucket.cell[i] as number, at);
      at = bytes.writeUInt8(bucket.kind[i] as number, at);
    }
  }
  return bytes;
}

/** A head that was read, and the events in it. */
export interface Head extends Header {
  readonly events: Buffer;
}

/** @throws SnapshotFault when the bytes are torn, foreign or of another version */
export function decodeHead(bytes: Buffer): Head {
  if (bytes.length < LEAD_BYTES + DIGEST_BYTES)
    throw new SnapshotFault(`torn: got ${bytes.length} bytes, expected at least ${LEAD_BYTES + DIGEST_BYTES}`);
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new SnapshotFault("foreign: no Lifecircle snapshot");
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== VERSION) throw new SnapshotFault(`version: got ${version}, expected ${VERSION}`);
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(body.length)))
    throw new SnapshotFault("torn: the checksum does not match");
  const end = LEAD_BYTES + bytes.readUInt32LE(MAGIC.length + 4);
  return { ...(JSON.parse(bytes.toString("utf8", LEAD_BYTES, end)) as Header), events: body.subarray(end) };
}

/** A partition of the header, with room for its subscribers and nobody in it yet. */
export function emptyPartition(saved: PartitionHeader, city: LoadedCity, options: DerivationOptions): Partition {
  const table = new SubscriberTable(Math.max(256, saved.subscribers));
  const partition = new Partition(saved.number, city, options, table);
  partition.sequence = saved.sequence;
  partition.day = saved.day;
  partition.closing = saved.closing;
  partition.origins.entries = [...saved.origins];
  partition.clock.state = { ...saved.clock, latestMs: saved.clock.latestMs ?? Number.NEGATIVE_INFINITY };
  partition.presence.windowMinute = saved.windowMinute;
  partition.presence.heard = new Uint32Array(Math.max(256, saved.subscribers));
  for (const [circle, dimension] of saved.circles) partition.circles.standings.numberOf(circle, dimension);
  partition.circles.firstDay = saved.firstDay;
  partition.circles.reserve(saved.subscribers, saved.pages);
  partition.changed.reserve(saved.subscribers);
  partition.triggers.restore(saved.triggers);
  return partition;
}

/** To be called once all blocks are in: finds the subscribers, goes over to other reference data, and lets the events wait again. */
export function finishPartitions(partitions: readonly Partition[], head: Head, remap: Remap | null): void {
  let at = 0;
  for (const [i, partition] of partitions.entries()) {
    const { subscribers, bufferedEvents } = head.partitions[i] as PartitionHeader;
    partition.stays.table.rebuild(subscribers);
    for (const changed of partition.allChanged) changed.clear();
    remap?.partition(partition);
    const end = at + bufferedEvents * EVENT_BYTES;
    for (; at < end; at += EVENT_BYTES) restoreEvent(partition, head.events, at, remap);
  }
}

function restoreEvent(partition: Partition, bytes: Buffer, at: number, remap: Remap | null): void {
  const event = {
    timeMs: bytes.readDoubleLE(at),
    reference: bytes.readDoubleLE(at + 8),
    slot: bytes.readUInt32LE(at + 16),
    cell: bytes.readUInt32LE(at + 20),
    kind: bytes.readUInt8(at + 24),
  };
  const cell = remap === null ? event.cell : remap.event(partition, event);
  if (cell !== NONE) partition.buffer.add(event.timeMs, event.slot, cell, event.kind, event.reference);
}
