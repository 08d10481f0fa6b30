import type { Migration } from "../migrate.js";

/** The device that each subscriber was last heard with, by its type allocation code. */
export const devices: Migration = {
  number: 6,
  name: "devices",
  statements: [
    `CREATE TABLE IF NOT EXISTS devices_rows (
  subscriber UInt64,
  tac UInt32,
  since DateTime('UTC'),
  version UInt64,
  written DateTime('UTC') DEFAULT now()
) ENGINE = ReplacingMergeTree(version) ORDER BY subscriber
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1`,
    "CREATE VIEW IF NOT EXISTS devices AS SELECT subscriber, tac, since FROM devices_rows FINAL",
  ],
};
