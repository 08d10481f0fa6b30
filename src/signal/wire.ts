/**
 * The wire codec: a Message of proto/lifecircle/signalling/v1/signalling.proto to and from an EventBatch. A broken message is one
 * reject, a bad row in a good message is one reject and leaves the rows beside it alone; nothing here throws on foreign bytes.
 */
import protobuf from "protobufjs/light.js";
import { BATCH_ROWS_MAX, type EventBatch } from "./batch.js";
import type { DecodeContext, DecodedForm, DecodedMessage } from "./decoded.js";
import { isTimeInRange } from "./event.js";
import type { Reject } from "./reason.js";
import { rawLength, rawTime } from "./reject-raw.js";
import { type Message, WIRE_SCHEMA } from "./wire.generated.js";
import { columnsOf, readColumns } from "./wire-columnar.js";
import { numberOf, present, word64Of } from "./wire-field.js";
import { readRows, rowsOf, tooManyRows } from "./wire-rows.js";

/** Longest message that is looked into: 65,535 rows of the row-wise form at its longest fit. NATS itself takes 1 MiB by default. */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

const MESSAGE = protobuf.Root.fromJSON(WIRE_SCHEMA).lookupType("lifecircle.signalling.v1.Message");
/** Tag of the field `rows`, of the wire type of what has a length. */
const ROWS_TAG = ((MESSAGE.fields.rows?.id ?? 0) << 3) | 2;
/** A row without any field is a tag and a length. */
const ROW_BYTES_MIN = 2;

/** Decodes and checks one message. Never throws on bad bytes: they come back as a reject `malformed` that names `origin`. */
export function decodeMessage(bytes: Uint8Array, context: DecodeContext): DecodedMessage {
  const message = parse(bytes);
  if ("fault" in message) return malformed(bytes, context, message.fault);
  const form = formOf(message, context);
  if ("fault" in form) return malformed(bytes, context, form.fault);
  const watermarkMs = watermarkOf(message);
  if (watermarkMs === null || watermarkMs === Number.POSITIVE_INFINITY || isTimeInRange(watermarkMs, context)) {
    return { ...form, watermarkMs };
  }
  // A watermark in the wrong unit would make everything after it late, so it is refused alone and the rows are taken.
  const refused: Reject = {
    reason: "time_range",
    timeMs: null,
    source: context.origin,
    raw: JSON.stringify({ watermark: rawTime(watermarkMs) }),
  };
  return { batch: form.batch, rejects: [...form.rejects, refused], watermarkMs: null };
}

/** The columnar form of a batch, with a watermark (epoch ms; Infinity closes the partition; null says nothing). */
export function encodeColumnar(batch: EventBatch, watermarkMs: number | null = null): Uint8Array {
  return encode({ columnar: columnsOf(batch), ...promise(watermarkMs) });
}

/** The row-wise form of a batch, with a watermark as above. */
export function encodeRows(batch: EventBatch, watermarkMs: number | null = null): Uint8Array {
  return encode({ rows: rowsOf(batch), ...promise(watermarkMs) });
}

/** A message without events that only says how far the partition has come; Infinity closes it. */
export function encodeWatermark(watermarkMs: number): Uint8Array {
  return encode(promise(watermarkMs));
}

function encode(message: Message): Uint8Array {
  return MESSAGE.encode(message as unknown as protobuf.Message).finish();
}

function promise(watermarkMs: number | null): Pick<Message, "closed" | "watermarkMs"> {
  if (watermarkMs === Number.POSITIVE_INFINITY) return { closed: true };
  return watermarkMs === null ? { closed: false } : { closed: false, watermarkMs: word64Of(watermarkMs) };
}

function watermarkOf(message: Message): number | null {
  if (message.closed) return Number.POSITIVE_INFINITY;
  const watermarkMs = present(message, "watermarkMs");
  return watermarkMs === null ? null : numberOf(watermarkMs);
}

function parse(bytes: Uint8Array): Message | { fault: string } {
  if (bytes.length > MESSAGE_BYTES_MAX) return { fault: `longer than ${MESSAGE_BYTES_MAX} bytes` };
  try {
    if (bytes.length > ROW_BYTES_MIN * BATCH_ROWS_MAX) {
      const rows = countRows(bytes);
      if (rows > BATCH_ROWS_MAX) return { fault: tooManyRows(rows) };
    }
    return MESSAGE.decode(bytes) as unknown as Message;
  } catch (error) {
    return { fault: `no protobuf message: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Rows of a message, counted before they are made: those of a small message can take hundreds of megabytes. */
function countRows(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  let rows = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag !== ROWS_TAG) {
      reader.skipType(tag & 7);
      continue;
    }
    const end = reader.uint32() + reader.pos;
    for (; reader.pos < end; rows++) reader.skipType(reader.uint32() & 7);
  }
  return rows;
}

function formOf(message: Message, context: DecodeContext): DecodedForm {
  const { columnar, rows } = message;
  if (columnar != null) return readColumns(columnar, context);
  if (rows != null) return readRows(rows, context);
  if (watermarkOf(message) !== null) return { batch: null, rejects: [] };
  return { fault: "neither events nor a watermark" };
}

function malformed(bytes: Uint8Array, context: DecodeContext, fault: string): DecodedMessage {
  const reject: Reject = {
    reason: "malformed",
    timeMs: null,
    source: context.origin,
    raw: rawLength(bytes.length, fault),
  };
  return { batch: null, rejects: [reject], watermarkMs: null };
}
