import { expect, test } from "vitest";
import { checkLimitClauses, limitedSettings, readLimits } from "../../../src/store/embedded/read-limits.js";
import { tokens } from "../../../src/store/embedded/tokens.js";

const LIMITS = readLimits(1000);
const given = (...settings: [string, string][]) => limitedSettings(new Map(settings), LIMITS);
const clause = (sql: string) => checkLimitClauses([...tokens(sql)], LIMITS);

test("a question that says nothing has every limit, and other settings stay", () => {
  expect([...given(["max_threads", "1"]).keys()].sort()).toEqual(["max_threads", ...LIMITS.keys()].sort());
  expect(given().get("max_memory_usage")).toBe("1000");
});

test("a limit may be lowered, not raised, lifted, or written so that nobody knows", () => {
  expect(given(["max_memory_usage", "999"]).get("max_memory_usage")).toBe("999");
  for (const value of ["1001", "0", "-1", "", "1e3", "'1'", "auto", "00000000000000000"])
    expect(() => given(["max_memory_usage", value]), value).toThrow(/452.*max_memory_usage may be 1 to 1000/);
});

test("a SETTINGS clause keeps to the same limits, whatever the case and quotes of its names", () => {
  clause("SELECT 1 SETTINGS max_memory_usage = 10, max_threads = 0");
  clause("SELECT max_memory_usage, 'max_memory_usage = 0' FROM t WHERE a = 5000");
  for (const sql of [
    "SELECT 1 SETTINGS max_memory_usage = 1001",
    "SELECT 1 SETTINGS MAX_MEMORY_USAGE=0",
    "SELECT 1 SETTINGS `max_result_rows` = '1'",
    "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 100000)",
    "SELECT 1 SETTINGS timeout_overflow_mode = 'break'",
  ])
    expect(() => clause(sql), sql).toThrow(/452/);
});

test("a limit that ends a question quietly is refused, since half an answer looks like a whole one", () => {
  expect(() => given(["result_overflow_mode", "break"])).toThrow(/result_overflow_mode may not be set/);
});
