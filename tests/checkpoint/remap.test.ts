import { from, lastValueFrom } from "rxjs";
import { beforeAll, expect, test } from "vitest";
import { moveRunning, remapBetween } from "../../src/checkpoint/remap.js";
import { type LoadedCity, loadCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import type { RowSet } from "../../src/rows.js";
import type { Delivery } from "../../src/source/source.js";
import { deliveriesOf, OPTIONS, stored } from "../derivation.js";
import { collection, feature } from "../geo/city-files.js";
import { smallCityFiles, smallSignalling } from "../smoke/small-city.js";
import { savedAndRestored } from "./memory-files.js";

type Files = Record<string, string>;

const FILES: Files = {
  ...smallCityFiles(),
  "venues.geojson": collection(
    ...[0, 1, 2, 3].map((i) =>
      feature(
        { venue: `v${i}`, name: `V${i}`, category: i % 2 === 0 ? "residential" : "office" },
        { type: "Point", coordinates: [113.3 + i * 0.008, 23.1] },
      ),
    ),
  ),
};

function cityOf(files: Files): LoadedCity {
  const { city, faults } = loadCity(
    new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])),
  );
  if (city === null) throw new Error(JSON.stringify(faults));
  return city;
}

function withLines(name: string, change: (lines: string[]) => string[]): Files {
  const [header, ...lines] = (FILES[name] as string).trim().split("\n");
  return { ...FILES, [name]: `${[header, ...change(lines)].join("\n")}\n` };
}

let deliveries: Delivery[];
beforeAll(async () => {
  deliveries = await deliveriesOf(smallSignalling(10, 7));
});

async function drive(partitions: Map<number, Partition>, city: LoadedCity, some: readonly Delivery[]): Promise<void> {
  const partitionOf = (number: number) => {
    const partition = partitions.get(number) ?? new Partition(number, city, OPTIONS);
    partitions.set(number, partition);
    return partition;
  };
  await lastValueFrom(from(some).pipe(pipeline(partitionOf)), { defaultValue: null });
}

/** What a store holds after a run that is broken off, saved, and gone on with in the second city. */
async function across(
  before: LoadedCity,
  after: LoadedCity,
  share = 0.6,
): Promise<{ epochs: RowSet[]; said: string[]; partitions: Partition[] }> {
  const cut = Math.floor(deliveries.length * share);
  const first = new Map<number, Partition>();
  await drive(first, before, deliveries.slice(0, cut));
  const epochs = [...first.values()].map((partition) => partition.take().rows);
  const said: string[] = [];
  const restored = await savedAndRestored([...first.values()], after, (message) => said.push(message));
  const second = new Map(restored.map((one) => [one.number, one]));
  await drive(second, after, deliveries.slice(cut));
  const partitions = [...second.values()];
  return { epochs: [...epochs, ...partitions.map(({ rows }) => rows)], said, partitions };
}

/** The same, with an engine that goes over to the second city while it runs. */
async function running(before: LoadedCity, after: LoadedCity, share = 0.6): Promise<RowSet[]> {
  const cut = Math.floor(deliveries.length * share);
  const partitions = new Map<number, Partition>();
  await drive(partitions, before, deliveries.slice(0, cut));
  const epochs = [...partitions.values()].map((partition) => partition.take().rows);
  const remap = remapBetween(before, after);
  for (const partition of partitions.values()) moveRunning(partition, after, OPTIONS.rules, remap);
  await drive(partitions, after, deliveries.slice(cut));
  return [...epochs, ...[...partitions.values()].map(({ rows }) => rows)];
}

const undisturbed = async (city: LoadedCity) => {
  const partitions = new Map<number, Partition>();
  await drive(partitions, city, deliveries);
  return stored([...partitions.values()].map(({ rows }) => rows));
};

/**
 * Stays and circles, without the metres and seconds that depend on the order in which footprints are measured: stays by subscriber with
 * cell, region and minutes, and who is in which circle at the end.
 */
function lives(sets: readonly RowSet[]) {
  const stays = new Map<string, string[]>();
  const members = new Map<string, boolean>();
  for (const row of sets.flatMap((set) => set.stays)) {
    const key = `${row.subscriberHi} ${row.subscriberLo}`;
    const told = [row.cell, row.region, Math.round((row.endMs - row.startMs) / 600_000)].join(" ");
    stays.set(key, [...(stays.get(key) ?? []), told]);
  }
  for (const row of sets.flatMap((set) => set.memberships))
    members.set(`${row.subscriberHi} ${row.subscriberLo} ${row.circle}`, !row.gone);
  return { stays, members };
}

const livesUndisturbed = async (city: LoadedCity) => {
  const partitions = new Map<number, Partition>();
  await drive(partitions, city, deliveries);
  return lives([...partitions.values()].map(({ rows }) => rows));
};

test("with the rows of cells, regions and venues in another order a state goes on as if nothing had happened", async () => {
  const before = cityOf(FILES);
  const shuffled = cityOf({
    ...withLines("cells.csv", (lines) => lines.toReversed()),
    "regions.csv": "region,level,name,parent\nE,4,east,\nW,4,west,\n",
    "venues.geojson": JSON.stringify({
      type: "FeatureCollection",
      features: JSON.parse(FILES["venues.geojson"] as string).features.toReversed(),
    }),
  });
  const { epochs, said } = await across(before, shuffled);
  expect(lives(epochs)).toEqual(await livesUndisturbed(before));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("0 cells, 0 regions and 0 venues are no more");
  expect(said[0]).toContain("0 memberships were left");
});

test("with the same reference data nothing is said", async () => {
  const { epochs, said } = await across(cityOf(FILES), cityOf(FILES));
  expect(said).toEqual([]);
  expect(stored(epochs)).toEqual(await undisturbed(cityOf(FILES)));
});

test("with a cell more everything goes on, and with other bounds positions stay where they are", async () => {
  const more = withLines("cells.csv", (lines) => ["ecgi:460-00-500,113.5,23.2,E", ...lines]);
  const wider: Files = { ...more, "city.yaml": (FILES["city.yaml"] as string).replace("[113.0, 23.0", "[112.9, 22.9") };
  const { epochs } = await across(cityOf(FILES), cityOf(wider));
  const inOrder = (sets: readonly RowSet[]) =>
    sets.flatMap(({ stays }) => stays).sort((a, b) => a.subscriberLo - b.subscriberLo || a.startMs - b.startMs);
  const partitions = new Map<number, Partition>();
  await drive(partitions, cityOf(FILES), deliveries);
  const expected = inOrder([...partitions.values()].map(({ rows }) => rows));
  const stays = inOrder(epochs);
  expect(stays.length).toBe(expected.length);
  expect(stays.length).toBeGreaterThan(100);
  for (const [i, { cell, lon, lat, startMs }] of stays.entries()) {
    const same = expected[i] as (typeof stays)[number];
    expect(cell).toBe(same.cell);
    expect(Math.abs(startMs - same.startMs)).toBeLessThan(60_000);
    expect(lon).toBeCloseTo(same.lon, 3);
    expect(lat).toBeCloseTo(same.lat, 3);
  }
});

test("circles of a cell or region that is no more are left, once; the others are not", async () => {
  const before = cityOf(FILES);
  const home = "ecgi:460-00-1000";
  const after = cityOf(withLines("cells.csv", (lines) => lines.filter((line) => !line.startsWith(`${home},`))));
  const { epochs, said, partitions } = await across(before, after);
  expect(said[0]).toMatch(/^the reference data have changed: 1 cells, 0 regions/);
  const log = epochs.flatMap(({ membershipLog }) => membershipLog);
  const left = log.filter(({ change, evidence }) => change === "left" && evidence.includes("reference data"));
  expect(left.map(({ circle }) => circle)).toContain(`home:${home}`);
  const keys = left.map(({ subscriberHi, subscriberLo, circle }) => `${subscriberHi} ${subscriberLo} ${circle}`);
  expect(new Set(keys).size).toBe(keys.length);
  // Whoever had nothing to do with that cell has left nothing.
  const holders = new Set(log.filter(({ circle }) => circle.endsWith(home)).map(({ subscriberLo }) => subscriberLo));
  expect(left.filter(({ subscriberLo }) => !holders.has(subscriberLo))).toEqual([]);
  // No row of later days names it, and its events are counted as those of an unknown cell.
  const later = partitions.flatMap(({ rows }) => rows.stays);
  expect(later.length).toBeGreaterThan(20);
  expect(later.filter(({ cell }) => cell === home)).toEqual([]);
  expect(partitions.reduce((sum, { counts }) => sum + counts.rejected.unknown_cell, 0)).toBeGreaterThan(10);
});

test("a running partition goes over to other reference data exactly as one that is saved and restored with them", async () => {
  const home = "ecgi:460-00-1000";
  const changes: Files[] = [
    FILES,
    withLines("cells.csv", (lines) => lines.filter((line) => !line.startsWith(`${home},`))),
    withLines("cells.csv", (lines) => ["ecgi:460-00-9,113.31,23.11,W", ...lines.toReversed()]),
    { ...FILES, "holidays.csv": "date,kind\n2026-01-09,holiday\n" },
    { ...FILES, "city.yaml": (FILES["city.yaml"] as string).replace("[113.0, 23.0", "[112.9, 22.9") },
  ];
  for (const change of changes) {
    const { epochs } = await across(cityOf(FILES), cityOf(change));
    const live = stored(await running(cityOf(FILES), cityOf(change)));
    expect(live.length).toBeGreaterThan(300);
    expect(live).toEqual(stored(epochs));
  }
  expect(stored(await running(cityOf(FILES), cityOf(FILES)))).toEqual(await undisturbed(cityOf(FILES)));
});

test("reference data of another city or time zone are refused", () => {
  const other = { ...FILES, "cells.csv": "cell,lon,lat\necgi:460-00-7,113.3,23.1\n" };
  expect(() => remapBetween(cityOf(FILES), cityOf(other))).toThrow(/of another city than Small: none of its cells/);
  const moved = { ...FILES, "city.yaml": (FILES["city.yaml"] as string).replace("Asia/Shanghai", "Asia/Tokyo") };
  expect(() => remapBetween(cityOf(FILES), cityOf(moved))).toThrow(/its time zone is Asia\/Shanghai/);
});

test("with a region renamed its circles are left and those of the new name entered", async () => {
  const renamed: Files = {};
  for (const [name, text] of Object.entries(FILES))
    renamed[name] = text.replaceAll(/,W$/gm, ",WW").replaceAll(/^W,/gm, "WW,");
  const { epochs } = await across(cityOf(FILES), cityOf(renamed));
  const members = new Map<string, boolean>();
  for (const { subscriberLo, circle, gone } of epochs.flatMap(({ memberships }) => memberships))
    members.set(`${subscriberLo} ${circle}`, !gone);
  const standing = [...members].filter(([, isIn]) => isIn).map(([key]) => key.split(" ")[1] as string);
  expect(standing.filter((circle) => circle.endsWith(":W"))).toEqual([]);
  expect(standing.filter((circle) => circle === "home:WW").length).toBeGreaterThan(2);
});
