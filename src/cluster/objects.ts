import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { headers, type NatsConnection, nuid } from "@nats-io/transport-node";
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
const PIECE_BYTES = 128 * 1024;
/** Pieces that the server has not acknowledged yet. */
const PIECES_AT_ONCE = 8;
const TRIES_MAX = 10;
const TRY_AGAIN_MS = 500;

/** A bucket of JetStream's object store, made when absent; what is read is checked against the SHA-256 of what was written. */
export async function openNatsObjects(connection: NatsConnection, replicas: number): Promise<Objects> {
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
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
      const id = nuid.next();
      try {
        await write(client, { name, id, bytes });
      } catch (error) {
        await manager.streams.purge(`OBJ_${BUCKET}`, { filter: piecesSubject(id) }).catch(() => undefined);
        throw error;
      }
    },
    remove: (name) =>
      patiently(async () => {
        const info = await store.info(name);
        if (info === null) return;
        // The store's own removal leaves a mark for every name for ever.
        for (const filter of [piecesSubject(info.nuid), nameSubject(name)])
          await manager.streams.purge(`OBJ_${BUCKET}`, { filter });
      }),
  };
}

/**
 * As the client's own writing has it (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md), but several pieces at once, and
 * hashed by the system's library: the client sends one after another, and hashes in JavaScript.
 */
async function write(
  client: JetStreamClient,
  { name, id, bytes }: { name: string; id: string; bytes: Uint8Array },
): Promise<void> {
  let last = 0;
  let chunks = 0;
  for (let at = 0; at < bytes.length; ) {
    const acknowledged: ReturnType<JetStreamClient["publish"]>[] = [];
    for (; at < bytes.length && acknowledged.length < PIECES_AT_ONCE; at += PIECE_BYTES)
      acknowledged.push(client.publish(piecesSubject(id), bytes.subarray(at, at + PIECE_BYTES)));
    for (const { seq } of await Promise.all(acknowledged)) {
      // One that the client had to send again came after others.
      if (seq <= last) throw new Error(`the pieces of ${name} were stored in another order`);
      last = seq;
    }
    chunks += acknowledged.length;
  }
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  const info = {
    name,
    options: { max_chunk_size: PIECE_BYTES },
    bucket: BUCKET,
    nuid: id,
    size: bytes.length,
    chunks,
    mtime: new Date().toISOString(),
    digest: `SHA-256=${padded(createHash("sha256").update(bytes).digest("base64"))}`,
    deleted: false,
  };
  await client.publish(nameSubject(name), JSON.stringify(info), { headers: rollup });
}

function piecesSubject(id: string): string {
  return `$O.${BUCKET}.C.${id}`;
}

function nameSubject(name: string): string {
  return `$O.${BUCKET}.M.${padded(Buffer.from(name).toString("base64"))}`;
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
    const query = { next_by_subj: piecesSubject(info.nuid), seq };
    // As it is, from any server; one whose copy is behind may not have it yet, the leader has.
    const piece =
      (await manager.direct.getMessage(`OBJ_${BUCKET}`, query)) ??
      (await manager.streams.getMessage(`OBJ_${BUCKET}`, query));
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

/** Base64 in the alphabet of URLs, with its padding. */
function padded(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}
