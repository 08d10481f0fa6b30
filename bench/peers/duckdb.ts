import { DuckDBInstance } from "@duckdb/node-api";
import type { Peer } from "./peer.js";
import type { Dialect } from "./sql.js";

const THREADS = "2";

const dialect: Dialect = {
  div: (value, by) => `((${value}) // ${by})`,
  argMax: "arg_max",
  rows: (from, to) => `unnest(range(${from}, ${to} + 1))`,
  create: (table) => `CREATE TABLE ${table} AS`,
};

/** DuckDB in this process, in memory; tables are sorted as they are loaded. */
export async function withDuckDb<T>(work: (peer: Peer) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", { threads: THREADS });
  const connection = await instance.connect();
  try {
    return await work({
      name: "DuckDB",
      dialect,
      async load({ name, columns, orderedBy, path }) {
        const types = Object.entries(columns).map(([column, type]) => `'${column}': '${type}'`);
        await connection.run(
          `CREATE TABLE ${name} AS SELECT * FROM read_csv('${path}', header = false, columns = {${types.join(", ")}}) ORDER BY ${orderedBy}`,
        );
      },
      async run(sql) {
        await connection.run(sql);
      },
      async drop(table) {
        await connection.run(`DROP TABLE IF EXISTS ${table}`);
      },
      async rows(sql) {
        const reader = await connection.runAndReadAll(sql);
        return reader.getRowObjectsJson() as Record<string, string | number>[];
      },
      cpuSeconds() {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
