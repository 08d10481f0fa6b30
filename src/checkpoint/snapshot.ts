/**
 * A snapshot of all partitions of an engine as bytes: magic, version, a JSON header with the sections' lengths, the sections, and a
 * SHA-256 over all of it. Whoever reads it knows at once whether it is whole, of this version, and made with the same reference data.
 */
import { createHash } from "node:crypto";
import { CircleState } from "../circle/circle-state.js";
import { NONE } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { type DerivationOptions, Partition } from "../partition.js";
import type { Dimension } from "../rows.js";
import type { OriginFrom } from "../signal/origins.js";
import { RECORD_BYTES } from "../stay/record.js";
import { SubscriberTable } from "../stay/subscriber-table.js";
import type { ClockState } from "../time/stream-clock.js";
import type { SavedWatch } from "../trigger/watch.js";
import { type CityRows, cityRowsOf, decodeCityRows } from "./city-rows.js";
import { type Remap, remapFrom, remapText } from "./remap.js";

const MAGIC = "LIFECIRC";
const VERSION = 7;
const DIGEST_BYTES = 32;

interface PartitionHeader {
  readonly number: number;
  readonly sequence: number;
  readonly day: number;
  readonly origins: readonly OriginFrom[];
  readonly clock: Omit<ClockState, "latestMs"> & { latestMs: number | null };
  readonly tableBytes: number;
  readonly presence: { readonly windowMinute: number; readonly heardBytes: number };
  readonly circles: CirclesHeader;
  readonly triggers: SavedWatch & { readonly seenBytes: number; readonly visitBytes: number };
  readonly bufferedEvents: number;
}

/** Bytes of the three sections of the circles' state, and the circles by their numbers. */
interface CirclesHeader {
  readonly columnBytes: number;
  readonly diaryBytes: number;
  readonly standingBytes: number;
  readonly names: readonly (readonly [string, Dimension])[];
  readonly firstDay: number;
}

interface Header {
  readonly recordBytes: number;
  readonly city: string;
  readonly cityBytes: number;
  readonly partitions: readonly PartitionHeader[];
}

/** Bytes of a buffered event: time and reference as doubles, slot and cell as words, kind. */
const EVENT_BYTES = 25;

/** The state of the partitions at this moment; later changes do not touch the bytes. */
export function encodeSnapshot(partitions: readonly Partition[], rows: CityRows): Buffer {
  const sections: Uint8Array[] = [rows.bytes];
  const headers: PartitionHeader[] = [];
  for (const { number, sequence, day, clock, stays, buffer, origins, presence, circles, triggers } of partitions) {
    const table = stays.table.snapshot();
    const events = encodeEvents(buffer);
    const heard = new Uint8Array(presence.heard.buffer);
    const columns = circles.snapshot(stays.table.count);
    const diary = circles.diary.snapshot(stays.table.count);
    const standing = circles.standings.snapshot(stays.table.count);
    const { seen, visits } = triggers.visits.snapshot(stays.table.count);
    sections.push(table, heard, columns, diary, standing, seen, visits, events);
    const { latestMs } = clock.state;
    headers.push({
      number,
      sequence,
      day,
      origins: origins.entries,
      clock: { ...clock.state, latestMs: Number.isFinite(latestMs) ? latestMs : null },
      tableBytes: table.length,
      presence: { windowMinute: presence.windowMinute, heardBytes: heard.length },
      circles: {
        columnBytes: columns.length,
        diaryBytes: diary.length,
        standingBytes: standing.length,
        names: circles.standings.names.map((name, at) => [name, circles.standings.dimensions[at] as Dimension]),
        firstDay: circles.firstDay,
      },
      triggers: { ...triggers.save(), seenBytes: seen.length, visitBytes: visits.length },
      bufferedEvents: events.length / EVENT_BYTES,
    });
  }
  const header = Buffer.from(
    JSON.stringify({
      recordBytes: RECORD_BYTES,
      city: rows.fingerprint,
      cityBytes: rows.bytes.length,
      partitions: headers,
    } satisfies Header),
  );
  const lead = Buffer.alloc(MAGIC.length + 8);
  lead.write(MAGIC, "latin1");
  lead.writeUInt32LE(VERSION, MAGIC.length);
  lead.writeUInt32LE(header.length, MAGIC.length + 4);
  const body = Buffer.concat([lead, header, ...sections]);
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

/** A snapshot that cannot be used, and why; the one before it may do. */
export class SnapshotFault extends Error {
  override readonly name = "SnapshotFault";
}

/**
 * The partitions of a snapshot. Made with other reference data of the city, they are moved to these by the names of cells, regions and
 * venues.
 *
 * @param warn told what was lost with rows that are no more
 * @throws SnapshotFault when the bytes are torn, foreign or of another version
 * @throws UserError when the snapshot is of another city
 */
export function decodeSnapshot(
  bytes: Buffer,
  city: LoadedCity,
  options: DerivationOptions,
  warn: (message: string) => void,
): Partition[] {
  const header = readHeader(bytes);
  let at = MAGIC.length + 8 + bytes.readUInt32LE(MAGIC.length + 4);
  const rows = bytes.subarray(at, at + header.cityBytes);
  at += header.cityBytes;
  const remap = header.city === cityRowsOf(city).fingerprint ? null : remapFrom(decodeCityRows(rows), city);
  const partitions = header.partitions.map((saved) => {
    const table = SubscriberTable.restore(bytes.subarray(at, at + saved.tableBytes));
    at += saved.tableBytes;
    const partition = new Partition(saved.number, city, options, table);
    partition.presence.windowMinute = saved.presence.windowMinute;
    partition.presence.heard = new Uint32Array(saved.presence.heardBytes / 4);
    bytes.copy(new Uint8Array(partition.presence.heard.buffer), 0, at, at + saved.presence.heardBytes);
    at += saved.presence.heardBytes;
    const section = (length: number) => {
      at += length;
      return bytes.subarray(at - length, at);
    };
    const { columnBytes, diaryBytes, standingBytes, names, firstDay } = saved.circles;
    partition.circles = CircleState.restore({
      columns: section(columnBytes),
      diary: section(diaryBytes),
      standings: section(standingBytes),
      circles: names,
      firstDay,
    });
    const { seenBytes, visitBytes, ...watch } = saved.triggers;
    partition.triggers.restore(watch, section(seenBytes), section(visitBytes));
    partition.sequence = saved.sequence;
    partition.day = saved.day;
    partition.origins.entries = [...saved.origins];
    partition.clock.state = { ...saved.clock, latestMs: saved.clock.latestMs ?? Number.NEGATIVE_INFINITY };
    remap?.partition(partition);
    const eventsEnd = at + saved.bufferedEvents * EVENT_BYTES;
    for (; at < eventsEnd; at += EVENT_BYTES) restoreEvent(partition, bytes, at, remap);
    return partition;
  });
  if (remap !== null) warn(remapText(remap.report));
  return partitions;
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

function readHeader(bytes: Buffer): Header {
  const leadBytes = MAGIC.length + 8;
  if (bytes.length < leadBytes + DIGEST_BYTES)
    throw new SnapshotFault(`torn: got ${bytes.length} bytes, expected at least ${leadBytes + DIGEST_BYTES}`);
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new SnapshotFault("foreign: no Lifecircle snapshot");
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== VERSION) throw new SnapshotFault(`version: got ${version}, expected ${VERSION}`);
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(body.length)))
    throw new SnapshotFault("torn: the checksum does not match");
  const header = JSON.parse(
    bytes.toString("utf8", leadBytes, leadBytes + bytes.readUInt32LE(MAGIC.length + 4)),
  ) as Header;
  if (header.recordBytes !== RECORD_BYTES)
    throw new SnapshotFault(`record of ${header.recordBytes} bytes, expected ${RECORD_BYTES}`);
  return header;
}
