import fc from "fast-check";
import type { EventBatch } from "../../src/signal/batch.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { type SignalEvent, TAC_MAX, TIME_MIN_MS } from "../../src/signal/event.js";
import { formatCell, formatPlmn, formatPseudonym, parseCell, parsePlmn } from "../../src/signal/identity.js";

const digits = (length: number) =>
  fc.integer({ min: 0, max: 10 ** length - 1 }).map((n) => String(n).padStart(length, "0"));

/** `MCC-MNC` with an MNC of two or of three digits. */
export const plmnNames = fc.tuple(digits(3), fc.oneof(digits(2), digits(3))).map(([mcc, mnc]) => `${mcc}-${mnc}`);

/** Names of cells of all generations, over the whole width of their numbers. */
export const cellNames = fc.oneof(
  fc
    .tuple(plmnNames, fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }))
    .map(([plmn, lac, ci]) => `cgi:${plmn}-${lac}-${ci}`),
  fc
    .tuple(plmnNames, fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0x10000, max: 2 ** 25 - 1 }))
    .map(([plmn, lac, ci]) => `cgi:${plmn}-${lac}-${ci}`),
  fc.tuple(plmnNames, fc.integer({ min: 0, max: 2 ** 28 - 1 })).map(([plmn, eci]) => `ecgi:${plmn}-${eci}`),
  fc.tuple(plmnNames, fc.integer({ min: 0, max: 2 ** 36 - 1 })).map(([plmn, nci]) => `ncgi:${plmn}-${nci}`),
);

export const NOW_MS = Date.UTC(2026, 0, 1);
export const LIMITS = { nowMs: NOW_MS, aheadMsMax: 60_000 };

const word = fc.integer({ min: 0, max: 0xffff_ffff });

/** Checked events, near enough in time for one batch. */
export const events: fc.Arbitrary<SignalEvent[]> = fc
  .tuple(fc.array(cellNames, { minLength: 1, maxLength: 6 }), fc.array(plmnNames, { minLength: 1, maxLength: 4 }))
  .chain(([cells, plmns]) =>
    fc.array(
      fc.record({
        timeMs: fc.integer({ min: TIME_MIN_MS, max: TIME_MIN_MS + 0xffff_ffff }),
        subscriberHi: word,
        subscriberLo: word,
        cell: fc.constantFrom(...cells),
        kind: fc.integer({ min: 0, max: 9 }),
        plmn: fc.option(fc.constantFrom(...plmns)),
        tac: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: TAC_MAX })),
        hasPeer: fc.boolean(),
        peerHi: word,
        peerLo: word,
      }),
      { minLength: 1, maxLength: 40 },
    ),
  )
  .map((rows) =>
    rows.map(({ cell, plmn, ...row }, rowNumber) => ({ ...row, ...keyOf(cell), plmn: plmnOf(plmn), rowNumber })),
  );

function keyOf(cell: string): { cellHi: number; cellLo: number } {
  const key = parseCell(cell);
  if (key === null) throw new Error(`no cell: ${cell}`);
  return { cellHi: key.hi, cellLo: key.lo };
}

function plmnOf(name: string | null): number {
  return name === null ? 0 : parsePlmn(name);
}

export function batchOf(rows: readonly SignalEvent[]): EventBatch {
  const builder = new BatchBuilder(Math.max(1, rows.length));
  let batch: EventBatch | null = null;
  for (const row of rows) batch = builder.add(row) ?? batch;
  if (batch === null || batch.count !== rows.length) throw new Error("the rows do not fit one batch");
  return batch;
}

/** The events of a batch as plain values, for comparison. */
export function describeBatch(batch: EventBatch | null): object[] {
  if (batch === null) return [];
  return Array.from({ length: batch.count }, (_, row) => {
    const cell = batch.cell[row] ?? 0;
    const plmn = batch.plmns[(batch.plmn?.[row] ?? 0) - 1];
    const peer = batch.peerRow.indexOf(row);
    return {
      timeMs: batch.baseMs + (batch.offsetMs[row] ?? 0),
      subscriber: formatPseudonym(batch.subscriber[2 * row + 1] ?? 0, batch.subscriber[2 * row] ?? 0),
      cell: formatCell(batch.cells[2 * cell + 1] ?? 0, batch.cells[2 * cell] ?? 0),
      kind: batch.kind[row],
      plmn: plmn === undefined ? null : formatPlmn(plmn),
      tac: batch.tac?.[row] ?? 0,
      peer: peer < 0 ? null : formatPseudonym(batch.peer[2 * peer + 1] ?? 0, batch.peer[2 * peer] ?? 0),
    };
  });
}

/** What `describeBatch` gives for a batch of these events. */
export function describeEvents(rows: readonly SignalEvent[]): object[] {
  return rows.map((row) => ({
    timeMs: row.timeMs,
    subscriber: formatPseudonym(row.subscriberHi, row.subscriberLo),
    cell: formatCell(row.cellHi, row.cellLo),
    kind: row.kind,
    plmn: row.plmn === 0 ? null : formatPlmn(row.plmn),
    tac: row.tac,
    peer: row.hasPeer ? formatPseudonym(row.peerHi, row.peerLo) : null,
  }));
}
