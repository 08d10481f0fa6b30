import { open, stat } from "node:fs/promises";
import { UserError } from "../signal/user-error.js";
import { CsvReader } from "./csv.js";
import { DeliveryQueue } from "./delivery-queue.js";
import { BrokenGzip, gzipChunks, plainChunks } from "./file-chunks.js";
import { lineBlocks } from "./file-lines.js";
import { NdjsonReader } from "./ndjson.js";
import { readParquet } from "./parquet.js";
import type { Pseudonymiser } from "./pseudonym.js";
import type { RowContext } from "./row.js";
import type { LineReader } from "./row-sink.js";
import type { Delivery, Source } from "./source.js";

export interface FileSourceOptions {
  /** Read one after another, in this order. */
  readonly files: readonly string[];
  /** 1 to 65,536; an event goes to the partition of its subscriber. */
  readonly partitions: number;
  /** Events of a full batch, at most 65,535. */
  readonly rowsPerBatch: number;
  readonly pseudonymiser: Pseudonymiser;
  /** Wall clock in epoch ms: it stamps deliveries, and an event may not lie after it. */
  readonly clock: () => number;
  /** How far an event may lie after the wall clock all the same. */
  readonly aheadMsMax: number;
  /** Longest line that is read; a longer one is rejected. */
  readonly lineBytesMax: number;
  /** Whether the end of the files closes every window. */
  readonly closeAtEnd: boolean;
}

/**
 * Signalling files as a source: CSV and NDJSON, plain or in gzip, and Parquet, told apart by their names and first bytes. Batches of a
 * partition come in the order of the files, hold rows of one file, and are numbered; the same files and options give the same ones,
 * so reading can go on after a number (what comes before is read again, but not delivered).
 *
 * A bad row is a reject in the next delivery of partition 0. A file that ends in the middle of its data, or is damaged, gives all
 * that could be read of it and then a UserError, so that nothing is closed or skipped on its account.
 */
export function fileSource(options: FileSourceOptions): Source {
  let isClosed = false;
  return {
    async *deliveries(after) {
      for await (const delivery of allDeliveries(options)) {
        if (delivery.sequence > (after.get(delivery.partition) ?? 0)) yield delivery;
        if (isClosed) return;
      }
    },
    async acknowledge() {
      // Files keep no position; a checkpoint holds the numbers to go on after.
    },
    async close() {
      isClosed = true;
    },
  };
}

type Format = "csv" | "ndjson" | "parquet";

interface SignallingFile {
  readonly path: string;
  readonly format: Format;
  readonly isGzip: boolean;
}

async function* allDeliveries(options: FileSourceOptions): AsyncGenerator<Delivery> {
  // All are looked at first: a misspelt last name is told before an hour of reading.
  const files: SignallingFile[] = [];
  for (const path of options.files) files.push(await examine(path));
  const queue = new DeliveryQueue(options);
  for (const file of files) {
    queue.begin(`file:${file.path}`);
    try {
      for await (const _ of readFile(file, queue, options)) yield* queue.drain();
    } catch (error) {
      queue.end();
      yield* queue.drain();
      throw error;
    }
    queue.end();
    yield* queue.drain();
  }
  if (options.closeAtEnd) {
    queue.close();
    yield* queue.drain();
  }
}

async function examine(path: string): Promise<SignallingFile> {
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw new UserError(
      error.code === "ENOENT"
        ? `${path}: there is no such file`
        : `${path}: cannot be read (${error.code ?? error.message})`,
      "name a signalling file that this user may read",
    );
  };
  const about = await stat(path).catch(unreadable);
  if (about.isDirectory()) throw new UserError(`${path}: is a folder`, "name the signalling files in it");
  if (!about.isFile()) throw new UserError(`${path}: is not a regular file`, "save the data in a file and name that");
  if (about.size === 0) throw new UserError(`${path}: the file is empty`, "export it again");
  const file = await open(path).catch(unreadable);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return { path, ...formatOf(path, buffer.subarray(0, bytesRead)) };
  } finally {
    await file.close();
  }
}

const PARQUET_MAGIC = "PAR1";
const GZIP_MAGIC = "\x1f\x8b";

function formatOf(path: string, magic: Buffer): { format: Format; isGzip: boolean } {
  const start = magic.toString("latin1");
  if (start === PARQUET_MAGIC) return { format: "parquet", isGzip: false };
  if (/\.parquet$/i.test(path)) {
    throw new UserError(
      `${path}: is no Parquet file (it does not begin with ${PARQUET_MAGIC})`,
      "export it again, or rename it",
    );
  }
  const isGzip = start.startsWith(GZIP_MAGIC);
  const isNdjson = /\.(ndjson|jsonl|json)(\.gz)?$/i.test(path) || start.startsWith("{");
  return { format: isNdjson ? "ndjson" : "csv", isGzip };
}

function readFile(file: SignallingFile, queue: DeliveryQueue, options: FileSourceOptions): AsyncIterable<void> {
  const context = (): RowContext => ({
    pseudonymiser: options.pseudonymiser,
    nowMs: options.clock(),
    aheadMsMax: options.aheadMsMax,
  });
  if (file.format === "parquet") return readParquet(file.path, queue, context);
  const Reader = file.format === "csv" ? CsvReader : NdjsonReader;
  return readLines(file, new Reader(file.path, options.lineBytesMax, queue), options.lineBytesMax, context);
}

async function* readLines(
  file: SignallingFile,
  reader: LineReader,
  lineBytesMax: number,
  context: () => RowContext,
): AsyncGenerator<void> {
  const { path } = file;
  try {
    for await (const block of lineBlocks(file.isGzip ? gzipChunks(path) : plainChunks(path), lineBytesMax)) {
      if ("lines" in block) reader.read(block.lines, context());
      else reader.oversize(block.oversizeBytes);
      yield;
    }
  } catch (error) {
    if (!(error instanceof BrokenGzip)) throw error;
    throw new UserError(
      `${path}: the gzip data ${error.isTruncated ? "end in the middle" : "are damaged"} after line ${reader.line}; ` +
        "the lines up to there were read",
      "copy or export the file again",
    );
  }
  if (reader.line === 0) throw new UserError(`${path}: the file is empty`, "export it again");
}
