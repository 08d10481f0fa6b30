import type { Migration } from "../migrate.js";

/**
 * Who asked what of the API, why, and about how many people. Rows are only ever added, and kept: who is asked about it must be able to
 * answer years later. fsync: what was answered has its row, also after a power cut.
 */
export const audit: Migration = {
  number: 3,
  name: "audit",
  statements: [
    `CREATE TABLE IF NOT EXISTS audit (
  time DateTime64(3, 'UTC'),
  correlator String,
  principal LowCardinality(String),
  role LowCardinality(String),
  purpose LowCardinality(String),
  operation LowCardinality(String),
  question String CODEC(ZSTD(1)),
  status UInt16,
  people UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY time
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1`,
  ],
};
