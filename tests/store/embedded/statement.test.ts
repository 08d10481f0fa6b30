import { describe, expect, test } from "vitest";
import { createGuard } from "../../../src/store/embedded/guard.js";
import { parseStatement } from "../../../src/store/embedded/statement.js";

const guard = createGuard(["file", "url", "s3", "remote", "numbers", "values", "view", "merge"]);

function refusal(sql: string, parameters: Record<string, string> = {}): string | null {
  try {
    guard.check(parseStatement(Buffer.from(sql)).words, new Map(Object.entries(parameters)));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("what a request asks for", () => {
  test("an INSERT ends where its data begins, in bytes, also behind other alphabets", () => {
    const sql = Buffer.concat([
      Buffer.from("INSERT INTO `居民` (a) SETTINGS x = 'FORMAT' FORMAT RowBinary\n"),
      Buffer.from([0xff, 0x0a]),
    ]);
    const statement = parseStatement(sql);
    expect(statement).toMatchObject({ kind: "insert", head: "INSERT INTO `居民` (a) " });
    expect(statement.kind === "insert" && statement.tail).toBe("SETTINGS x = 'FORMAT'  FORMAT RowBinary");
    expect(statement.kind === "insert" && [...sql.subarray(statement.dataStart)]).toEqual([0xff, 0x0a]);
  });

  test("VALUES are data, a column of that name is not", () => {
    const statement = parseStatement(Buffer.from("insert into t (values, format) values (1, 'a;b')"));
    expect(statement).toMatchObject({ kind: "insert", head: "insert into t (values, format) " });
  });

  test("an INSERT from a SELECT is a query, and so is one with a format behind it", () => {
    expect(parseStatement(Buffer.from("INSERT INTO t SELECT 1 AS a"))).toMatchObject({ kind: "query", verb: "INSERT" });
    expect(parseStatement(Buffer.from("SELECT 1 FORMAT JSON SETTINGS max_threads = 1"))).toMatchObject({
      format: "JSON",
    });
    expect(parseStatement(Buffer.from("SELECT format FROM t"))).toMatchObject({ format: null });
  });

  test("a semicolon may end a statement, but only comments may follow it", () => {
    expect(parseStatement(Buffer.from("SELECT ';' ; -- done"))).toMatchObject({ text: "SELECT ';' " });
    expect(() => parseStatement(Buffer.from("SELECT 1; DROP TABLE t"))).toThrow("Multi-statements");
    expect(() => parseStatement(Buffer.from("/* nothing */"))).toThrow("Empty query");
  });
});

describe("what a request may not name", () => {
  test.each([
    "SELECT * FROM file('/etc/passwd')",
    "SELECT * FROM FILE /* here */ ('/etc/passwd')",
    "SELECT * FROM `file`('/etc/passwd')",
    "SELECT * FROM \"\\x66ile\"('/etc/passwd')",
    "SELECT * FROM file\u00a0('/etc/passwd')",
    "SELECT 1 $x$ FROM file('/etc/passwd')",
    "INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a UInt8') SELECT 1",
    "SELECT * FROM url('http://127.0.0.1/')",
    "SELECT * FROM default.`/etc/passwd`",
    "SELECT * FROM `default` . `/etc/passwd`",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    "CREATE TABLE t (a UInt8) ENGINE = File(CSV, '/tmp/x')",
    "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1')) LAYOUT(FLAT()) LIFETIME(1)",
    "CREATE DATABASE d ENGINE = Filesystem('/')",
    "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'",
    "SELECT 1 SETTINGS additional_table_filters = {'t': 'file(1)'}",
    "BACKUP DATABASE d TO File('/tmp/x')",
    "USE default",
  ])("%s", (sql) => {
    expect(refusal(sql)).toContain("ACCESS_DENIED");
  });

  test("the same behind a parameter", () => {
    expect(refusal("SELECT * FROM {d:Identifier}.{t:Identifier}", { d: "default", t: "/etc/passwd" })).toContain(
      "database default",
    );
    expect(refusal("SELECT * FROM {t:Identifier}", { t: "default./etc/passwd" })).toContain("database default");
    expect(refusal("SELECT {d:String}", { d: "default" })).toBeNull();
  });

  test("what only looks like it passes", () => {
    expect(refusal("SELECT 'file(1)', file, url FROM numbers(3) -- file()")).toBeNull();
    expect(refusal("SELECT $$file('x')$$ AS default")).toBeNull();
    expect(refusal("SELECT format('{}', 1), sum(x) FROM values('x UInt8', 1)")).toBeNull();
    expect(refusal("CREATE TABLE t (a UInt64 DEFAULT 1) ENGINE = ReplacingMergeTree ORDER BY a")).toBeNull();
  });
});
