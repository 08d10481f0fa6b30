import { JetStreamApiCodes, JetStreamApiError, jetstream } from "@nats-io/jetstream";
import { Bucket, type KV, type KvEntry, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Entry, Ledger } from "./ledger.js";

export interface NatsLedger extends Ledger {
  close(): void;
}

const BUCKET = "lifecircle_cluster";
/** A renewal that is not answered by then is tried again while the lease still counts. */
const TIMEOUT_MS = 1500;
/** What marks a removed entry is of no use after every engine has long seen it. */
const MARKS_KEPT_MS = 3_600_000;

/**
 * The entries of a cluster in a bucket of JetStream's key-value store; made when absent. Removed entries keep a mark for an hour, so a
 * late write by an old revision is refused.
 */
export async function openNatsLedger(connection: NatsConnection, replicas: number): Promise<NatsLedger> {
  const store = await new Kvm(jetstream(connection, { timeout: TIMEOUT_MS })).create(BUCKET, {
    description: "Lifecircle: which engines live, and who has which partition",
    history: 1,
    replicas,
    // Answered by the leader alone: others may not know the last write yet.
    allow_direct: false,
  });
  if (store instanceof Bucket) await store.purgeDeletes(MARKS_KEPT_MS);
  const known = new Map<string, Entry>();
  const watch = await store.watch();
  const { values } = await store.status();
  let isComplete: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    isComplete = resolve;
  });
  if (values === 0) isComplete();
  void (async () => {
    for await (const entry of watch) {
      if (entry.operation === "PUT") known.set(entry.key, entryOf(entry));
      else known.delete(entry.key);
      if (entry.delta === 0) isComplete();
    }
  })();
  await complete;
  return {
    entries: () => known,
    async get(key) {
      const entry = await store.get(key);
      return entry?.operation === "PUT" ? entryOf(entry) : null;
    },
    update: (key, value, revision) => ifFirst(() => store.put(key, value, { previousSeq: revision })),
    remove: async (key, revision) => (await ifFirst(() => removed(store, key, revision))) !== null,
    close: () => watch.stop(),
  };
}

function entryOf(entry: KvEntry): Entry {
  return { value: entry.string(), revision: entry.revision };
}

async function removed(store: KV, key: string, revision: number): Promise<true> {
  await store.delete(key, { previousSeq: revision });
  return true;
}

/** Null when the server says that another write was first. */
async function ifFirst<T>(write: () => Promise<T>): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    const isSecond = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
    if (isSecond) return null;
    throw error;
  }
}
