import type { Migration } from "../migrate.js";

/**
 * The tables of the contract. Beneath each view lies a `*_rows` table that replaces rows of one key by their newest version, so that
 * a replay writes the same rows again and nobody sees them twice; the view reads it with FINAL. Sorting keys begin with
 * what people ask for: memberships by circle (who is in it; a single subscriber is found by skipping within each circle),
 * stays by subscriber within a week, presence by circle and time, the log by subscriber. Partitions are weeks and months, not
 * days: a history of many days comes in one insert, and each partition that it touches costs a part and two fsyncs.
 *
 * Granules are small where a few rows of one person are looked for.
 *
 * fsync: what the engine acknowledges upstream after an insert must survive a power cut.
 */
const SETTINGS = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1";

const FEW_ROWS = "index_granularity = 1024";

const PLACE = `
  lon Float64 CODEC(ZSTD(1)),
  lat Float64 CODEC(ZSTD(1)),
  h3 UInt64 CODEC(ZSTD(1)),
  cell String CODEC(ZSTD(1)),
  region LowCardinality(String),
  venue LowCardinality(String),
  category LowCardinality(String)`;

const MEMBERSHIP = `
  subscriber UInt64,
  dimension Enum8('region' = 1, 'demographic' = 2, 'preference' = 3, 'behaviour' = 4),
  circle LowCardinality(String),
  score Float32,
  since DateTime('UTC'),
  seen DateTime('UTC'),
  evidence String CODEC(ZSTD(3))`;

/** When the store got the row, which is what its time to live counts from; no view shows it. */
const WRITTEN = "written DateTime('UTC') DEFAULT now()";

export const tables: Migration = {
  number: 1,
  name: "tables",
  statements: [
    `CREATE TABLE IF NOT EXISTS memberships_rows (${MEMBERSHIP},
  version UInt64,
  gone UInt8
) ENGINE = ReplacingMergeTree(version, gone) ORDER BY (circle, subscriber) ${SETTINGS}, index_granularity = 2048`,
    `CREATE VIEW IF NOT EXISTS memberships AS
SELECT subscriber, dimension, circle, score, since, seen, evidence FROM memberships_rows FINAL`,

    `CREATE TABLE IF NOT EXISTS membership_log_rows (${MEMBERSHIP},
  change Enum8('entered' = 1, 'strengthened' = 2, 'left' = 3),
  version UInt64,
  time DateTime('UTC'),
  ${WRITTEN}
) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (subscriber, time, circle, version, change) ${SETTINGS}, ${FEW_ROWS}`,
    `CREATE VIEW IF NOT EXISTS membership_log AS
SELECT subscriber, dimension, circle, score, since, seen, evidence, change, time FROM membership_log_rows FINAL`,

    `CREATE TABLE IF NOT EXISTS anchors_rows (
  subscriber UInt64,
  kind Enum8('home' = 1, 'day' = 2, 'other' = 3),
  rank UInt8,${PLACE},
  share Float32,
  days UInt16,
  rule LowCardinality(String),
  confidence Float32,
  version UInt64,
  gone UInt8
) ENGINE = ReplacingMergeTree(version, gone) ORDER BY (subscriber, kind, rank) ${SETTINGS}, ${FEW_ROWS}`,
    `CREATE VIEW IF NOT EXISTS anchors AS
SELECT subscriber, kind, rank, lon, lat, h3, cell, region, venue, category, share, days, rule, confidence FROM anchors_rows FINAL`,

    `CREATE TABLE IF NOT EXISTS stays_rows (
  subscriber UInt64,
  start DateTime('UTC'),
  end DateTime('UTC'),${PLACE},
  confidence Float32,
  events UInt32,
  venue_probability Float32,
  ${WRITTEN}
) ENGINE = ReplacingMergeTree PARTITION BY toMonday(start) ORDER BY (subscriber, start) ${SETTINGS}, ${FEW_ROWS}`,
    `CREATE VIEW IF NOT EXISTS stays AS
SELECT subscriber, start, end, lon, lat, h3, cell, region, venue, category, confidence, events, venue_probability
FROM stays_rows FINAL`,

    `CREATE TABLE IF NOT EXISTS presence_rows (
  slot DateTime('UTC'),
  h3 UInt64 CODEC(ZSTD(1)),
  region LowCardinality(String),
  circle LowCardinality(String),
  partition UInt32,
  subscribers UInt32,
  ${WRITTEN}
) ENGINE = ReplacingMergeTree PARTITION BY toMonday(slot) ORDER BY (circle, slot, region, h3, partition) ${SETTINGS}`,
    `CREATE VIEW IF NOT EXISTS presence AS
SELECT slot, h3, region, circle, toUInt32(sum(presence_rows.subscribers)) AS subscribers
FROM presence_rows FINAL GROUP BY slot, h3, region, circle`,

    `CREATE TABLE IF NOT EXISTS rejected_rows (
  time DateTime('UTC'),
  reason LowCardinality(String),
  source String CODEC(ZSTD(1)),
  raw String CODEC(ZSTD(3)),
  ${WRITTEN}
) ENGINE = ReplacingMergeTree ORDER BY source ${SETTINGS}`,
    `CREATE VIEW IF NOT EXISTS rejected AS SELECT time, reason, source, raw FROM rejected_rows FINAL`,
  ],
};
