import type { Migration } from "../migrate.js";

/** The triggers: of the rows of one id the newest version counts. */
export const triggers: Migration = {
  number: 4,
  name: "triggers",
  statements: [
    `CREATE TABLE IF NOT EXISTS triggers (
  trigger String,
  version UInt64,
  deleted UInt8,
  definition String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version) ORDER BY trigger
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1`,
  ],
};
