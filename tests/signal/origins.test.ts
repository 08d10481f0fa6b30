import { expect, test } from "vitest";
import { ORIGINS_MAX, Origins } from "../../src/signal/origins.js";

test("a delivery is of the file that was last noted at or before it", () => {
  const origins = new Origins();
  origins.note(1, "file:a.csv");
  origins.note(2, "file:a.csv");
  origins.note(3, "file:b.csv");
  expect([1, 2, 3, 9].map((sequence) => origins.of(sequence))).toEqual([
    "file:a.csv",
    "file:a.csv",
    "file:b.csv",
    "file:b.csv",
  ]);
  expect(origins.entries).toHaveLength(2);
  expect(origins.of(0)).toBe("");
});

test("of a NATS message the subject counts, so that a stream is one origin however many messages it has", () => {
  const origins = new Origins();
  for (const sequence of [5, 6, 900]) origins.note(sequence, `nats:signalling.v1.0:${sequence}`);
  expect(origins.entries).toEqual([{ sequence: 5, name: "nats:signalling.v1.0" }]);
});

test("the oldest origins are forgotten when there are too many", () => {
  const origins = new Origins();
  for (let file = 0; file < ORIGINS_MAX + 2; file++) origins.note(file, `file:${file}`);
  expect(origins.entries).toHaveLength(ORIGINS_MAX);
  expect([1, 2].map((sequence) => origins.of(sequence))).toEqual(["", "file:2"]);
});
