import {
  ANCHOR_KINDS,
  type AnchorRow,
  CHANGES,
  type DeviceRow,
  DIMENSIONS,
  type Located,
  type MembershipLogRow,
  type MembershipRow,
  type PresenceRows,
  type RejectedRow,
  type Spot,
  type StayRow,
} from "../rows.js";
import {
  putDateTime,
  putEpochMs,
  putFloat32,
  putFloat64,
  putLength,
  putString,
  putUInt8,
  putUInt16,
  putUInt32,
  putUInt64,
  type RowBuffer,
} from "./rowbinary.js";

/** How rows of one kind reach their table: its columns, and a function that writes the row at a place of the rows in that order. */
export interface TableCodec<Rows> {
  readonly table: string;
  readonly columns: readonly string[];
  encode(buffer: RowBuffer, rows: Rows, at: number): void;
}

/** That of rows which are objects. */
export function objectCodec<Row>(codec: {
  readonly table: string;
  readonly columns: readonly string[];
  encode(buffer: RowBuffer, row: Row): void;
}): TableCodec<readonly Row[]> {
  const { table, columns, encode } = codec;
  return { table, columns, encode: (buffer, rows, at) => encode(buffer, rows[at] as Row) };
}

const PLACE = ["lon", "lat", "h3", "cell", "region", "venue", "category"];
const MEMBERSHIP = ["subscriber", "dimension", "circle", "score", "since", "seen", "evidence"];

/** What the circle rules know of a stay beyond what its table shows. */
const REASONS = ["arrival_error", "departure_error", "candidates"];

export const stays = objectCodec<StayRow>({
  table: "stays_rows",
  columns: ["subscriber", "start", "end", ...PLACE, "confidence", "events", "venue_probability", ...REASONS],
  encode(buffer, row) {
    putUInt64(buffer, row.subscriberHi, row.subscriberLo);
    putDateTime(buffer, row.startMs);
    putDateTime(buffer, row.endMs);
    putPlace(buffer, row);
    putFloat32(buffer, row.confidence);
    putUInt32(buffer, row.events);
    putFloat32(buffer, row.venueProbability);
    putUInt32(buffer, row.arrivalErrorSec);
    putUInt32(buffer, row.departureErrorSec);
    putLength(buffer, row.candidates.length);
    for (const { venue, probability } of row.candidates) {
      putString(buffer, venue);
      putFloat32(buffer, probability);
    }
  },
});

export const anchors = objectCodec<AnchorRow>({
  table: "anchors_rows",
  columns: ["subscriber", "kind", "rank", ...PLACE, "share", "days", "rule", "confidence", "version", "gone"],
  encode(buffer, row) {
    putUInt64(buffer, row.subscriberHi, row.subscriberLo);
    putUInt8(buffer, ANCHOR_KINDS.indexOf(row.kind) + 1);
    putUInt8(buffer, row.rank);
    putPlace(buffer, row);
    putFloat32(buffer, row.share);
    putUInt16(buffer, row.days);
    putString(buffer, row.rule);
    putFloat32(buffer, row.confidence);
    putEpochMs(buffer, row.versionMs);
    putUInt8(buffer, row.gone ? 1 : 0);
  },
});

export const memberships = objectCodec<MembershipRow>({
  table: "memberships_rows",
  columns: [...MEMBERSHIP, "version", "gone"],
  encode(buffer, row) {
    putMembership(buffer, row);
    putEpochMs(buffer, row.versionMs);
    putUInt8(buffer, row.gone ? 1 : 0);
  },
});

export const membershipLog = objectCodec<MembershipLogRow>({
  table: "membership_log_rows",
  columns: [...MEMBERSHIP, "change", "version", "time"],
  encode(buffer, row) {
    putMembership(buffer, row);
    putUInt8(buffer, CHANGES.indexOf(row.change) + 1);
    putEpochMs(buffer, row.versionMs);
    putDateTime(buffer, row.versionMs);
  },
});

export const presence: TableCodec<PresenceRows> = {
  table: "presence_rows",
  columns: ["slot", "h3", "region", "circle", "partition", "subscribers"],
  encode(buffer, { slotMs, spot, circle, partition, subscribers }, at) {
    const { h3Hi, h3Lo, region } = spot[at] as Spot;
    putDateTime(buffer, slotMs[at] as number);
    putUInt64(buffer, h3Hi, h3Lo);
    putString(buffer, region);
    putString(buffer, circle[at] as string);
    putUInt32(buffer, partition[at] as number);
    putUInt32(buffer, subscribers[at] as number);
  },
};

export const devices = objectCodec<DeviceRow>({
  table: "devices_rows",
  columns: ["subscriber", "tac", "since", "version"],
  encode(buffer, row) {
    putUInt64(buffer, row.subscriberHi, row.subscriberLo);
    putUInt32(buffer, row.tac);
    putDateTime(buffer, row.sinceMs);
    putEpochMs(buffer, row.sinceMs);
  },
});

export const rejected = objectCodec<RejectedRow>({
  table: "rejected_rows",
  columns: ["time", "reason", "source", "raw"],
  encode(buffer, row) {
    putDateTime(buffer, row.timeMs);
    putString(buffer, row.reason);
    putString(buffer, row.source);
    putString(buffer, row.raw);
  },
});

function putPlace(buffer: RowBuffer, row: Located): void {
  putFloat64(buffer, row.lon);
  putFloat64(buffer, row.lat);
  putUInt64(buffer, row.h3Hi, row.h3Lo);
  putString(buffer, row.cell);
  putString(buffer, row.region);
  putString(buffer, row.venue);
  putString(buffer, row.category);
}

function putMembership(buffer: RowBuffer, row: MembershipRow): void {
  putUInt64(buffer, row.subscriberHi, row.subscriberLo);
  putUInt8(buffer, DIMENSIONS.indexOf(row.dimension) + 1);
  putString(buffer, row.circle);
  putFloat32(buffer, row.score);
  putDateTime(buffer, row.sinceMs);
  putDateTime(buffer, row.seenMs);
  putString(buffer, row.evidence);
}
