import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
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
  const known = new Map<string, Entry>();
  /** Of each key the last revision heard of, a removal's included. */
  const heard = new Map<string, number>();
  const take = (entry: KvEntry) => {
    if (entry.revision < (heard.get(entry.key) ?? 0)) return;
    heard.set(entry.key, entry.revision);
    if (entry.operation === "PUT") known.set(entry.key, entryOf(entry));
    else known.delete(entry.key);
  };
  const watch = await store.watch();
  void (async () => {
    for await (const entry of watch) take(entry);
  })();
  // Asked for: while others write, the watch may never say that it has told all that there was.
  const manager = await jetstreamManager(connection, { timeout: TIMEOUT_MS });
  const prefix = `$KV.${BUCKET}.`;
  const { state } = await manager.streams.info(`KV_${BUCKET}`, { subjects_filter: `${prefix}>` });
  const now = await Promise.all(
    Object.keys(state.subjects ?? {}).map((subject) => store.get(subject.slice(prefix.length))),
  );
  for (const entry of now) {
    if (entry === null) continue;
    take(entry);
    if (entry.operation !== "PUT" && Date.now() - entry.created.getTime() > MARKS_KEPT_MS)
      await manager.streams.purge(`KV_${BUCKET}`, { filter: `${prefix}${entry.key}`, seq: entry.revision + 1 });
  }
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
