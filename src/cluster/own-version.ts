import { headName, headNumbers } from "../checkpoint/file-names.js";
import { decodeHead } from "../checkpoint/snapshot.js";
import { OtherVersion, SnapshotFault } from "../checkpoint/snapshot-fault.js";
import { UserError } from "../signal/user-error.js";
import { LEASES, readLease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import type { Objects } from "./objects.js";

/**
 * Looks at the newest checkpoint of every partition. To be asked before an engine joins: a partition that it took and could not go on with would
 * be worked on by nobody until others had it back.
 *
 * @throws UserError when one is of another version of Lifecircle
 */
export async function requireOwnVersion(ledger: Ledger, objects: Objects): Promise<void> {
  const leases = [...ledger.entries()].filter(([key]) => key.startsWith(LEASES));
  await Promise.all(
    leases.map(async ([key, entry]) => {
      const { files } = readLease(entry);
      const [newest] = headNumbers(Object.keys(files));
      const object = newest === undefined ? undefined : files[headName(newest)];
      if (object === undefined) return;
      try {
        decodeHead(await objects.get(object));
      } catch (error) {
        if (error instanceof OtherVersion)
          throw new UserError(
            `the checkpoints of partition ${key.slice(LEASES.length)} in ${objects.place} are of another version of Lifecircle (${error.message})`,
            'go on with that version, or do as docs/operate/cluster.md says under "Another version"',
          );
        // Removed meanwhile, or torn: whoever takes the partition sees to that.
        if (!(error instanceof SnapshotFault)) throw error;
      }
    }),
  );
}
