/**
 * One row of signalling in text, whatever file or message it stood in, to one checked event or one reject. All formats end here, so
 * all judge alike; the fast reader of CSV only goes past it where the row is plainly good.
 */
import { KINDS } from "../signal/batch.js";
import { isTimeInRange, type SignalEvent, type TimeLimits } from "../signal/event.js";
import { formatPseudonym, parseCell, parsePlmn } from "../signal/identity.js";
import type { Reason, Reject } from "../signal/reason.js";
import { rawEvent, rawLength } from "../signal/reject-raw.js";
import { parseTime } from "../signal/time-text.js";
import { IDENTITY_BYTES_MAX, type Pseudonymiser } from "./pseudonym.js";

/** Names of the columns, as in the header of a CSV and the keys of a JSON line; the first four are required. */
export const COLUMNS = ["time", "subscriber", "cell", "kind", "peer", "tac", "home_plmn"] as const;
export const REQUIRED_COLUMNS = 4;
export type Column = (typeof COLUMNS)[number];

/** The fields as they came; empty where a row does not have one. */
export type RowFields = Readonly<Record<Column, string>>;

/** The fields by the index of their column; a field that is absent is empty. */
export function fieldsFrom(text: (column: number) => string | undefined): RowFields {
  return {
    time: text(0) ?? "",
    subscriber: text(1) ?? "",
    cell: text(2) ?? "",
    kind: text(3) ?? "",
    peer: text(4) ?? "",
    tac: text(5) ?? "",
    home_plmn: text(6) ?? "",
  };
}

export interface RowContext extends TimeLimits {
  readonly pseudonymiser: Pseudonymiser;
}

const TAC_PATTERN = /^\d{8}$/;
const KIND_INDEX = new Map<string, number>(KINDS.map((kind, index) => [kind, index]));

/** Fills the event from the fields (all but its row number), or says what is wrong with the first bad one. */
export function readRow(fields: RowFields, event: SignalEvent, context: RowContext): Reason | null {
  const timeMs = parseTime(fields.time);
  if (Number.isNaN(timeMs)) return "bad_time";
  const subscriberBytes = Buffer.byteLength(fields.subscriber);
  if (subscriberBytes === 0 || subscriberBytes > IDENTITY_BYTES_MAX) return "bad_subscriber";
  const cell = parseCell(fields.cell);
  if (cell === null) return "bad_cell";
  const kind = KIND_INDEX.get(fields.kind);
  if (kind === undefined) return "bad_kind";
  if (Buffer.byteLength(fields.peer) > IDENTITY_BYTES_MAX) return "bad_peer";
  if (fields.tac !== "" && !TAC_PATTERN.test(fields.tac)) return "bad_tac";
  const plmn = parsePlmn(fields.home_plmn);
  if (plmn === 0 && fields.home_plmn !== "") return "bad_plmn";
  if (!isTimeInRange(timeMs, context)) return "time_range";
  event.timeMs = timeMs;
  event.cellHi = cell.hi;
  event.cellLo = cell.lo;
  event.kind = kind;
  event.tac = Number(fields.tac);
  event.plmn = plmn;
  fillPseudonyms(fields, event, context.pseudonymiser);
  return null;
}

function fillPseudonyms(fields: RowFields, event: SignalEvent, pseudonymiser: Pseudonymiser): void {
  pseudonymiser.pseudonymiseText(fields.subscriber);
  event.subscriberHi = pseudonymiser.hi;
  event.subscriberLo = pseudonymiser.lo;
  event.hasPeer = fields.peer !== "";
  if (!event.hasPeer) return;
  pseudonymiser.pseudonymiseText(fields.peer);
  event.peerHi = pseudonymiser.hi;
  event.peerLo = pseudonymiser.lo;
}

/** The reject of a row whose fields are known; `source` names the row. */
export function rejectRow(fields: RowFields, reason: Reason, source: string, context: RowContext): Reject {
  const timeMs = parseTime(fields.time);
  const pseudonym = (identity: string) => {
    if (identity === "") return "";
    context.pseudonymiser.pseudonymiseText(identity);
    return formatPseudonym(context.pseudonymiser.hi, context.pseudonymiser.lo);
  };
  return {
    reason,
    timeMs: isTimeInRange(timeMs, context) ? timeMs : null,
    source,
    raw: rawEvent({
      time: fields.time,
      subscriber: pseudonym(fields.subscriber),
      cell: fields.cell,
      kind: fields.kind,
      ...(fields.peer === "" ? {} : { peer: pseudonym(fields.peer) }),
      ...(fields.tac === "" ? {} : { tac: fields.tac }),
      ...(fields.home_plmn === "" ? {} : { home_plmn: fields.home_plmn }),
    }),
  };
}

/** The reject of a row that cannot be told apart into fields. */
export function rejectUnreadable(bytes: number, fault: string, source: string): Reject {
  return { reason: "malformed", timeMs: null, source, raw: rawLength(bytes, fault) };
}
