import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  dropOldOrders,
  erasedUpTo,
  erasureOrders,
  noteErased,
  orderErasure,
} from "../../src/checkpoint/erasure-orders.js";
import { temporary } from "../derivation.js";

const AGE = 1000;

test("orders come later one than the other, also when the clock stands still or goes back", async () => {
  const dir = temporary("data");
  expect(erasureOrders(dir)).toEqual([]);
  await orderErasure(dir, "1", 5000, AGE);
  await orderErasure(dir, "2", 5000, AGE);
  await orderErasure(dir, "1", 4900, AGE);
  expect(erasureOrders(dir)).toEqual([
    { pseudonym: "1", atMs: 5000 },
    { pseudonym: "2", atMs: 5001 },
    { pseudonym: "1", atMs: 5002 },
  ]);
  expect(statSync(join(dir, "privacy/forgotten.json")).mode & 0o077).toBe(0);
});

test("an order is kept until it is done, as long as the stream remembers what was sent before it, and no longer", async () => {
  const dir = temporary("data");
  await orderErasure(dir, "1", 5000, AGE);
  await orderErasure(dir, "2", 5900, AGE);
  await dropOldOrders(dir, 8000, AGE);
  expect(erasureOrders(dir)).toHaveLength(2);
  noteErased(dir, 5900);
  await dropOldOrders(dir, 6000, AGE);
  expect(erasureOrders(dir)).toHaveLength(2);
  await dropOldOrders(dir, 6001, AGE);
  expect(erasureOrders(dir).map(({ pseudonym }) => pseudonym)).toEqual(["2"]);
  await orderErasure(dir, "3", 8000, AGE);
  expect(erasureOrders(dir).map(({ pseudonym }) => pseudonym)).toEqual(["3"]);
});

test("an order is later than what is done, so that it is never taken for done", async () => {
  const dir = temporary("data");
  expect(erasedUpTo(dir)).toBe(0);
  noteErased(dir, 7000);
  noteErased(dir, 6000);
  expect(erasedUpTo(dir)).toBe(7000);
  expect((await orderErasure(dir, "1", 5000, AGE)).atMs).toBe(7001);
});

test("a damaged file is told of and not taken for an empty one", async () => {
  const dir = temporary("data");
  await orderErasure(dir, "1", 5000, AGE);
  for (const text of ["", "{", '[{"pseudonym":"x","atMs":1}]']) {
    writeFileSync(join(dir, "privacy/forgotten.json"), text);
    expect(() => erasureOrders(dir)).toThrow(/forgotten\.json is damaged\n {2}mend: /);
  }
});
