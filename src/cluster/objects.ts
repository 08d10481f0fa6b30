import { createHash } from "node:crypto";
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

/**
 * Piece by piece, each asked for by itself. The client's own reading has the server push: where somebody removes a piece meanwhile it waits
 * for ever, where one is lost on the way for a minute, and it hashes in JavaScript.
 */
async function read(manager: JetStreamManager, store: ObjectStore, name: string): Promise<Buffer> {
  const info = await store.info(name);
  if (info === null) throw new SnapshotFault(`gone: ${name}`);
  const pieces: Uint8Array[] = [];
  const hash = createHash("sha256");
  for (let seq = 1; pieces.length < info.chunks; ) {
    const query = { next_by_subj: `$O.${BUCKET}.C.${info.nuid}`, seq };
    const piece = await manager.streams.getMessage(`OBJ_${BUCKET}`, query);
    if (piece === null) throw new SnapshotFault(`torn: ${name}`);
    pieces.push(piece.data);
    hash.update(piece.data);
    seq = piece.seq + 1;
  }
  const digest = Buffer.from(info.digest.replace("SHA-256=", ""), "base64url");
  if (!hash.digest().equals(digest)) throw new SnapshotFault(`torn: ${name}`);
  return Buffer.concat(pieces);
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
