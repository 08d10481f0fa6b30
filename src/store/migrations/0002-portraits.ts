import type { Migration } from "../migrate.js";

/**
 * What circle rules work on beyond the views of the contract, so that a membership can be explained and another rule tried without the
 * signalling: of a stay, how well its times are known and the venues where it may have been; the ways between stays; and of each subscriber
 * what was known of its places at its last evaluation.
 */
const SETTINGS = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1";

export const portraits: Migration = {
  number: 2,
  name: "portraits",
  statements: [
    `ALTER TABLE stays_rows
  ADD COLUMN IF NOT EXISTS arrival_error UInt32,
  ADD COLUMN IF NOT EXISTS departure_error UInt32,
  ADD COLUMN IF NOT EXISTS candidates Array(Tuple(venue LowCardinality(String), probability Float32))`,

    `CREATE TABLE IF NOT EXISTS ways_rows (
  subscriber UInt64,
  start DateTime('UTC'),
  end DateTime('UTC'),
  metro Float32,
  bus Float32,
  touched Array(Tuple(venue LowCardinality(String), probability Float32, first DateTime('UTC'), last DateTime('UTC'))),
  written DateTime('UTC') DEFAULT now()
) ENGINE = ReplacingMergeTree PARTITION BY toMonday(start) ORDER BY (subscriber, start) ${SETTINGS}`,
    `CREATE VIEW IF NOT EXISTS ways AS SELECT subscriber, start, end, metro, bus, touched FROM ways_rows FINAL`,

    `CREATE TABLE IF NOT EXISTS portraits_rows (
  subscriber UInt64,
  day Date,
  known_until DateTime('UTC'),
  stream_first_day Date,
  heard UInt32,
  silent_days UInt8,
  is_foreign UInt8,
  observed_days UInt8,
  nights_observed UInt8,
  recent_nights_observed UInt8,
  working_days_observed UInt8,
  waking_minutes UInt16,
  night_observations UInt16,
  work_observations UInt16,
  places Array(Tuple(lon Float64, lat Float64, sigma Float32, nights UInt8, recent_nights UInt8, working_days UInt8,
    night_minutes UInt16, work_minutes UInt16, waking_minutes UInt16, seen Date,
    cells Array(Tuple(cell String, weight Float32)))) CODEC(ZSTD(1)),
  version UInt64
) ENGINE = ReplacingMergeTree(version) ORDER BY subscriber ${SETTINGS}, index_granularity = 1024`,
    `CREATE VIEW IF NOT EXISTS portraits AS SELECT * EXCEPT version FROM portraits_rows FINAL`,
  ],
};
