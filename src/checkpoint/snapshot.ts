/**
 * A snapshot of some partitions of an engine: the blocks of the subscribers that have changed since the one before, and the waiting events.
 * A small head (magic, version, a JSON header, a SHA-256 over all of it) says what there is of all partitions, each as it was when it was last
 * taken, and names the files. Partitions share nobody and nothing, so they need not be of one moment. Whoever reads a head knows at once whether
 * it is whole, of this version, and made with the same reference data.
 */
import { createHash } from "node:crypto";
import type { DayClose } from "../circle/day-close.js";
import type { LoadedCity } from "../geo/load.js";
import { type DerivationOptions, Partition } from "../partition.js";
import type { Dimension } from "../rows.js";
import type { OriginFrom } from "../signal/origins.js";
import type { SlotSet } from "../stay/slot-set.js";
import { SubscriberTable, type TableRoom } from "../stay/subscriber-table.js";
import type { ClockState } from "../time/stream-clock.js";
import type { SavedWatch } from "../trigger/watch.js";
import { OtherVersion, SnapshotFault } from "./snapshot-fault.js";
import { type TakenBlock, takeBlocks } from "./taken-blocks.js";
import { encodeWaiting } from "./waiting-events.js";

const MAGIC = "LIFECIRC";
const VERSION = 18;
const DIGEST_BYTES = 32;
const LEAD_BYTES = MAGIC.length + 8;

interface PartitionHeader {
  readonly number: number;
  readonly sequence: number;
  /** Absent in a head of before it was saved. */
  readonly sentMs?: number | null;
  readonly day: number;
  readonly closing: DayClose | null;
  readonly subscribers: number;
  /** What their records need beyond the lines. */
  readonly room: TableRoom;
  /** Pages of their standings (circle/paged-lists.ts). */
  readonly pages: { readonly standings: number };
  readonly origins: readonly OriginFrom[];
  readonly clock: Omit<ClockState, "latestMs"> & { latestMs: number | null };
  readonly windowMinute: number;
  /** The circles by their numbers. */
  readonly circles: readonly (readonly [string, Dimension])[];
  readonly firstDay: number;
  readonly triggers: SavedWatch;
}

/** A partition in a head. */
interface SavedPartition extends PartitionHeader {
  /** File of its waiting events (waiting-events.ts), empty where none waited. */
  readonly events: string;
}

/** What a head says. */
export interface Head {
  /** Names the rows of the city's tables (see city-rows.ts). */
  readonly city: string;
  /** Files that hold the subscribers, the latest last: of two that tell of one, the later is right. */
  readonly files: readonly string[];
  readonly partitions: readonly SavedPartition[];
}

/** A partition of a snapshot. */
export interface TakenPartition {
  readonly number: number;
  readonly sequence: number;
  /** JSON of a `PartitionHeader`, as text, since what it is made of goes on to change. */
  readonly header: string;
  /** What waited (waiting-events.ts), null for nothing. */
  readonly events: Buffer | null;
}

/** Partitions at one moment, as far as they have changed since they were last taken; later changes do not touch it. */
export interface Snapshot {
  readonly city: LoadedCity;
  readonly partitions: readonly TakenPartition[];
  /** Blocks of the subscribers that have changed. */
  readonly blocks: readonly TakenBlock[];
  readonly bytes: number;
  /** It holds everybody, changed or not: nothing saved before is needed beside it. */
  readonly isWhole: boolean;
  /** It is not saved: what it tells of is changed still. */
  giveBack(): void;
}

/** @param isWhole all partitions are here, and everybody is taken, changed or not */
export function takeSnapshot(partitions: readonly Partition[], city: LoadedCity, isWhole = false): Snapshot {
  if (isWhole) for (const partition of partitions) partition.changeAll();
  const blocks: TakenBlock[] = [];
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
    blocks.push(...takeBlocks(partition, records, take(diary.changed)));
  }
  const taken = partitions.map((partition) => ({
    number: partition.number,
    sequence: partition.sequence,
    header: JSON.stringify(headerOf(partition)),
    events: partition.buffer.size === 0 ? null : encodeWaiting(partition.buffer),
  }));
  return {
    city,
    partitions: taken,
    blocks,
    isWhole,
    get bytes() {
      const waiting = taken.reduce((sum, { events }) => sum + (events?.length ?? 0), 0);
      return blocks.reduce((sum, { words }) => sum + 4 * words, waiting);
    },
    giveBack() {
      for (const block of blocks) block.giveBack();
      for (const step of undo) step();
    },
  };
}

function headerOf(partition: Partition) {
  const { number, sequence, sentMs, day, closing, clock, stays, origins, presence, circles, triggers } = partition;
  const { latestMs } = clock.state;
  const { names, dimensions } = circles.standings;
  return {
    number,
    sequence,
    sentMs,
    day,
    closing,
    subscribers: stays.table.count,
    room: stays.table.room,
    pages: { standings: circles.standings.pagesHeld },
    origins: origins.entries,
    clock: { ...clock.state, latestMs: Number.isFinite(latestMs) ? latestMs : null },
    windowMinute: presence.windowMinute,
    circles: names.map((name, at) => [name, dimensions[at] as Dimension] as const),
    firstDay: circles.firstDay,
    triggers: triggers.save(),
  } satisfies PartitionHeader;
}

/** @param partitions the header of each, and the file of its events */
export function encodeHead(
  lead: Omit<Head, "partitions">,
  partitions: readonly (Pick<TakenPartition, "header"> & Pick<SavedPartition, "events">)[],
): Buffer {
  const saved = partitions.map(({ header, events }) => `${header.slice(0, -1)},"events":${JSON.stringify(events)}}`);
  const text = Buffer.from(`${JSON.stringify(lead).slice(0, -1)},"partitions":[${saved.join(",")}]}`);
  const start = Buffer.alloc(LEAD_BYTES);
  start.write(MAGIC, "latin1");
  start.writeUInt32LE(VERSION, MAGIC.length);
  start.writeUInt32LE(text.length, MAGIC.length + 4);
  const body = Buffer.concat([start, text]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

/** @throws SnapshotFault when the bytes are torn or foreign, OtherVersion */
export function decodeHead(bytes: Buffer): Head {
  if (bytes.length < LEAD_BYTES + DIGEST_BYTES)
    throw new SnapshotFault(`torn: got ${bytes.length} bytes, expected at least ${LEAD_BYTES + DIGEST_BYTES}`);
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new SnapshotFault("foreign: no Lifecircle snapshot");
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(body.length)))
    throw new SnapshotFault("torn: the checksum does not match");
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== VERSION) throw new OtherVersion(`version: got ${version}, expected ${VERSION}`);
  const end = LEAD_BYTES + bytes.readUInt32LE(MAGIC.length + 4);
  return JSON.parse(bytes.toString("utf8", LEAD_BYTES, end)) as Head;
}

/** A partition of the header, with room for its subscribers and nobody in it yet. */
export function emptyPartition(saved: SavedPartition, city: LoadedCity, options: DerivationOptions): Partition {
  const table = new SubscriberTable(Math.max(256, saved.subscribers));
  table.reserve(saved.room);
  const partition = new Partition(saved.number, city, options, table);
  partition.sequence = saved.sequence;
  partition.sentMs = saved.sentMs ?? null;
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
