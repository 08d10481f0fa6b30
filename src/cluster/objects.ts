import { jetstreamManager } from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
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

/** A bucket of JetStream's object store, made when absent; what is read is checked against the SHA-256 of what was written. */
export async function openNatsObjects(connection: NatsConnection, replicas: number): Promise<Objects> {
  const manager = await jetstreamManager(connection);
  const store = await new Objm(connection).create(BUCKET, {
    description: "Lifecircle: checkpoints of the partitions",
    replicas,
  });
  return {
    place: `the bucket ${BUCKET}`,
    async names(prefix) {
      const all = await store.list();
      return all.filter(({ name, deleted }) => !deleted && name.startsWith(prefix)).map(({ name }) => name);
    },
    async get(name) {
      const info = await store.info(name);
      if (info === null) throw new SnapshotFault(`gone: ${name}`);
      // The client waits for ever for a piece that is not there.
      const subject = `$O.${BUCKET}.C.${info.nuid}`;
      const { state } = await manager.streams.info(`OBJ_${BUCKET}`, { subjects_filter: subject });
      if ((state.subjects?.[subject] ?? 0) !== info.chunks) throw new SnapshotFault(`torn: ${name}`);
      const bytes = await store.getBlob(name).catch((error: unknown) => {
        if (error instanceof Error && error.message.includes("corrupt")) throw new SnapshotFault(`torn: ${name}`);
        throw error;
      });
      if (bytes === null) throw new SnapshotFault(`gone: ${name}`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    async put(name, bytes) {
      await store.putBlob({ name }, bytes);
    },
    async remove(name) {
      const info = await store.info(name);
      if (info === null) return;
      // The store's own removal leaves a mark for every name for ever.
      const subject = (kind: "C" | "M", token: string) => ({ filter: `$O.${BUCKET}.${kind}.${token}` });
      await manager.streams.purge(`OBJ_${BUCKET}`, subject("M", paddedBase64(name)));
      await manager.streams.purge(`OBJ_${BUCKET}`, subject("C", info.nuid));
    },
  };
}

function paddedBase64(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
