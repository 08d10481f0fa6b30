import { expect, test } from "vitest";
import type { Reject } from "../../../src/signal/reason.js";
import { deadMessage, deadRows } from "../../../src/source/nats/dead-letter.js";

const FROM = { origin: "file:/data/信令.csv", sequence: 7 };

function reject(reason: Reject["reason"], line: number, raw = "{}"): Reject {
  return { reason, timeMs: null, source: `${FROM.origin}:${line}`, raw };
}

test("rejects of one reason share a letter, one a line, and keep their order", () => {
  const rejects = [reject("bad_time", 2), reject("bad_cell", 3), reject("bad_time", 4)];
  const letters = deadRows(rejects, FROM);
  expect(letters.map(({ headers }) => headers?.["Lifecircle-Reason"])).toEqual(["bad_time", "bad_cell"]);
  const lines = Buffer.from(letters[0]?.payload ?? [])
    .toString()
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([rejects[0], rejects[2]]);
});

test("a header is printable whatever the file is called", () => {
  const [letter] = deadRows([reject("bad_time", 2)], FROM);
  expect(letter?.headers?.["Lifecircle-Origin"]).toMatch(/^file:\/data\/[\x21-\x7e]+\.csv$/);
});

test("many long rejects make several letters that each fit a message, and none is lost", () => {
  const rejects = Array.from({ length: 300 }, (_, line) => reject("malformed", line, "x".repeat(10_000)));
  const letters = deadRows(rejects, FROM);
  expect(letters.length).toBeGreaterThan(5);
  for (const { payload } of letters) expect(payload.length).toBeLessThan(530_000);
  expect(letters.flatMap(({ payload }) => Buffer.from(payload).toString().trimEnd().split("\n"))).toHaveLength(300);
  expect(new Set(letters.map(({ id }) => id)).size).toBe(letters.length);
});

test("the same refusal has the same id, another place has another", () => {
  const [first] = deadRows([reject("bad_time", 2)], FROM);
  const [again] = deadRows([reject("bad_time", 2)], FROM);
  const [other] = deadRows([reject("bad_time", 2)], { ...FROM, sequence: 8 });
  expect(again?.id).toBe(first?.id);
  expect(other?.id).not.toBe(first?.id);
});

test("long numbers in bytes that could not be read are masked, at either end too; short ones stay", () => {
  const masked = (text: string) => Buffer.from(deadMessage(Buffer.from(text), "malformed", FROM).payload).toString();
  expect(masked("460001234567890")).toBe("###############");
  expect(masked("imsi=460001234567890, lac 22553, tel 13812345678")).toBe(
    "imsi=###############, lac 22553, tel ###########",
  );
  expect(masked("123456789")).toBe("123456789");
});
