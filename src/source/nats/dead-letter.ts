import type { Reject } from "../../signal/reason.js";
import { messageId, type OutgoingMessage } from "./ordered-publisher.js";
import { DEAD_SUBJECT, ORIGIN_HEADER, PAYLOAD_HEADER, REASON_HEADER, SEQUENCE_HEADER } from "./subjects.js";

/** Where refused input came from: `nats:SUBJECT:SEQUENCE` or `file:PATH`, and the running number there. */
export interface DeadOrigin {
  readonly origin: string;
  readonly sequence: number;
}

/** Stays well below the 1 MiB that a NATS server takes by default. */
const PAYLOAD_BYTES_MAX = 512 * 1024;
/** An MSISDN has 10 digits or more, an IMSI or IMEI 15. */
const DIGITS_MIN = 10;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const MASK = 0x23;

/** Dead letters of refused rows: a message a reason (several when long), one reject a line as JSON. */
export function deadRows(rejects: readonly Reject[], from: DeadOrigin): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  for (const reason of new Set(rejects.map((reject) => reject.reason))) {
    let lines: string[] = [];
    let bytes = 0;
    for (const reject of rejects) {
      if (reject.reason !== reason) continue;
      const line = `${JSON.stringify(reject)}\n`;
      if (bytes > 0 && bytes + Buffer.byteLength(line) > PAYLOAD_BYTES_MAX) {
        messages.push(deadLetter(Buffer.from(lines.join("")), reason, "rows", from));
        lines = [];
        bytes = 0;
      }
      lines.push(line);
      bytes += Buffer.byteLength(line);
    }
    messages.push(deadLetter(Buffer.from(lines.join("")), reason, "rows", from));
  }
  return messages;
}

/**
 * The dead letter of a message that could not be read at all: its bytes as they are, but for long runs of digits. A batch holds
 * pseudonyms only; bytes that are no batch may be somebody's text, and a number in it may be a raw id.
 */
export function deadMessage(payload: Uint8Array, reason: string, from: DeadOrigin): OutgoingMessage {
  return deadLetter(maskLongNumbers(payload), reason, "message", from);
}

function deadLetter(payload: Uint8Array, reason: string, form: "rows" | "message", from: DeadOrigin): OutgoingMessage {
  return {
    subject: DEAD_SUBJECT,
    payload,
    id: messageId(`${from.origin}:${from.sequence}:${reason}`, payload),
    headers: {
      [REASON_HEADER]: reason,
      // A header is one line of printable text; a path may hold anything.
      [ORIGIN_HEADER]: encodeURI(from.origin),
      [SEQUENCE_HEADER]: String(from.sequence),
      [PAYLOAD_HEADER]: form,
    },
  };
}

function maskLongNumbers(bytes: Uint8Array): Uint8Array {
  const masked = Uint8Array.from(bytes);
  let start = 0;
  for (let i = 0; i <= masked.length; i++) {
    const byte = masked[i] ?? 0;
    if (byte >= DIGIT_0 && byte <= DIGIT_9) continue;
    if (i - start >= DIGITS_MIN) masked.fill(MASK, start, i);
    start = i + 1;
  }
  return masked;
}
