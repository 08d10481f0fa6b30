/**
 * How many events a second become batches: from CSV (plain and gzip) with pseudonyms, and from the two forms of the wire?
 * One core; `npm run bench -- decode [rows]`. The test of the same name runs it tiny.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { EventBatch } from "../src/signal/batch.js";
import { decodeMessage, encodeColumnar, encodeRows } from "../src/signal/wire.js";
import { fileSource } from "../src/source/file.js";
import { Pseudonymiser } from "../src/source/pseudonym.js";
import type { Delivery } from "../src/source/source.js";
import { isMain } from "./support/main.js";

const ROWS_PER_BATCH = 4096;
const PARTITIONS = 8;
const SUBSCRIBERS = 50_000;
const CELLS = 3000;
const KINDS = ["data", "data", "data", "tau", "service", "handover", "call_out", "sms_in"];
const START_MS = Date.UTC(2025, 2, 3);
const NOW_MS = Date.UTC(2026, 0, 1);

export interface DecodeFigure {
  readonly question: string;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Bytes an event in its outer form. */
  readonly bytesPerEvent: number;
}

/** Measures each way once over `rows` synthetic rows (times, subscribers and cells as in a city; half of the columns optional). */
export async function measureDecode(rows: number): Promise<DecodeFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), "lifecircle-decode-"));
  try {
    const csv = Buffer.from(csvText(rows));
    const gzip = gzipSync(csv, { level: 6 });
    const plainPath = join(folder, "signalling.csv");
    const gzipPath = join(folder, "signalling.csv.gz");
    await writeFile(plainPath, csv);
    await writeFile(gzipPath, gzip);
    const pseudonymiser = new Pseudonymiser(Buffer.from("benchmark"));
    const figures: DecodeFigure[] = [];
    const measure = async (question: string, bytes: number, work: () => number | Promise<number>) => {
      const startedMs = performance.now();
      const events = await work();
      const seconds = (performance.now() - startedMs) / 1000;
      figures.push({ question, events, eventsPerSecond: Math.round(events / seconds), bytesPerEvent: bytes / events });
    };
    await measure("CSV, pseudonyms cold", csv.length, () => countFile(plainPath, pseudonymiser));
    await measure("CSV, pseudonyms warm", csv.length, () => countFile(plainPath, pseudonymiser));
    await measure("CSV in gzip, pseudonyms warm", gzip.length, () => countFile(gzipPath, pseudonymiser));
    const batches = await batchesOf(plainPath, pseudonymiser);
    for (const [question, encode] of [
      ["columnar message", encodeColumnar],
      ["row-wise message", encodeRows],
    ] as const) {
      const messages = batches.map((batch) => encode(batch));
      const bytes = messages.reduce((sum, message) => sum + message.length, 0);
      await measure(`${question}, first time`, bytes, () => countMessages(messages));
      await measure(`${question}, compiled`, bytes, () => countMessages(messages));
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function csvText(rows: number): string {
  const lines = ["time,subscriber,cell,kind,peer,tac,home_plmn"];
  for (let i = 0; i < rows; i++) {
    const time = new Date(START_MS + i * 7).toISOString();
    const subscriber = 460_000_000_000_000 + ((i * 7919) % SUBSCRIBERS);
    const cell = `ecgi:460-00-${1_000_000 + ((i * i) % CELLS)}`;
    const kind = KINDS[i % KINDS.length] as string;
    const peer = kind === "call_out" ? `138${String(i % 1000).padStart(8, "0")}` : "";
    lines.push(`${time},${subscriber},${cell},${kind},${peer},${35_000_000 + (i % 300)},460-00`);
  }
  return `${lines.join("\n")}\n`;
}

function deliveriesOf(path: string, pseudonymiser: Pseudonymiser): AsyncIterable<Delivery> {
  return fileSource({
    files: [path],
    partitions: PARTITIONS,
    rowsPerBatch: ROWS_PER_BATCH,
    pseudonymiser,
    clock: () => NOW_MS,
    aheadMsMax: 0,
    lineBytesMax: 65_536,
    closeAtEnd: false,
  }).deliveries(new Map());
}

async function countFile(path: string, pseudonymiser: Pseudonymiser): Promise<number> {
  let events = 0;
  for await (const { batch } of deliveriesOf(path, pseudonymiser)) events += batch?.count ?? 0;
  return events;
}

async function batchesOf(path: string, pseudonymiser: Pseudonymiser): Promise<EventBatch[]> {
  const batches: EventBatch[] = [];
  for await (const { batch } of deliveriesOf(path, pseudonymiser)) if (batch !== null) batches.push(batch);
  return batches;
}

function countMessages(messages: readonly Uint8Array[]): number {
  const context = { nowMs: NOW_MS, aheadMsMax: 0, origin: "bench" };
  let events = 0;
  for (const message of messages) events += decodeMessage(message, context).batch?.count ?? 0;
  return events;
}

if (isMain(import.meta.url)) {
  console.table(await measureDecode(Number(process.argv[2] ?? 2_000_000)));
}
