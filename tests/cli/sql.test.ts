import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findStore } from "../../src/cli/find-store.js";
import { runSql } from "../../src/cli/sql.js";
import { readServerFile } from "../../src/store/server-file.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";
import { buildServer, temporaryFolder } from "../store/support.js";

const folder = temporaryFolder();
beforeAll(async () => {
  buildServer();
  const server = await startEmbeddedStore({ dataDir: folder.path });
  await fetch(server.url, { method: "POST", body: "CREATE TABLE t (a UInt8, b String) ENGINE = MergeTree ORDER BY a" });
  await fetch(server.url, { method: "POST", body: "INSERT INTO t VALUES (1, '广'), (2, 'b')" });
  await server.close();
});
afterAll(() => folder.remove());

async function ask(query: string, format?: string, terminal = false): Promise<string> {
  let text = "";
  const out = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: terminal },
  );
  await runSql(query, { data: folder.path, ...(format === undefined ? {} : { format }) }, out);
  return text;
}

test("with no server on the folder it starts one, answers and closes it", async () => {
  expect(await ask("SELECT * FROM t ORDER BY a")).toBe("a\tb\n1\t广\n2\tb\n");
  expect(readServerFile(folder.path)).toBeNull();
});

test("questions at once are answered one after another: none is cut off by the end of the one that started the store", async () => {
  // The lock of the folder is one process's; so is what is held, in one process as in several.
  const answers = await Promise.all(
    ["SELECT 1", "SELECT count() FROM t", "SELECT sleep(1) FORMAT Null"].map((query) => ask(query)),
  );
  expect(answers).toEqual(["1\n1\n", "count()\n2\n", ""]);
  expect(readServerFile(folder.path)).toBeNull();
});

test("a store that an API has started for itself is asked while the API runs", async () => {
  const lasting = await findStore({ data: folder.path }, true);
  expect(await ask("SELECT count() FROM t")).toBe("count()\n2\n");
  await lasting.close();
});

test("while a server runs, also one with a password, it asks that one", async () => {
  const server = await startEmbeddedStore({ dataDir: folder.path, user: "lc", password: "secret" });
  expect(await ask("SELECT * FROM t ORDER BY a", "JSONEachRow")).toBe('{"a":1,"b":"广"}\n{"a":2,"b":"b"}\n');
  expect(await ask("SELECT a FROM t ORDER BY a FORMAT CSV", "JSONEachRow")).toBe("1\n2\n");
  expect(await ask("SELECT 1 AS one SETTINGS max_threads = 1", undefined, true)).toContain("│   1 │");
  expect((await ask("SHOW TABLES")).split("\n")).toContain("t");
  expect((await ask("SELECT number FROM numbers(300000)")).split("\n").length).toBe(300_002);

  for (const query of [
    "INSERT INTO t VALUES (3, 'c')",
    "ALTER TABLE t DELETE WHERE 1",
    "DROP TABLE t",
    "TRUNCATE TABLE t",
  ]) {
    await expect(ask(query), query).rejects.toThrow("only reads");
  }
  await expect(ask("SELECT * FROM file('/etc/passwd')")).rejects.toThrow("not available");
  const error = await ask("SELEC 1").catch((thrown: Error) => thrown);
  expect(error).toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/^sql: Syntax error.{0,60}\(SYNTAX_ERROR\)$/s),
  });
  expect(await ask("SELECT count() FROM t", "TSV")).toBe("2\n");
  await server.close();
});

test("a reader that has enough ends it quietly", async () => {
  const head = new Writable({
    write(_, __, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    },
  });
  await runSql("SELECT number FROM numbers(5000000)", { data: folder.path }, head);
});

test("a server file whose process lives but is no server is not believed", async () => {
  const stale = { url: "http://127.0.0.1:1", pid: process.pid, database: "lifecircle", user: "", password: "" };
  writeFileSync(join(folder.path, "clickhouse.json"), JSON.stringify(stale));
  expect(await ask("SELECT count() FROM t", "TSV")).toBe("2\n");
});

test("a folder without a store is refused and left as it was", async () => {
  const empty = join(folder.path, "empty");
  mkdirSync(empty);
  await expect(runSql("SELECT 1", { data: empty })).rejects.toThrow("there is no store in");
  await expect(runSql("SELECT 1", {})).rejects.toThrow("no store is named");
  await expect(runSql("SELECT 1", { url: "http://127.0.0.1:1" })).rejects.toThrow("ECONNREFUSED");
});
