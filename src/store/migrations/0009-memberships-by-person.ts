import type { Migration } from "../migrate.js";

const PARTS = 8;
const COLUMNS = "subscriber, dimension, circle, score, since, seen, evidence, version, gone";

/**
 * The memberships once more in the order of people, kept by the store itself: the table beneath the view is in the order of circles, where the
 * rows of one person lie in as many places as it has circles. A row that comes twice is replaced here as there.
 */
export const membershipsByPerson: Migration = {
  number: 9,
  name: "memberships-by-person",
  statements: [
    `CREATE TABLE IF NOT EXISTS memberships_by_person_rows (
  subscriber UInt64,
  dimension Enum8('region' = 1, 'demographic' = 2, 'preference' = 3, 'behaviour' = 4),
  circle LowCardinality(String),
  score Float32,
  since DateTime('UTC'),
  seen DateTime('UTC'),
  evidence String CODEC(ZSTD(1)),
  version UInt64,
  gone UInt8
) ENGINE = ReplacingMergeTree(version, gone) ORDER BY (subscriber, circle)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, index_granularity = 1024`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS memberships_to_person TO memberships_by_person_rows
AS SELECT ${COLUMNS} FROM memberships_rows`,
    // What is there already, and in the moment before the view was; twice is once. In parts, so that none of ten million people takes too long.
    ...Array.from(
      { length: PARTS },
      (_, part) =>
        `INSERT INTO memberships_by_person_rows SELECT ${COLUMNS} FROM memberships_rows WHERE subscriber % ${PARTS} = ${part}`,
    ),
  ],
};
