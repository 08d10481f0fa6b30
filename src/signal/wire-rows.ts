import { BATCH_ROWS_MAX, type EventBatch, KINDS } from "./batch.js";
import { BatchBuilder } from "./batch-builder.js";
import type { DecodeContext, DecodedForm } from "./decoded.js";
import { isTimeInRange, newSignalEvent, type SignalEvent, TAC_MAX, type TimeLimits } from "./event.js";
import { formatCell, formatPlmn, formatPseudonym, parseCell, parsePlmn } from "./identity.js";
import type { Reason, Reject } from "./reason.js";
import { rawEvent, rawTime } from "./reject-raw.js";
import type { Row, RowBatch, Word64 } from "./wire.generated.js";
import { numberOf, present, word64Of } from "./wire-field.js";

/** Reads the row-wise form: the same checks and the same batch as the columnar form. */
export function readRows(wire: RowBatch, context: DecodeContext): DecodedForm {
  const { rows } = wire;
  if (rows.length > BATCH_ROWS_MAX) return { fault: tooManyRows(rows.length) };
  if (rows.length === 0) return { batch: null, rejects: [] };
  const builder = new BatchBuilder(rows.length);
  const event = newSignalEvent();
  const rejects: Reject[] = [];
  let batch: EventBatch | null = null;
  for (let row = 0; row < rows.length; row++) {
    const fields = rows[row] as Row;
    const reason = fillEvent(event, fields, row, context);
    // What spans more than 49 days or 255 home networks is no message of a stream; the rows that fit the first are taken.
    const refused = reason ?? (builder.fits(event) ? null : "malformed");
    if (refused === null) batch = builder.add(event);
    else rejects.push(rejectOfRow(fields, row, refused, context));
  }
  return { batch: batch ?? builder.take(), rejects };
}

export function tooManyRows(rows: number): string {
  return `${rows} rows, at most ${BATCH_ROWS_MAX} are allowed`;
}

function fillEvent(event: SignalEvent, row: Row, rowNumber: number, limits: TimeLimits): Reason | null {
  const kind = row.kind - 1;
  if (kind < 0 || kind >= KINDS.length) return "bad_kind";
  const cell = parseCell(row.cell);
  if (cell === null) return "bad_cell";
  const timeMs = numberOf(row.timeMs);
  if (!isTimeInRange(timeMs, limits)) return "time_range";
  const tac = present(row, "tac") ?? 0;
  if (tac > TAC_MAX) return "bad_tac";
  const homePlmn = present(row, "homePlmn") ?? "";
  const plmn = homePlmn === "" ? 0 : parsePlmn(homePlmn);
  if (plmn === 0 && homePlmn !== "") return "bad_plmn";
  const peer = present(row, "peer");
  event.timeMs = timeMs;
  event.subscriberHi = row.subscriber.high >>> 0;
  event.subscriberLo = row.subscriber.low >>> 0;
  event.cellHi = cell.hi;
  event.cellLo = cell.lo;
  event.kind = kind;
  event.plmn = plmn;
  event.tac = tac;
  event.hasPeer = peer !== null;
  event.peerHi = peer === null ? 0 : peer.high >>> 0;
  event.peerLo = peer === null ? 0 : peer.low >>> 0;
  event.rowNumber = rowNumber;
  return null;
}

function rejectOfRow(row: Row, rowNumber: number, reason: Reason, context: DecodeContext): Reject {
  const timeMs = numberOf(row.timeMs);
  const peer = present(row, "peer");
  const tac = present(row, "tac");
  const homePlmn = present(row, "homePlmn");
  return {
    reason,
    timeMs: isTimeInRange(timeMs, context) ? timeMs : null,
    source: `${context.origin}:${rowNumber}`,
    raw: rawEvent({
      time: rawTime(timeMs),
      subscriber: formatPseudonym(row.subscriber.high >>> 0, row.subscriber.low >>> 0),
      cell: row.cell,
      kind: KINDS[row.kind - 1] ?? "",
      ...(peer === null ? {} : { peer: formatPseudonym(peer.high >>> 0, peer.low >>> 0) }),
      ...(tac === null ? {} : { tac: String(tac) }),
      ...(homePlmn === null ? {} : { home_plmn: homePlmn }),
    }),
  };
}

/** The row-wise form of a batch. */
export function rowsOf(batch: EventBatch): RowBatch {
  const rows: Row[] = [];
  let peer = 0;
  for (let i = 0; i < batch.count; i++) {
    const cell = batch.cell[i] as number;
    const plmn = batch.plmns[(batch.plmn?.[i] ?? 0) - 1];
    const tac = batch.tac?.[i] ?? 0;
    const hasPeer = batch.peerRow[peer] === i;
    rows.push({
      timeMs: word64Of(batch.baseMs + (batch.offsetMs[i] as number)),
      subscriber: pseudonym(batch.subscriber, i),
      cell: formatCell(batch.cells[2 * cell + 1] as number, batch.cells[2 * cell] as number) ?? "",
      kind: (batch.kind[i] as number) + 1,
      ...(hasPeer ? { peer: pseudonym(batch.peer, peer) } : {}),
      ...(tac === 0 ? {} : { tac }),
      ...(plmn === undefined ? {} : { homePlmn: formatPlmn(plmn) }),
    });
    if (hasPeer) peer++;
  }
  return { rows };
}

function pseudonym(words: Uint32Array, row: number): Word64 {
  return { low: (words[2 * row] as number) | 0, high: (words[2 * row + 1] as number) | 0, unsigned: true };
}
