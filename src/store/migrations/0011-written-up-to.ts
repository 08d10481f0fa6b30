import type { Migration } from "../migrate.js";

/** Up to which message of the stream the rows of each partition were written when its state was last saved: by this a state tells whether this is its store. */
export const writtenUpTo: Migration = {
  number: 11,
  name: "written-up-to",
  statements: [
    `CREATE TABLE IF NOT EXISTS written_up_to (
  partition UInt32,
  sequence UInt64
) ENGINE = ReplacingMergeTree(sequence) ORDER BY partition
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1`,
  ],
};
