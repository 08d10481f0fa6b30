import type { Migration } from "../migrate.js";

/** Weeks for which it is remembered what was told of a set of people; sets change meanwhile. */
const TOLD_DAYS = 35;

/**
 * The sets of people of which a number was told, by a keyed fingerprint that names nobody, and to whom. Who came first is decided by
 * the number that the server gives each insert as it becomes visible: whoever sees one sees all of a lower number, which the clock does not promise.
 */
export const told: Migration = {
  number: 7,
  name: "told",
  statements: [
    `CREATE TABLE IF NOT EXISTS told_rows (
  at DateTime64(6, 'UTC') DEFAULT now64(6),
  id UInt64,
  principal LowCardinality(String),
  fingerprint Array(UInt32) CODEC(ZSTD(1)),
  people UInt64,
  told UInt64
) ENGINE = MergeTree ORDER BY at TTL toDateTime(at) + INTERVAL ${TOLD_DAYS} DAY
SETTINGS enable_block_number_column = 1`,
  ],
};
