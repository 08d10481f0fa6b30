import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../config/schema.js";
import { type CellTable, NONE } from "../geo/city.js";
import type { EventBatch } from "../signal/batch.js";
import { UserError } from "../signal/user-error.js";
import { type FileSourceOptions, fileSource } from "../source/file.js";
import { connectNats, type NatsConnectionOptions } from "../source/nats/connect.js";
import { OrderedPublisher } from "../source/nats/ordered-publisher.js";
import { type PublishTotals, publishDeliveries } from "../source/nats/publish.js";
import { findNatsServer } from "../source/nats/server-state.js";
import { ensureStreams, readPartitions, streamOptionsOf } from "../source/nats/streams.js";
import { DEAD_SUBJECT } from "../source/nats/subjects.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import type { Delivery } from "../source/source.js";
import { openCity } from "./city.js";
import { pseudonymKey } from "./pseudonym.js";
import { LINE_BYTES_MAX } from "./store.js";

export interface PublishOptions {
  /** `stream.url` is the address; empty finds the server that runs on `data.dir`. */
  readonly config: Config;
  readonly files: readonly string[];
  readonly geoDir: string;
  /** End with a message a partition that closes every window. */
  readonly close: boolean;
  readonly json: boolean;
}

export interface PublishReport extends PublishTotals {
  /** Messages that the stream had already, from an earlier publish of the same files. */
  readonly duplicates: number;
  readonly bytes: number;
  readonly partitions: number;
  /** Events whose cell the city does not have; they are published all the same. */
  readonly unknownCells: number;
  readonly closed: boolean;
  readonly seconds: number;
}

const CONNECT_RETRY_MS_MAX = 10_000;
const PUBLISH_RETRY_MS_MAX = 60_000;
const IN_FLIGHT_MAX = 64;
const PROGRESS_MS = 500;

/**
 * `lifecircle publish`: files onto the wire, with pseudonyms. Prints the counts to stdout (one JSON object with `json`) and progress
 * to a terminal on stderr. Throws UserError when the city, a file, the server or the stream is not as it should be; what was
 * published until then is in the stream, and publishing it again soon stores nothing twice.
 */
export async function runPublish(options: PublishOptions): Promise<PublishReport> {
  const report = await publishFiles(options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : readableReport(report));
  return report;
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`);
}

async function publishFiles(options: PublishOptions): Promise<PublishReport> {
  const { config } = options;
  const startMs = Date.now();
  const { cells } = await openCity(options.geoDir, warn);
  const pseudonymiser = new Pseudonymiser(await pseudonymKey(config));
  const connection = await connectNats(await findConnection(config), {
    name: "lifecircle publish",
    retryMsMax: CONNECT_RETRY_MS_MAX,
  });
  try {
    const partitions = await ensureStreamsExist(connection, config);
    const publisher = new OrderedPublisher(connection, {
      inFlightMax: IN_FLIGHT_MAX,
      retryMsMax: PUBLISH_RETRY_MS_MAX,
      warn,
    });
    const source = fileSource({ ...fileOptions(options, partitions), pseudonymiser });
    const totals: PublishTotals = { events: 0, messages: 0, rejected: {} };
    const unknown = new UnknownCells(cells);
    const stopProgress = showProgress(totals, startMs);
    try {
      await publishDeliveries(unknown.count(source.deliveries(new Map())), publisher, totals);
    } finally {
      stopProgress();
    }
    const { duplicates, bytes } = publisher.counts;
    const seconds = (Date.now() - startMs) / 1000;
    return { ...totals, duplicates, bytes, partitions, unknownCells: unknown.events, closed: options.close, seconds };
  } finally {
    await connection.close();
  }
}

function fileOptions(options: PublishOptions, partitions: number): Omit<FileSourceOptions, "pseudonymiser"> {
  const { config } = options;
  return {
    files: options.files,
    partitions,
    rowsPerBatch: config.stream.batchRows,
    clock: Date.now,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    lineBytesMax: LINE_BYTES_MAX,
    closeAtEnd: options.close,
  };
}

async function findConnection(config: Config): Promise<NatsConnectionOptions> {
  if (config.stream.url !== "") return config.stream;
  const running = await findNatsServer(config.data.dir);
  if (running !== null) return { url: running.url };
  throw new UserError(
    `no address of a NATS server is given, and none answers on ${config.data.dir}`,
    "give --nats nats://HOST:4222, or run `lifecircle up` with the same data folder",
  );
}

/** Streams that exist stay as the engine has set them. */
async function ensureStreamsExist(connection: NatsConnection, config: Config): Promise<number> {
  const existing = await readPartitions(connection);
  if (existing !== null) return existing;
  await ensureStreams(connection, streamOptionsOf(config.stream));
  return config.stream.partitions;
}

/** Counts on the way the events whose cell the city does not have. */
class UnknownCells {
  events = 0;
  readonly #cells: Pick<CellTable, "find">;

  constructor(cells: Pick<CellTable, "find">) {
    this.#cells = cells;
  }

  async *count(deliveries: AsyncIterable<Delivery>): AsyncGenerator<Delivery> {
    for await (const delivery of deliveries) {
      if (delivery.batch !== null) this.#add(delivery.batch);
      yield delivery;
    }
  }

  #add(batch: EventBatch): void {
    const isUnknown = new Uint8Array(batch.cells.length / 2);
    for (let c = 0; c < isUnknown.length; c++) {
      if (this.#cells.find(batch.cells[2 * c + 1] as number, batch.cells[2 * c] as number) === NONE) isUnknown[c] = 1;
    }
    for (let row = 0; row < batch.count; row++) this.events += isUnknown[batch.cell[row] as number] as number;
  }
}

/** Shows the events so far on a terminal; returns what ends it. */
function showProgress(totals: PublishTotals, startMs: number): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const show = () => {
    const rate = Math.round((totals.events / Math.max(1, Date.now() - startMs)) * 1000);
    process.stderr.write(`\r\x1b[K${totals.events.toLocaleString("en")} events, ${rate.toLocaleString("en")} a second`);
  };
  const timer = setInterval(show, PROGRESS_MS);
  return () => {
    clearInterval(timer);
    process.stderr.write("\r\x1b[K");
  };
}

function readableReport(report: PublishReport): string {
  const lines = [
    `${report.events} events in ${report.messages} messages to ${report.partitions} partitions, ${report.seconds.toFixed(1)} s`,
    ...(report.duplicates > 0 ? [`${report.duplicates} messages were in the stream already`] : []),
    ...(report.unknownCells > 0 ? [`${report.unknownCells} events name cells that the city does not have`] : []),
    ...Object.entries(report.rejected).map(
      ([reason, rows]) => `${rows} rows rejected as ${reason}, now in ${DEAD_SUBJECT}`,
    ),
    ...(report.closed ? ["every window is closed"] : []),
  ];
  return `${lines.join("\n")}\n`;
}
