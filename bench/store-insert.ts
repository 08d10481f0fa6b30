/**
 * How many rows a second are encoded, and how many become durable in the embedded store, by table? And how much memory does its
 * process hold when idle? `npm run bench -- store-insert [rows]`; the test of the same name runs it tiny.
 */
import { emptyRowSet, PresenceRows, type RowSet } from "../src/rows.js";
import type { Store } from "../src/store/client.js";
import { createStoreWriter } from "../src/store/writer.js";
import { withBenchStore } from "./support/bench-store.js";
import { isMain } from "./support/main.js";
import { residentMbOf } from "./support/process-stat.js";

const START_MS = Date.UTC(2025, 2, 3);
const DAY_MS = 86_400_000;
const CIRCLES = 300;
const PLACES = 5000;
/** The fastest counts: the first also compiles the code and flattens the strings of the made rows. */
const ENCODE_RUNS = 4;

export interface InsertFigure {
  readonly table: string;
  readonly rows: number;
  readonly bytesPerRow: number;
  /** Encoding alone, one core, warm. */
  readonly encodedRowsPerSecond: number;
  /** From rows to acknowledged: encoding, HTTP, fsync. */
  readonly durableRowsPerSecond: number;
}

export interface InsertReport {
  readonly figures: InsertFigure[];
  /** Resident memory of the store's process before the first insert and after the last, MB. */
  readonly idleMb: number;
  readonly afterMb: number;
}

export function benchStoreInsert(rows: number): Promise<InsertReport> {
  return withBenchStore(async ({ store, pid }) => {
    const idleMb = residentMbOf(pid);
    const figures: InsertFigure[] = [];
    for (const table of ["presence", "memberships", "stays"] as const) {
      figures.push(await measure(store, table, { ...emptyRowSet(), [table]: ROWS[table](rows) }, rows));
    }
    return { figures, idleMb, afterMb: residentMbOf(pid) };
  });
}

async function measure(store: Store, table: string, set: RowSet, rows: number): Promise<InsertFigure> {
  const limits = { insertRowsMax: 500_000, insertBytesMax: 32 * 1024 * 1024 };
  let bytes = 0;
  const counting = {
    insertRowBinary: async (_table: string, _columns: readonly string[], body: Uint8Array) => {
      bytes += body.length;
    },
  };
  const encoder = createStoreWriter(counting, limits);
  let encodeSeconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < ENCODE_RUNS; run++) {
    bytes = 0;
    const started = performance.now();
    await encoder.write(set);
    encodeSeconds = Math.min(encodeSeconds, (performance.now() - started) / 1000);
  }
  const started = performance.now();
  await createStoreWriter(store, limits).write(set);
  const durableSeconds = (performance.now() - started) / 1000;
  return {
    table,
    rows,
    bytesPerRow: Math.round(bytes / rows),
    encodedRowsPerSecond: Math.round(rows / encodeSeconds),
    durableRowsPerSecond: Math.round(rows / durableSeconds),
  };
}

// Plain literals, no spread: an object begun with a spread is read ten times slower by the encoder.
const ROWS = {
  presence: (count: number) =>
    PresenceRows.of(
      Array.from({ length: count }, (_, i) => ({
        slotMs: START_MS + 900_000 * (i % 96),
        h3Hi: 0x87411c00 + (i % PLACES),
        h3Lo: i,
        region: `R${i % 40}`,
        circle: `circle:${i % CIRCLES}`,
        partition: i % 8,
        subscribers: i % 1000,
      })),
    ),
  memberships: (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      subscriberHi: scattered(i, 0x9e3779b1),
      subscriberLo: scattered(i, 0x85ebca6b),
      dimension: "region" as const,
      circle: `home:R${i % CIRCLES}`,
      score: 0.5,
      sinceMs: START_MS,
      seenMs: START_MS + i,
      evidence: `{"rule":"home","days":[20,21,22],"dwellMinutes":${i % 5000},"events":${i % 700}}`,
      versionMs: START_MS + i,
      gone: false,
    })),
  stays: (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      subscriberHi: scattered(i >>> 3, 0x9e3779b1),
      subscriberLo: scattered(i >>> 3, 0x85ebca6b),
      startMs: START_MS + (DAY_MS / 8) * (i & 7),
      endMs: START_MS + (DAY_MS / 8) * (i & 7) + 3_600_000,
      lon: 113 + (i % PLACES) / 10_000,
      lat: 23 + (i % PLACES) / 20_000,
      h3Hi: 0x89411c00,
      h3Lo: i % PLACES,
      cell: `ecgi:460-00-${100_000 + (i % PLACES)}`,
      region: `R${i % 40}`,
      venue: i % 3 === 0 ? `venue-${i % PLACES}` : "",
      category: i % 3 === 0 ? "residential" : "",
      confidence: 0.75,
      events: i % 50,
      venueProbability: 0.5,
      arrivalErrorSec: 300,
      departureErrorSec: 600,
      candidates: [
        { venue: `venue-${i % PLACES}`, probability: 0.5 },
        { venue: `venue-${(i * 7) % PLACES}`, probability: 0.25 },
      ],
    })),
};

/** Scattered like pseudonyms, and the same in every run. */
function scattered(i: number, factor: number): number {
  return Math.imul(i, factor) >>> 0;
}

if (isMain(import.meta.url)) {
  const report = await benchStoreInsert(Number(process.argv[2] ?? 1_000_000));
  for (const figure of report.figures) console.log(JSON.stringify(figure));
  console.log(JSON.stringify({ idleMb: report.idleMb, afterMb: report.afterMb }));
}
