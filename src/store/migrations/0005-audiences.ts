import type { Migration } from "../migrate.js";

/**
 * Audiences that are saved, followed and handed on. Definitions are kept in all their versions. Of a followed audience the log has who was
 * in it at the start and every change since: it is written before a change is published, so a crash between the two loses nothing. What an
 * export holds is kept for some days, so that a download goes on where it broke off. Tables that name people have a column `subscriber`, by
 * which a person is erased.
 *
 * The indices find what was written lately without reading the rest.
 */
const SETTINGS = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1";

/** Days that an export can be had. */
export const EXPORT_DAYS = 7;

export const audiences: Migration = {
  number: 5,
  name: "audiences",
  statements: [
    `CREATE TABLE IF NOT EXISTS audiences_rows (
  audience String,
  version UInt32,
  name String,
  text String CODEC(ZSTD(1)),
  expression String CODEC(ZSTD(1)),
  saved_by String,
  saved DateTime64(3, 'UTC'),
  gone UInt8
) ENGINE = ReplacingMergeTree ORDER BY (audience, version) ${SETTINGS}`,
    `CREATE VIEW IF NOT EXISTS audiences AS
SELECT audience, version, name, text, expression, saved_by, saved FROM audiences_rows FINAL
WHERE gone = 0 AND (audience, version) IN (SELECT audience, max(version) FROM audiences_rows GROUP BY audience)`,

    `CREATE TABLE IF NOT EXISTS audience_follows_rows (
  audience String,
  following UInt8,
  everywhere UInt8,
  regions Array(String),
  followed_by String,
  role LowCardinality(String),
  purpose String,
  changed UInt64
) ENGINE = ReplacingMergeTree(changed) ORDER BY audience ${SETTINGS}`,

    `CREATE TABLE IF NOT EXISTS audience_log_rows (
  audience String,
  batch UInt64,
  subscriber UInt64,
  change Enum8('present' = 1, 'entered' = 2, 'left' = 3),
  version UInt32,
  as_of DateTime('UTC')
) ENGINE = ReplacingMergeTree ORDER BY (audience, batch, subscriber) ${SETTINGS}`,
    `CREATE VIEW IF NOT EXISTS audience_log AS
SELECT audience, subscriber, change, version, as_of FROM audience_log_rows FINAL`,
    `CREATE TABLE IF NOT EXISTS audience_published_rows (
  audience String,
  batch UInt64
) ENGINE = ReplacingMergeTree(batch) ORDER BY audience ${SETTINGS}`,

    `CREATE TABLE IF NOT EXISTS exports_rows (
  export UInt64,
  audience String,
  version UInt32,
  text String CODEC(ZSTD(1)),
  format LowCardinality(String),
  people UInt64,
  bytes UInt64,
  sha256 String,
  as_of DateTime('UTC'),
  made_by String,
  made DateTime('UTC')
) ENGINE = ReplacingMergeTree ORDER BY export TTL made + INTERVAL ${EXPORT_DAYS} DAY ${SETTINGS}`,
    `CREATE TABLE IF NOT EXISTS export_people_rows (
  export UInt64,
  subscriber UInt64,
  made DateTime('UTC') DEFAULT now()
) ENGINE = MergeTree PARTITION BY toDate(made) ORDER BY (export, subscriber) TTL made + INTERVAL ${EXPORT_DAYS} DAY ${SETTINGS}`,

    "ALTER TABLE membership_log_rows ADD INDEX IF NOT EXISTS written_lately written TYPE minmax GRANULARITY 1",
    "ALTER TABLE stays_rows ADD INDEX IF NOT EXISTS written_lately written TYPE minmax GRANULARITY 1",
  ],
};
