import type { StoreClient } from "./client.js";
import { rowsOf } from "./pseudonyms.js";

/**
 * The newest insert of each partition of the tables that are followed, by their names: whoever sees a row sees all of lower numbers. Empty where
 * a user may not see the parts; then what was read lately is read again.
 */
export interface BlocksSeen {
  readonly log: Readonly<Record<string, number>>;
  readonly anchors: Readonly<Record<string, number>>;
}

const BLOCKS = `SELECT table, partition_id, max(max_block_number) FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('membership_log_rows', 'anchors_rows') GROUP BY table, partition_id`;

/** Rows of inserts that were not seen, with the parameter `seen`; those whose number is not kept have 0, which is looked at each time. */
export const NOT_SEEN = "(_block_number = 0 OR _block_number > {seen:Map(String, UInt64)}[_partition_id])";

/** Whether there may be rows that were not seen: of inserts that came since, or because nobody may know the inserts. */
export function isNewer(now: Readonly<Record<string, number>>, seen: Readonly<Record<string, number>>): boolean {
  const partitions = Object.entries(now);
  return partitions.length === 0 || partitions.some(([partition, newest]) => newest > (seen[partition] ?? -1));
}

/** Errors are those of the client. */
export async function blocksSeen(client: StoreClient): Promise<BlocksSeen> {
  const blocks = { log: {} as Record<string, number>, anchors: {} as Record<string, number> };
  for (const [table, partition, newest] of await rowsOf(client, BLOCKS))
    blocks[table === "anchors_rows" ? "anchors" : "log"][String(partition)] = Number(newest);
  return blocks;
}
