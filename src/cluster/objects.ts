import { setTimeout as pause } from "node:timers/promises";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type ObjectStore, Objm } from "@nats-io/obj";
import type { NatsConnection } from "@nats-io/transport-node";
import { SnapshotFault } from "../checkpoint/snapshot-fault.js";

/** Large pieces under names that are used once. */
export interface Objects {
  /** What messages call this place. */
  readonly place: string;
  names(prefix: string): Promise<readonly string[]>;
  /** @throws SnapshotFault when it is not there whole */
  get(name: string): Promise<Buffer>;
  /** Durable when it resolves. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

const BUCKET = "lifecircle_checkpoints";
const LOOK_MS = 500;
const TRIES_MAX = 10;
const TRY_AGAIN_MS = 500;

/** A bucket of JetStream's object store, made when absent; what is read is checked against the SHA-256 of what was written. */
export async function openNatsObjects(connection: NatsConnection, replicas: number): Promise<Objects> {
  const manager = await jetstreamManager(connection);
  const store = await new Objm(connection).create(BUCKET, {
    description: "Lifecircle: checkpoints of the partitions",
    replicas,
  });
  return {
    place: `the bucket ${BUCKET}`,
    names: (prefix) =>
      patiently(async () => {
        const all = await store.list();
        return all.filter(({ name, deleted }) => !deleted && name.startsWith(prefix)).map(({ name }) => name);
      }),
    get: (name) => patiently(() => read(manager, store, name)),
    async put(name, bytes) {
      await store.putBlob({ name }, bytes);
    },
    remove: (name) =>
      patiently(async () => {
        const info = await store.info(name);
        if (info === null) return;
        // The store's own removal leaves a mark for every name for ever.
        const subject = (kind: "C" | "M", token: string) => ({ filter: `$O.${BUCKET}.${kind}.${token}` });
        await manager.streams.purge(`OBJ_${BUCKET}`, subject("C", info.nuid));
        await manager.streams.purge(`OBJ_${BUCKET}`, subject("M", paddedBase64(name)));
      }),
  };
}

async function read(manager: JetStreamManager, store: ObjectStore, name: string): Promise<Buffer> {
  const info = await store.info(name);
  if (info === null) throw new SnapshotFault(`gone: ${name}`);
  const subject = `$O.${BUCKET}.C.${info.nuid}`;
  const isWhole = async () => {
    const { state } = await manager.streams.info(`OBJ_${BUCKET}`, { subjects_filter: subject });
    return (state.subjects?.[subject] ?? 0) === info.chunks;
  };
  if (!(await isWhole())) throw new SnapshotFault(`torn: ${name}`);
  const found = await store.get(name);
  if (found === null) throw new SnapshotFault(`gone: ${name}`);
  const reader = found.data.getReader();
  const over = new AbortController();
  try {
    return await Promise.race([joined(reader), untilGone(name, isWhole, over.signal)]);
  } catch (error) {
    if (error instanceof Error && error.message.includes("corrupt")) throw new SnapshotFault(`torn: ${name}`);
    throw error;
  } finally {
    over.abort();
    await reader.cancel().catch(() => undefined);
  }
}

async function joined(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    pieces.push(value);
  }
}

/** The client waits for ever for a piece that somebody removes while it reads. @throws SnapshotFault once one is gone */
async function untilGone(name: string, isWhole: () => Promise<boolean>, over: AbortSignal): Promise<never> {
  for (;;) {
    await pause(LOOK_MS, undefined, { signal: over });
    if (!(await isWhole().catch(() => true))) throw new SnapshotFault(`gone: ${name}`);
  }
}

/** Tries again while servers elect another leader. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await work();
    } catch (error) {
      if (error instanceof SnapshotFault || tries === TRIES_MAX) throw error;
      await pause(TRY_AGAIN_MS);
    }
}

function paddedBase64(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
