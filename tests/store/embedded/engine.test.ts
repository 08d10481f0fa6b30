import { expect, test } from "vitest";
import { QUERIES_MAX, queriesAtOnce } from "../../../src/store/embedded/engine.js";

test("half of the threads are left to files and compression, whatever the pool", () => {
  expect(queriesAtOnce("24")).toBe(12);
  expect(queriesAtOnce("200")).toBe(QUERIES_MAX);
  expect(queriesAtOnce("8")).toBe(4);
});

test("a server started by hand has libuv's four threads, and still answers", () => {
  for (const pool of [undefined, "", "many"]) expect(queriesAtOnce(pool)).toBe(2);
  expect(queriesAtOnce("1")).toBe(1);
});
