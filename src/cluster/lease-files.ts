import type { CheckpointFiles } from "../checkpoint/checkpoints.js";
import type { Lease } from "./lease.js";
import { LeaseLost } from "./ledger.js";
import type { Objects } from "./objects.js";

/**
 * The checkpoints of a leased partition. A file is an object, and is there once the entry of the lease names it, which only the holder can
 * write: an engine that lost its lease adds no file and removes none, whatever it still has under way.
 */
export async function openLeaseFiles(lease: Lease, objects: Objects): Promise<CheckpointFiles> {
  const prefix = `${lease.partition}.`;
  const own = `${prefix}${lease.term}.`;
  let objectsMade = 0;
  // What engines before were writing when they ended. No entry names it, and none will. What engines after have written is theirs: whoever
  // opens a lease late may have lost it already.
  const named = new Set(Object.values(lease.files));
  for (const name of await objects.names(prefix))
    if (!named.has(name) && termOf(name) < lease.term) await objects.remove(name);
  // Objects whose file is no more, or of which an answer was lost.
  const left = new Set<string>();
  /** To be called when the entry is known as it is. */
  const removeLeft = async () => {
    const named = Object.values(lease.files);
    for (const object of left) {
      if (!named.includes(object)) await objects.remove(object);
      left.delete(object);
    }
  };
  return {
    place: `${objects.place}, partition ${lease.partition}`,
    names: async () => Object.keys(lease.files),
    async read(name) {
      // What another engine removes meanwhile may never be answered.
      const { promise: lost, done } = lossOf(lease);
      try {
        return await Promise.race([objects.get(lease.files[name] ?? ""), lost]);
      } finally {
        done();
      }
    },
    async write(name, parts) {
      await lease.held();
      const object = `${own}${objectsMade++}`;
      try {
        await objects.put(object, Buffer.concat(parts));
        await lease.setFiles((files) => ({ ...files, [name]: object }));
      } catch (error) {
        left.add(object);
        if (error instanceof LeaseLost) await objects.remove(object).catch(() => undefined);
        throw error;
      }
      await removeLeft();
    },
    async remove(name) {
      const object = lease.files[name];
      if (object === undefined) return;
      await lease.setFiles(({ [name]: _, ...files }) => files).finally(() => left.add(object));
      await removeLeft();
    },
  };
}

/** Of an object's name: partition, term and number. */
function termOf(name: string): number {
  return Number(name.split(".")[1]);
}

/** Rejects when the lease is lost, until it is done with. */
function lossOf({ lost, partition }: Lease): { readonly promise: Promise<never>; done(): void } {
  let end = () => {};
  const promise = new Promise<never>((_, reject) => {
    end = () => reject(new LeaseLost(`partition ${partition}`));
    if (lost.aborted) end();
    else lost.addEventListener("abort", end);
  });
  return { promise, done: () => lost.removeEventListener("abort", end) };
}
