import { createReadStream } from "node:fs";
import { withBenchStore } from "../support/bench-store.js";
import { cpuSecondsOf } from "../support/process-stat.js";
import type { Peer } from "./peer.js";
import { type Dialect, NAIVE_DWELL_MS, NAIVE_GAP_MS } from "./sql.js";

const THREADS = 2;
const TYPES: Readonly<Record<string, string>> = {
  BIGINT: "Int64",
  UBIGINT: "UInt64",
  INTEGER: "Int32",
  DOUBLE: "Float64",
  VARCHAR: "LowCardinality(String)",
};

const dialect: Dialect = {
  div: (value, by) => `intDiv(${value}, ${by})`,
  argMax: "argMax",
  rows: (from, to) => `arrayJoin(range(${from}, ${to} + 1))`,
  create: (table, orderedBy) => `CREATE TABLE ${table} ENGINE = MergeTree ORDER BY ${orderedBy} AS`,
};

/** The embedded ClickHouse of our own, alone: MergeTree tables ordered by subscriber and time, as one would for these questions. */
export function withClickHouse<T>(work: (peer: Peer) => Promise<T>): Promise<T> {
  return withBenchStore(({ store: { client }, pid }) =>
    work({
      name: "ClickHouse",
      dialect,
      async load({ name, columns, orderedBy, path }) {
        const types = Object.entries(columns).map(([column, type]) => `${column} ${TYPES[type]}`);
        await client.command({
          query: `CREATE TABLE ${name} (${types.join(", ")}) ENGINE = MergeTree ORDER BY (${orderedBy})`,
        });
        await client.insert({ table: name, values: createReadStream(path), format: "CSV" });
      },
      async run(sql) {
        await client.command({
          query: sql,
          clickhouse_settings: { max_threads: THREADS, prefer_column_name_to_alias: 1 },
        });
      },
      async drop(table) {
        await client.command({ query: `DROP TABLE IF EXISTS ${table}` });
      },
      async rows(sql) {
        const answer = await client.query({
          query: sql,
          format: "JSONEachRow",
          clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
        });
        return answer.json<Record<string, string | number>>();
      },
      cpuSeconds: () => cpuSecondsOf(pid),
    }),
  );
}

/** The naive task as those write it who know ClickHouse: a subscriber's events as an array, split where a stay ends. */
export const ARRAY_STAYS = `CREATE TABLE naive_stays ENGINE = MergeTree ORDER BY subscriber AS
SELECT subscriber, stay[1].2 AS cell, stay[1].1 AS starts, stay[-1].1 AS ends
FROM (
  SELECT subscriber, arrayJoin(arraySplit((event, before) -> event.2 != before.2 OR event.1 - before.1 > ${NAIVE_GAP_MS},
    events, arrayPushFront(arrayPopBack(events), events[1]))) AS stay
  FROM (SELECT subscriber, arraySort(groupArray((ms, cell))) AS events FROM events GROUP BY subscriber)
)
WHERE ends - starts >= ${NAIVE_DWELL_MS}`;
