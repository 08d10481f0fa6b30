import { BATCH_ROWS_MAX, type EventBatch, KINDS } from "./batch.js";
import { isCellKey, isPackedPlmn } from "./cell-key.js";
import type { DecodeContext, DecodedForm } from "./decoded.js";
import { isTimeInRange, TAC_MAX, type TimeLimits } from "./event.js";
import { formatCell, formatPlmn, formatPseudonym } from "./identity.js";
import type { Reason, Reject } from "./reason.js";
import { rawEvent, rawTime } from "./reject-raw.js";
import type { ColumnarBatch } from "./wire.generated.js";
import { numberOf, word64Of } from "./wire-field.js";

if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
  throw new Error("Columns on the wire are little-endian and read in place; this processor is big-endian.");
}

const PLMNS_MAX = 255;
/** Stands for a high half that is not there: its PLMN code is none, so it is the key of no cell. */
const NO_CELL_HIGH = 0xffff_ffff;

/**
 * Reads the columnar form. Columns are views into the message where their bytes are aligned, else copies. A wrong length or an
 * unordered peer column refuses the message; a wrong value refuses its row.
 */
export function readColumns(wire: ColumnarBatch, context: DecodeContext): DecodedForm {
  const fault = lengthFault(wire);
  if (fault !== null) return { fault };
  if (wire.count === 0) return { batch: null, rejects: [] };
  const baseMs = numberOf(wire.baseMs);
  if (!Number.isSafeInteger(baseMs)) return { fault: "base_ms is beyond 2^53" };
  const { cells, cellIsBad } = cellDictionary(wire);
  const peerRow = words16(wire.peerRow);
  if (!isAscendingBelow(peerRow, wire.count)) return { fault: "peer_row is not strictly ascending below count" };
  const batch: EventBatch = {
    count: wire.count,
    baseMs,
    offsetMs: words32(wire.offsetMs),
    subscriber: words32(wire.subscriber),
    cell: words16(wire.cell),
    cells,
    kind: wire.kind,
    plmn: wire.plmn.length === 0 ? null : wire.plmn,
    plmns: words32(wire.plmns),
    tac: wire.tac.length === 0 ? null : typeAllocationCodes(wire),
    peerRow,
    peer: words32(wire.peer),
  };
  return withoutBadRows(batch, cellIsBad, context);
}

/** Null when every column has the length that `count` and the other columns ask for; checked before anything is allocated. */
function lengthFault(wire: ColumnarBatch): string | null {
  const { count } = wire;
  if (count > BATCH_ROWS_MAX) return `count is ${count}, at most ${BATCH_ROWS_MAX} is allowed`;
  const cells = wire.cellLow.length / 4;
  const peers = wire.peerRow.length / 2;
  return (
    wrongLength("offset_ms", wire.offsetMs, 4 * count) ??
    wrongLength("subscriber", wire.subscriber, 8 * count) ??
    wrongLength("cell", wire.cell, 2 * count) ??
    wrongLength("kind", wire.kind, count) ??
    wrongLength("plmn", wire.plmn, wire.plmn.length === 0 ? 0 : count) ??
    wrongLength("tac", wire.tac, wire.tac.length === 0 ? 0 : 2 * count) ??
    wrongDictionary("cell_low", wire.cellLow, BATCH_ROWS_MAX) ??
    wrongLength("cell_high", wire.cellHigh, 2 * cells) ??
    wrongDictionary("cell_highs", wire.cellHighs, BATCH_ROWS_MAX) ??
    wrongDictionary("plmns", wire.plmns, PLMNS_MAX) ??
    wrongDictionary("tacs", wire.tacs, BATCH_ROWS_MAX) ??
    (Number.isInteger(peers) && peers <= count ? null : `peer_row has ${wire.peerRow.length} bytes`) ??
    wrongLength("peer", wire.peer, 8 * peers)
  );
}

function wrongLength(name: string, column: Uint8Array, expectedBytes: number): string | null {
  return column.length === expectedBytes ? null : `${name} has ${column.length} bytes, expected ${expectedBytes}`;
}

function wrongDictionary(name: string, column: Uint8Array, entriesMax: number): string | null {
  const entries = column.length / 4;
  return Number.isInteger(entries) && entries <= entriesMax ? null : `${name} has ${column.length} bytes`;
}

/** A view of the column, or a copy where the message happens to lie at an odd place in its buffer. */
function words32(column: Uint8Array): Uint32Array {
  if (column.length === 0) return new Uint32Array(0);
  const bytes = column.byteOffset % 4 === 0 ? column : new Uint8Array(column);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function words16(column: Uint8Array): Uint16Array {
  if (column.length === 0) return new Uint16Array(0);
  const bytes = column.byteOffset % 2 === 0 ? column : new Uint8Array(column);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

function isAscendingBelow(rows: Uint16Array, count: number): boolean {
  let last = -1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row <= last || row >= count) return false;
    last = row;
  }
  return true;
}

function cellDictionary(wire: ColumnarBatch): { cells: Uint32Array; cellIsBad: Uint8Array } {
  const low = words32(wire.cellLow);
  const high = words16(wire.cellHigh);
  const highs = words32(wire.cellHighs);
  const cells = new Uint32Array(2 * low.length);
  const cellIsBad = new Uint8Array(low.length);
  for (let c = 0; c < low.length; c++) {
    const hi = highs[high[c] as number] ?? NO_CELL_HIGH;
    cells[2 * c] = low[c] as number;
    cells[2 * c + 1] = hi;
    if (!isCellKey(hi, low[c] as number)) cellIsBad[c] = 1;
  }
  return { cells, cellIsBad };
}

/** The codes themselves, 0 for none; an index that is not in the dictionary gives a code that no device has. */
function typeAllocationCodes(wire: ColumnarBatch): Uint32Array {
  const index = words16(wire.tac);
  const codes = words32(wire.tacs);
  const tac = new Uint32Array(index.length);
  for (let row = 0; row < index.length; row++) {
    const entry = index[row] as number;
    tac[row] = entry === 0 ? 0 : (codes[entry - 1] ?? TAC_MAX + 1);
  }
  return tac;
}

function faultOfRow(batch: EventBatch, row: number, cellIsBad: Uint8Array, limits: TimeLimits): Reason | null {
  if ((batch.kind[row] as number) >= KINDS.length) return "bad_kind";
  if (cellIsBad[batch.cell[row] as number] !== 0) return "bad_cell";
  if (!isTimeInRange(batch.baseMs + (batch.offsetMs[row] as number), limits)) return "time_range";
  if (batch.tac !== null && (batch.tac[row] as number) > TAC_MAX) return "bad_tac";
  if (batch.plmn !== null) {
    const entry = batch.plmn[row] as number;
    if (entry !== 0 && !isPackedPlmn(batch.plmns[entry - 1] ?? 0)) return "bad_plmn";
  }
  return null;
}

function withoutBadRows(batch: EventBatch, cellIsBad: Uint8Array, context: DecodeContext): DecodedForm {
  const good = new Uint32Array(batch.count);
  const rejects: Reject[] = [];
  let goodCount = 0;
  for (let row = 0; row < batch.count; row++) {
    const reason = faultOfRow(batch, row, cellIsBad, context);
    if (reason === null) good[goodCount++] = row;
    else rejects.push(rejectOfRow(batch, row, reason, context));
  }
  if (goodCount === batch.count) return { batch, rejects };
  return { batch: goodCount === 0 ? null : pickRows(batch, good.slice(0, goodCount)), rejects };
}

function rejectOfRow(batch: EventBatch, row: number, reason: Reason, context: DecodeContext): Reject {
  const timeMs = batch.baseMs + (batch.offsetMs[row] as number);
  const cell = batch.cell[row] as number;
  const plmn = batch.plmns[(batch.plmn?.[row] ?? 0) - 1];
  const peer = batch.peerRow.indexOf(row);
  return {
    reason,
    timeMs: isTimeInRange(timeMs, context) ? timeMs : null,
    source: `${context.origin}:${row}`,
    raw: rawEvent({
      time: rawTime(timeMs),
      subscriber: formatPseudonym(batch.subscriber[2 * row + 1] as number, batch.subscriber[2 * row] as number),
      cell: formatCell(batch.cells[2 * cell + 1] ?? 0, batch.cells[2 * cell] ?? 0) ?? "",
      kind: KINDS[batch.kind[row] as number] ?? "",
      ...(peer < 0
        ? {}
        : { peer: formatPseudonym(batch.peer[2 * peer + 1] as number, batch.peer[2 * peer] as number) }),
      ...(batch.tac === null ? {} : { tac: String(batch.tac[row]) }),
      ...(plmn === undefined ? {} : { home_plmn: isPackedPlmn(plmn) ? formatPlmn(plmn) : "" }),
    }),
  };
}

/** The given rows (ascending) of a batch as a batch of its own, whose rows keep their numbers. */
function pickRows(batch: EventBatch, rows: Uint32Array): EventBatch {
  const place = new Int32Array(batch.count).fill(-1);
  for (let i = 0; i < rows.length; i++) place[rows[i] as number] = i;
  const peers = [...batch.peerRow.keys()].filter((i) => (place[batch.peerRow[i] as number] as number) >= 0);
  return {
    count: rows.length,
    baseMs: batch.baseMs,
    offsetMs: rows.map((row) => batch.offsetMs[row] as number),
    subscriber: pairsOf(batch.subscriber, rows),
    cell: Uint16Array.from(rows, (row) => batch.cell[row] as number),
    cells: batch.cells,
    kind: Uint8Array.from(rows, (row) => batch.kind[row] as number),
    plmn: batch.plmn === null ? null : Uint8Array.from(rows, (row) => batch.plmn?.[row] ?? 0),
    plmns: batch.plmns,
    tac: batch.tac === null ? null : rows.map((row) => batch.tac?.[row] ?? 0),
    peerRow: Uint16Array.from(peers, (i) => place[batch.peerRow[i] as number] as number),
    peer: pairsOf(batch.peer, Uint32Array.from(peers)),
    rowNumber: rows,
  };
}

function pairsOf(words: Uint32Array, rows: Uint32Array): Uint32Array {
  const pairs = new Uint32Array(2 * rows.length);
  for (let i = 0; i < rows.length; i++) {
    pairs[2 * i] = words[2 * (rows[i] as number)] as number;
    pairs[2 * i + 1] = words[2 * (rows[i] as number) + 1] as number;
  }
  return pairs;
}

/** The columnar form of a batch. Its columns are views of the batch's, so it is to be written out before the batch changes. */
export function columnsOf(batch: EventBatch): ColumnarBatch {
  const cellCount = batch.cells.length / 2;
  const highs = new Dictionary();
  const low = new Uint32Array(cellCount);
  const high = new Uint16Array(cellCount);
  for (let c = 0; c < cellCount; c++) {
    low[c] = batch.cells[2 * c] as number;
    high[c] = highs.indexOf(batch.cells[2 * c + 1] as number);
  }
  const tacs = new Dictionary();
  const tac =
    batch.tac === null ? null : Uint16Array.from(batch.tac, (code) => (code === 0 ? 0 : tacs.indexOf(code) + 1));
  return {
    count: batch.count,
    baseMs: word64Of(batch.baseMs),
    offsetMs: bytesOf(batch.offsetMs),
    subscriber: bytesOf(batch.subscriber),
    cell: bytesOf(batch.cell),
    kind: batch.kind,
    cellLow: bytesOf(low),
    cellHigh: bytesOf(high),
    cellHighs: bytesOf(highs.words()),
    plmn: batch.plmn ?? new Uint8Array(0),
    plmns: bytesOf(batch.plmns),
    tac: tac === null ? new Uint8Array(0) : bytesOf(tac),
    tacs: bytesOf(tacs.words()),
    peerRow: bytesOf(batch.peerRow),
    peer: bytesOf(batch.peer),
  };
}

function bytesOf(words: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Numbers by order of first appearance. */
class Dictionary {
  readonly #index = new Map<number, number>();

  indexOf(value: number): number {
    const known = this.#index.get(value);
    if (known !== undefined) return known;
    const index = this.#index.size;
    this.#index.set(value, index);
    return index;
  }

  words(): Uint32Array {
    return Uint32Array.from(this.#index.keys());
  }
}
