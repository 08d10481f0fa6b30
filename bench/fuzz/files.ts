/** Signalling files: CSV and NDJSON as bytes, Parquet as files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { LoadedCity } from "../../src/geo/load.js";
import { UserError } from "../../src/signal/user-error.js";
import { CsvReader } from "../../src/source/csv.js";
import { DeliveryQueue } from "../../src/source/delivery-queue.js";
import { lineBlocks } from "../../src/source/file-lines.js";
import { NdjsonReader } from "../../src/source/ndjson.js";
import { readParquet } from "../../src/source/parquet.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { COLUMNS, type RowContext } from "../../src/source/row.js";
import type { LineReader, RowSink } from "../../src/source/row-sink.js";
import type { Delivery } from "../../src/source/source.js";
import { countsOf, derived, isForPartition } from "./derive.js";
import { mutations, shown } from "./mutate.js";
import { NOW_MS, RAW_ID_DIGITS, seedCity, seedRows } from "./seeds.js";
import { closeNothing, must, type OpenTarget, target, type Verdict } from "./target.js";

const LINE_BYTES_MAX = 4096;
const CHUNK_BYTES = 1000;
const PATH = "fuzz";
const CONTEXT: RowContext = {
  pseudonymiser: new Pseudonymiser(Buffer.from("fuzz")),
  nowMs: NOW_MS,
  aheadMsMax: 0,
};
const TEXT_WORDS = [
  ",",
  '"',
  '""',
  "\n",
  "\r\n",
  "\r",
  "\ufeff",
  "\0",
  "\u2028",
  "é",
  "\ud800",
  "9".repeat(5000),
  `${RAW_ID_DIGITS}007`,
  "cgi:460-00-65535-268435455",
  "ecgi:310-410-268435456",
  "ncgi:999-99-68719476735",
  "2026-01-06T08:00:00+08:00",
  "1970-01-01T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "attach",
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xc3]),
];
const JSON_WORDS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  "null",
  "true",
  "1e400",
  "-0",
  "\\u0000",
  "\\ud800",
  "__proto__",
  "{}",
  "[[[[",
];

type Reader = new (path: string, lineBytesMax: number, sink: RowSink) => LineReader;

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

function queueOf(): DeliveryQueue {
  const queue = new DeliveryQueue({ partitions: 2, rowsPerBatch: 16, clock: () => NOW_MS });
  queue.begin(`file:${PATH}`);
  return queue;
}

/** What becomes of what a reader put into the queue; a fault of the whole file is its own reason. */
async function judged(
  city: LoadedCity,
  bytes: Buffer,
  rows: (() => number) | null,
  read: (queue: DeliveryQueue, take: () => void) => Promise<void>,
): Promise<Verdict> {
  const queue = queueOf();
  const deliveries: Delivery[] = [];
  let fault: UserError | null = null;
  try {
    await read(queue, () => deliveries.push(...queue.drain()));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    fault = error;
    must(!error.message.includes(RAW_ID_DIGITS), () => `a fault tells a raw id: ${error.message}`);
  }
  queue.end();
  deliveries.push(...queue.drain());
  const expected = fault === null && rows !== null ? rows() : null;
  const verdict = isForPartition(bytes) ? derived(city, deliveries, expected) : countsOf(deliveries, expected);
  return fault === null ? verdict : { ...verdict, "file refused": 1 };
}

function linesTarget(
  Reader: Reader,
  seeds: readonly string[],
  words: readonly (string | Buffer)[],
  hasHeader: boolean,
) {
  return async (): Promise<OpenTarget<Buffer>> => {
    const city = seedCity();
    return {
      inputs: mutations(
        seeds.map((seed) => Buffer.from(seed)),
        words,
      ),
      judge: (bytes) =>
        judged(
          city,
          bytes,
          () => rowsOf(bytes, hasHeader),
          async (queue, take) => {
            const reader = new Reader(PATH, LINE_BYTES_MAX, queue);
            for await (const block of lineBlocks(chunksOf(bytes), LINE_BYTES_MAX)) {
              if ("lines" in block) reader.read(block.lines, CONTEXT);
              else reader.oversize(block.oversizeBytes);
              take();
            }
          },
        ),
      show: shown,
      bytes: (bytes) => bytes.length,
      close: closeNothing,
    };
  };
}

/** Lines that are not empty, counted in the plainest way. */
function rowsOf(bytes: Buffer, hasHeader: boolean): number {
  const lines = bytes.toString("latin1").split("\n");
  if (hasHeader) return lines.slice(1).filter((line) => line !== "" && line !== "\r").length;
  return lines.filter((line) => Buffer.from(line, "latin1").toString("utf8").trim() !== "").length;
}

const ROWS = seedRows(12);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const CSV_SEEDS = [
  `time,subscriber,cell,kind\n${ROWS[0]?.time},${ROWS[0]?.subscriber},${ROWS[0]?.cell},data\n`,
  [COLUMNS.join(","), ...ROWS.map((row) => COLUMNS.map((column) => row[column]).join(","))].join("\n"),
  `kind,cell,subscriber,time\r\n${ROWS.map((row) => `${row.kind},${row.cell},${quoted(row.subscriber as string)},${row.time}`).join("\r\n")}\r\n`,
];
const JSON_SEEDS = [
  JSON.stringify({ ...ROWS[0], tac: undefined, peer: undefined, home_plmn: undefined }),
  ROWS.map((row) => JSON.stringify(row)).join("\n"),
  `${JSON.stringify({ ...ROWS[0], time: Number(ROWS[1]?.time), tac: 35123456, subscriber: 12345, extra: [1, { a: 2 }] })}\n`,
];

const CODECS = ["UNCOMPRESSED", "SNAPPY"] as const;

function parquetSeeds(): Buffer[] {
  const text = (column: string) => ({ name: column, data: ROWS.map((row) => row[column]), type: "STRING" as const });
  const times = ROWS.map((row) => BigInt(/^\d+$/.test(row.time as string) ? Number(row.time) : NOW_MS));
  const forms = [
    COLUMNS.map(text),
    [{ name: "time", data: times, type: "INT64" as const }, ...["subscriber", "cell", "kind"].map(text)],
    [
      { name: "time", data: times.map((ms) => new Date(Number(ms))), type: "TIMESTAMP" as const },
      ...["subscriber", "cell", "kind"].map(text),
    ],
  ];
  return forms.flatMap((columnData) =>
    CODECS.map((codec) => Buffer.from(parquetWriteBuffer({ columnData, codec, rowGroupSize: 5 }))),
  );
}

async function openParquet(): Promise<OpenTarget<Buffer>> {
  const city = seedCity();
  const folder = await mkdtemp(join(tmpdir(), "lifecircle-fuzz-"));
  const path = join(folder, "rows.parquet");
  const words = [
    "PAR1",
    "time",
    "\x15\x80\x80\x80\x80\x20",
    "\xff\xff\xff\xff\x0f",
    "\x19\xfc",
    "\0\0\0\0",
    "\xff\xff\xff\x7f",
  ];
  return {
    inputs: mutations(
      parquetSeeds(),
      words.map((word) => Buffer.from(word, "latin1")),
    ),
    judge: (bytes) =>
      judged(city, bytes, null, async (queue, take) => {
        await writeFile(path, bytes);
        for await (const _ of readParquet(path, queue, () => CONTEXT)) take();
      }),
    show: shown,
    bytes: (bytes) => bytes.length,
    close: () => rm(folder, { recursive: true }),
  };
}

export const CSV = target("csv", 150_000, linesTarget(CsvReader, CSV_SEEDS, TEXT_WORDS, true));
export const NDJSON = target(
  "ndjson",
  90_000,
  linesTarget(NdjsonReader, JSON_SEEDS, [...TEXT_WORDS, ...JSON_WORDS], false),
);
export const PARQUET = target("parquet", 20_000, openParquet);
