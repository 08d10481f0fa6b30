import { beforeAll, expect, test } from "vitest";
import { cellName } from "../src/geo/cell-names.js";
import type { LoadedCity } from "../src/geo/load.js";
import { Partition } from "../src/partition.js";
import { OPTIONS } from "./derivation.js";
import { loadSound } from "./geo/city-files.js";

let city: LoadedCity;
beforeAll(() => {
  city = loadSound();
});

test("a reject becomes one row and one count, with a pseudonym and without what is not known", () => {
  const partition = new Partition(0, city, OPTIONS);
  const event = {
    timeMs: 1e12,
    subscriberHi: 1,
    subscriberLo: 2,
    cell: "cgi:460-00-1-1",
    kind: null,
    source: "file:a:1",
  };
  partition.reject("late", event);
  expect(partition.counts.rejected.late).toBe(1);
  expect(partition.rows.rejected).toEqual([
    {
      timeMs: 1e12,
      reason: "late",
      source: "file:a:1",
      raw: '{"time":"2001-09-09T01:46:40.000Z","subscriber":"4294967298","cell":"cgi:460-00-1-1"}',
    },
  ]);
});

test("rows and counts are handed over once; the next ones are new", () => {
  const partition = new Partition(0, city, OPTIONS);
  partition.reject("late", { timeMs: 0, subscriberHi: 0, subscriberLo: 0, cell: "", kind: 9, source: "a" });
  partition.stays.pingPongEvents = 3;
  const first = partition.take();
  expect(first.rows.rejected).toHaveLength(1);
  expect(first.counts).toMatchObject({ pingPong: 3, rejected: { late: 1 } });
  const second = partition.take();
  expect(second.rows.rejected).toHaveLength(0);
  expect(second.counts).toMatchObject({ pingPong: 0, rejected: { late: 0 } });
});

test("a position is told with longitude and latitude, hexagon, cell, region and venue", () => {
  const partition = new Partition(0, city, OPTIONS);
  const first = 0;
  const at = partition.located(city.cells.x[first] as number, city.cells.y[first] as number, first, undefined);
  expect(at.cell).toBe(cellName(city, first));
  expect(at.lon).toBeGreaterThan(120.1);
  expect(at.lat).toBeGreaterThan(30.2);
  expect(at.h3Hi >>> 24).toBe(0x08);
  expect(at.region).toBe("H1");
  expect(at).toMatchObject({ venue: "", category: "", venueProbability: 0 });
});

test("a venue is named where the guess is right more often than once in four", () => {
  const partition = new Partition(0, city, OPTIONS);
  const named = partition.located(0, 0, 0, { venue: 0, probability: 0.6 });
  expect(named).toMatchObject({ venue: city.venues.id[0], venueProbability: 0.6 });
  expect(partition.located(0, 0, 0, { venue: 0, probability: 0.2 })).toMatchObject({ venue: "", venueProbability: 0 });
});
