import { isDeepStrictEqual } from "node:util";
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import { UserError } from "../../signal/user-error.js";
import { streamError } from "./stream-error.js";
import {
  DEAD_STREAM,
  DEAD_SUBJECT,
  JSON_STREAM,
  JSON_SUBJECT,
  NOTICE_SUBJECTS,
  NOTICES_DEAD_STREAM,
  NOTICES_DEAD_SUBJECT,
  NOTICES_GIVEN_UP_SUBJECT,
  NOTICES_STREAM,
  SIGNALLING_STREAM,
  SIGNALLING_SUBJECTS,
} from "./subjects.js";

export interface StreamOptions {
  /** Partitions of the signalling stream; fixed when the stream is made. */
  readonly partitions: number;
  /** Most bytes of the signalling stream on disk. The JSON stream may have a quarter of it, the others a sixteenth each. */
  readonly maxBytes: number;
  /** Longest time that a message is kept, in each of the streams. */
  readonly maxAgeMs: number;
  /** Servers that keep each message; fixed when the streams are made. One without it. */
  readonly replicas?: number;
}

/** The options of the `stream` section of the config. */
export function streamOptionsOf(stream: {
  partitions: number;
  maxBytesGb: number;
  maxAgeDays: number;
  replicas: number;
}): StreamOptions {
  const { partitions, maxBytesGb, maxAgeDays, replicas } = stream;
  return { partitions, maxBytes: maxBytesGb * 1e9, maxAgeMs: maxAgeDays * 86_400_000, replicas };
}

/** A message published again within this time with the same id is stored once. */
const DEDUP_WINDOW_MS = 10 * 60_000;
/** The same for notices: an engine that was away for so long tells nothing twice. */
const NOTICES_DEDUP_WINDOW_MS = 2 * 3_600_000;

const JSON_SHARE = 1 / 4;
const DEAD_SHARE = 1 / 16;
const NOTICES_SHARE = 1 / 16;
const PARTITIONS_MARK = /\bpartitions=(\d+)\b/;

/** For the entries by which processes agree, in a bucket beside the streams. */
const LEDGER_BYTES = 64 * 2 ** 20;

/** Bytes on disk that all streams may fill together. */
export function streamsBytesMax(options: StreamOptions): number {
  return Math.ceil(options.maxBytes * (1 + JSON_SHARE + 2 * DEAD_SHARE + NOTICES_SHARE)) + LEDGER_BYTES;
}

/**
 * Makes the three streams where they are absent and sets their limits where they differ. The partition count stands in the
 * description of the signalling stream (stream metadata came after the server version that we support).
 *
 * Throws UserError when the stream has another partition count, is not ours, or the server has no room or no JetStream.
 */
export async function ensureStreams(connection: NatsConnection, options: StreamOptions): Promise<void> {
  const manager = await manage(connection);
  const existing = await streamInfo(manager, SIGNALLING_STREAM);
  if (existing !== null) checkPartitions(existing, options.partitions);
  const limits = {
    max_age: nanos(options.maxAgeMs),
    duplicate_window: nanos(Math.min(DEDUP_WINDOW_MS, options.maxAgeMs)),
    num_replicas: options.replicas ?? 1,
  };
  await ensureStream(manager, {
    ...limits,
    name: SIGNALLING_STREAM,
    subjects: [SIGNALLING_SUBJECTS],
    description: `Lifecircle signalling; partitions=${options.partitions}`,
    max_bytes: Math.ceil(options.maxBytes),
  });
  await ensureStream(manager, {
    ...limits,
    name: JSON_STREAM,
    subjects: [JSON_SUBJECT],
    description: "Lifecircle JSON lines before the ingest edge",
    max_bytes: Math.ceil(options.maxBytes * JSON_SHARE),
    // What the edge has republished is removed. A full stream refuses its producer rather than drop what nobody has read.
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
  });
  await ensureStream(manager, {
    ...limits,
    name: DEAD_STREAM,
    subjects: [DEAD_SUBJECT],
    description: "Lifecircle dead letters",
    max_bytes: Math.ceil(options.maxBytes * DEAD_SHARE),
  });
}

/** Makes the streams of notices and of their dead letters, or sets their limits. Throws UserError when the server has no room or no JetStream. */
export async function ensureNoticeStreams(connection: NatsConnection, options: StreamOptions): Promise<void> {
  const manager = await manage(connection);
  const limits = { max_age: nanos(options.maxAgeMs), num_replicas: options.replicas ?? 1 };
  await ensureStream(manager, {
    ...limits,
    name: NOTICES_STREAM,
    subjects: NOTICE_SUBJECTS,
    description: "Lifecircle notices of triggers and audiences",
    duplicate_window: nanos(Math.min(NOTICES_DEDUP_WINDOW_MS, options.maxAgeMs)),
    max_bytes: Math.ceil(options.maxBytes * NOTICES_SHARE),
  });
  await ensureStream(manager, {
    ...limits,
    name: NOTICES_DEAD_STREAM,
    subjects: [NOTICES_DEAD_SUBJECT, NOTICES_GIVEN_UP_SUBJECT],
    description: "Lifecircle notices that the server refused or a receiver gave up",
    duplicate_window: nanos(Math.min(DEDUP_WINDOW_MS, options.maxAgeMs)),
    max_bytes: Math.ceil(options.maxBytes * DEAD_SHARE),
  });
}

/** The partition count of the signalling stream, null when there is no such stream yet. */
export async function readPartitions(connection: NatsConnection): Promise<number | null> {
  const info = await streamInfo(await manage(connection), SIGNALLING_STREAM);
  return info === null ? null : partitionsOf(info);
}

async function manage(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection);
  } catch (error) {
    throw streamError(error, connection.getServer());
  }
}

async function streamInfo(manager: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
    throw streamError(error, `stream ${name}`);
  }
}

function checkPartitions(info: StreamInfo, wanted: number): void {
  const partitions = partitionsOf(info);
  if (partitions === wanted) return;
  throw new UserError(
    `the stream ${SIGNALLING_STREAM} has ${partitions} partitions, the configuration says ${wanted}`,
    `set stream.partitions to ${partitions}; or let every engine read to the end, delete the stream and the checkpoints, and publish anew`,
  );
}

function partitionsOf(info: StreamInfo): number {
  const mark = PARTITIONS_MARK.exec(info.config.description ?? "");
  if (mark !== null && info.config.subjects.includes(SIGNALLING_SUBJECTS)) return Number(mark[1]);
  throw new UserError(
    `the stream ${SIGNALLING_STREAM} on this NATS server was not made by lifecircle: its description names no partitions`,
    "use a NATS account of its own for lifecircle, or delete that stream",
  );
}

async function ensureStream(
  manager: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    const info = await streamInfo(manager, wanted.name);
    if (info === null) {
      await manager.streams.add({ storage: StorageType.File, discard: DiscardPolicy.Old, ...wanted });
      return;
    }
    const { max_bytes, max_age, duplicate_window, subjects } = wanted as StreamConfig;
    const changed = { max_bytes, max_age, duplicate_window, subjects };
    if (
      Object.entries(changed).some(([key, value]) => !isDeepStrictEqual(info.config[key as keyof StreamConfig], value))
    )
      await manager.streams.update(wanted.name, changed);
  } catch (error) {
    throw streamError(error, `stream ${wanted.name}`);
  }
}
