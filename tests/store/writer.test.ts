import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AnchorRow,
  emptyRowSet,
  type MembershipRow,
  type PortraitRow,
  PresenceRows,
  type RowSet,
  type StayRow,
  type WayRow,
} from "../../src/rows.js";
import { openStore, type Store } from "../../src/store/client.js";
import { createStoreWriter, type StoreWriter } from "../../src/store/writer.js";
import { startTestServer, type TestServer, testOptions } from "./support.js";

const LIMITS = { insertRowsMax: 100_000, insertBytesMax: 16 * 1024 * 1024 };
const TIME_MS = Date.UTC(2024, 2, 1, 22, 15, 30);
const PLACE = {
  lon: 113.324521,
  lat: 23.119338,
  h3Hi: 0xffffffff,
  h3Lo: 0xffffffff,
  cell: "ncgi:460-00-68719476735",
  region: "天河-04",
  venue: "v'\t\\",
  category: "residential",
};
const HIGHEST = { subscriberHi: 0xffffffff, subscriberLo: 0xffffffff };
const MAX = "18446744073709551615";

const stay: StayRow = {
  ...HIGHEST,
  ...PLACE,
  startMs: TIME_MS,
  endMs: TIME_MS + 3_600_000,
  confidence: 0.75,
  events: 4_294_967_295,
  venueProbability: 0.5,
  arrivalErrorSec: 120,
  departureErrorSec: 900,
  candidates: [
    { venue: "广场", probability: 0.5 },
    { venue: "V2", probability: 0.25 },
  ],
};
const way: WayRow = {
  ...HIGHEST,
  startMs: TIME_MS,
  endMs: TIME_MS + 1000,
  metro: Number.NEGATIVE_INFINITY,
  bus: -0.5,
  touched: [{ venue: "S1", probability: 0.5, firstMs: TIME_MS, lastMs: TIME_MS + 500_000 }],
};
const portrait: PortraitRow = {
  ...HIGHEST,
  day: 19_783,
  versionMs: TIME_MS,
  knownUntilSec: TIME_MS / 1000 - 30,
  streamFirstDay: 19_756,
  heard: 0xf0000001,
  silentDays: 23,
  isForeign: true,
  observedDays: 28,
  nightsObserved: 27,
  recentNightsObserved: 7,
  workdaysObserved: 20,
  wakingMinutes: 65_535,
  nightObservations: 70_000,
  workObservations: 12,
  places: [
    {
      lon: PLACE.lon,
      lat: PLACE.lat,
      sigma: 0.5,
      nights: 27,
      recentNights: 7,
      workdays: 1,
      nightMinutes: 12_000,
      workMinutes: 60,
      wakingMinutes: 9000,
      seenDay: 19_783,
      cells: [
        { cell: PLACE.cell, weight: 255.5 },
        { cell: "cgi:460-00-1-2", weight: 0.5 },
      ],
    },
    {
      lon: 0,
      lat: 0,
      sigma: 0,
      nights: 0,
      recentNights: 0,
      workdays: 0,
      nightMinutes: 0,
      workMinutes: 0,
      wakingMinutes: 0,
      seenDay: 1,
      cells: [],
    },
  ],
};
const anchor: AnchorRow = {
  ...HIGHEST,
  ...PLACE,
  kind: "day",
  rank: 2,
  share: 0.25,
  days: 65_535,
  rule: "weekday-day",
  confidence: 0.5,
  versionMs: TIME_MS,
  gone: false,
};
const membership: MembershipRow = {
  ...HIGHEST,
  dimension: "behaviour",
  circle: "夜班 · night",
  score: 0.5,
  sinceMs: TIME_MS,
  seenMs: TIME_MS + 1000,
  evidence: JSON.stringify({ rule: "居住 'at' \\ \n\u{1f3e0}", days: [1, 2] }),
  versionMs: TIME_MS,
  gone: false,
};

let server: TestServer;
let store: Store;
let writer: StoreWriter;
beforeAll(async () => {
  server = await startTestServer();
  store = await openStore(testOptions(server.url));
  writer = createStoreWriter(store, LIMITS);
});
afterAll(async () => {
  await store.client.command({
    query: "DROP DATABASE {name:Identifier}",
    query_params: { name: await databaseName() },
  });
  await store.close();
  await server.close();
});

async function databaseName(): Promise<string> {
  return String((await read("SELECT currentDatabase() AS name"))[0]?.name);
}

async function read(query: string): Promise<Record<string, unknown>[]> {
  const answer = await store.client.query({
    query,
    format: "JSONEachRow",
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  return answer.json<Record<string, unknown>>();
}

const write = (rows: Partial<RowSet>) => writer.write({ ...emptyRowSet(), ...rows });

const PLACE_READ = {
  lon: PLACE.lon,
  lat: PLACE.lat,
  h3: MAX,
  cell: PLACE.cell,
  region: PLACE.region,
  venue: PLACE.venue,
  category: "residential",
};

test("every table gives back exactly what was written, once, however often it was written", async () => {
  const rows: RowSet = {
    stays: [stay],
    ways: [way],
    portraits: [portrait],
    anchors: [anchor],
    memberships: [membership],
    membershipLog: [{ ...membership, change: "strengthened" }],
    presence: PresenceRows.of(
      [0, 1].map((partition) => ({
        slotMs: TIME_MS,
        h3Hi: 0x87411c,
        h3Lo: 0x12345678,
        region: "R1",
        circle: "",
        partition,
        subscribers: 40,
      })),
    ),
    devices: [{ ...HIGHEST, tac: 35_284_011, sinceMs: TIME_MS }],
    rejected: [{ timeMs: TIME_MS, reason: "late", source: "file:a.csv:7", raw: "2024,\u0000,广" }],
  };
  await writer.write(rows);
  await writer.write(rows);
  expect(await read("SELECT * FROM devices")).toEqual([
    { subscriber: MAX, tac: 35_284_011, since: "2024-03-01 22:15:30" },
  ]);
  expect(await read("SELECT * FROM stays")).toEqual([
    {
      subscriber: MAX,
      start: "2024-03-01 22:15:30",
      end: "2024-03-01 23:15:30",
      ...PLACE_READ,
      confidence: 0.75,
      events: 4_294_967_295,
      venue_probability: 0.5,
    },
  ]);
  expect(await read("SELECT arrival_error, departure_error, candidates FROM stays_rows FINAL")).toEqual([
    { arrival_error: 120, departure_error: 900, candidates: stay.candidates },
  ]);
  expect(await read("SELECT *, isInfinite(metro) AS unlike FROM ways")).toEqual([
    {
      subscriber: MAX,
      start: "2024-03-01 22:15:30",
      end: "2024-03-01 22:15:31",
      metro: null,
      unlike: 1,
      bus: -0.5,
      touched: [{ venue: "S1", probability: 0.5, first: "2024-03-01 22:15:30", last: "2024-03-01 22:23:50" }],
    },
  ]);
  expect(await read("SELECT * FROM portraits")).toEqual([
    {
      subscriber: MAX,
      day: "2024-03-01",
      known_until: "2024-03-01 22:15:00",
      stream_first_day: "2024-02-03",
      heard: 0xf0000001,
      silent_days: 23,
      is_foreign: 1,
      observed_days: 28,
      nights_observed: 27,
      recent_nights_observed: 7,
      working_days_observed: 20,
      waking_minutes: 65_535,
      night_observations: 65_535,
      work_observations: 12,
      places: portrait.places.map(({ lon, lat, sigma, nights, cells, ...place }) => ({
        lon,
        lat,
        sigma,
        nights,
        recent_nights: place.recentNights,
        working_days: place.workdays,
        night_minutes: place.nightMinutes,
        work_minutes: place.workMinutes,
        waking_minutes: place.wakingMinutes,
        seen: new Date(place.seenDay * 86_400_000).toISOString().slice(0, 10),
        cells,
      })),
    },
  ]);
  expect(await read("SELECT * FROM anchors")).toEqual([
    {
      subscriber: MAX,
      kind: "day",
      rank: 2,
      ...PLACE_READ,
      share: 0.25,
      days: 65_535,
      rule: "weekday-day",
      confidence: 0.5,
    },
  ]);
  const shared = {
    subscriber: MAX,
    dimension: "behaviour",
    circle: membership.circle,
    score: 0.5,
    since: "2024-03-01 22:15:30",
    seen: "2024-03-01 22:15:31",
    evidence: membership.evidence,
  };
  expect(await read("SELECT * FROM memberships")).toEqual([shared]);
  expect(await read("SELECT * FROM membership_log")).toEqual([
    { ...shared, change: "strengthened", time: "2024-03-01 22:15:30" },
  ]);
  expect(await read("SELECT * FROM presence")).toEqual([
    {
      slot: "2024-03-01 22:15:30",
      h3: ((0x87411cn << 32n) | 0x12345678n).toString(),
      region: "R1",
      circle: "",
      subscribers: 80,
    },
  ]);
  expect(await read("SELECT * FROM rejected")).toEqual([
    { time: "2024-03-01 22:15:30", reason: "late", source: "file:a.csv:7", raw: "2024,\u0000,广" },
  ]);
});

test("names and types of the columns are those of the contract", async () => {
  const columns = async (table: string) =>
    (
      await read(
        `SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = '${table}' ORDER BY position`,
      )
    )
      .map((row) => `${row.name} ${row.type}`)
      .join(", ");
  expect(await columns("memberships")).toBe(
    "subscriber UInt64, dimension Enum8('region' = 1, 'demographic' = 2, 'preference' = 3, 'behaviour' = 4), " +
      "circle LowCardinality(String), score Float32, since DateTime('UTC'), seen DateTime('UTC'), evidence String",
  );
  expect(await columns("stays")).toBe(
    "subscriber UInt64, start DateTime('UTC'), end DateTime('UTC'), lon Float64, lat Float64, h3 UInt64, cell String, " +
      "region LowCardinality(String), venue LowCardinality(String), category LowCardinality(String), confidence Float32, " +
      "events UInt32, venue_probability Float32",
  );
  expect(await columns("presence")).toBe(
    "slot DateTime('UTC'), h3 UInt64, region LowCardinality(String), circle LowCardinality(String), subscribers UInt32",
  );
});

test("a newer version replaces, an older one does not, and `gone` takes the row away until it comes back", async () => {
  const key = { subscriberHi: 1, subscriberLo: 2, circle: "home:R9" };
  const at = (versionMs: number, change: Partial<MembershipRow>) => ({ ...membership, ...key, versionMs, ...change });
  const scores = async () =>
    (await read("SELECT score FROM memberships WHERE circle = 'home:R9'")).map((row) => row.score);
  await write({ memberships: [at(20, { score: 0.5 })] });
  await write({ memberships: [at(10, { score: 0.25 })] });
  expect(await scores()).toEqual([0.5]);
  await write({ memberships: [at(30, { score: 0.75 }), at(40, { gone: true })] });
  expect(await scores()).toEqual([]);
  await write({ memberships: [at(35, { score: 1 })] });
  expect(await scores()).toEqual([]);
  await write({ memberships: [at(50, { score: 1 })] });
  expect(await scores()).toEqual([1]);

  const home: AnchorRow = { ...anchor, subscriberHi: 1, subscriberLo: 2, kind: "home", rank: 1 };
  await write({ anchors: [home, { ...home, versionMs: TIME_MS + 1, region: "moved" }] });
  expect((await read("SELECT region FROM anchors WHERE kind = 'home'")).map((row) => row.region)).toEqual(["moved"]);
  await write({ anchors: [{ ...home, versionMs: TIME_MS + 2, gone: true }] });
  expect(await read("SELECT region FROM anchors WHERE kind = 'home'")).toEqual([]);
});

test("inserts are cut at either limit and nothing is lost or doubled", async () => {
  const many = Array.from(
    { length: 5000 },
    (_, i): StayRow => ({ ...stay, subscriberHi: 7, subscriberLo: i, startMs: TIME_MS + 86_400_000 * (i % 60) }),
  );
  const bodies: number[] = [];
  const counting = {
    insertRowBinary: async (table: string, columns: readonly string[], rows: Uint8Array) => {
      bodies.push(rows.length);
      await store.insertRowBinary(table, columns, rows);
    },
  };
  await createStoreWriter(counting, { insertRowsMax: 1000, insertBytesMax: 60_000 }).write({
    ...emptyRowSet(),
    stays: many,
  });
  expect(bodies.length).toBeGreaterThan(5);
  expect(Math.max(...bodies)).toBeLessThan(60_000 + 300);
  expect(
    await read("SELECT count() AS n, uniqExact(subscriber) AS u FROM stays WHERE subscriber != 18446744073709551615"),
  ).toEqual([{ n: "5000", u: "5000" }]);
});

test("writes go in order while others ask heavy questions", async () => {
  const leave = new AbortController();
  const heavy = store.client
    .query({ query: "SELECT sum(sipHash64(number)) FROM numbers(100000000000)", abort_signal: leave.signal })
    .catch(() => "left");
  const row = { ...membership, subscriberHi: 3, subscriberLo: 3, circle: "order" };
  await Promise.all([1, 2, 3, 4].map((i) => write({ memberships: [{ ...row, score: i / 4 }] })));
  expect(await read("SELECT score FROM memberships WHERE circle = 'order'")).toEqual([{ score: 1 }]);
  leave.abort();
  expect(await heavy).toBe("left");
});

test("a question for one circle or one subscriber reads a part of the table, through the view", async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => ({
    ...membership,
    subscriberLo: i,
    circle: `c${i % 6}`,
    evidence: "{}",
  }));
  await write({ memberships: rows });
  const granules = async (where: string) => {
    const plan = await read(`EXPLAIN indexes = 1, json = 1 SELECT count() FROM memberships WHERE ${where}`);
    const parts = [...JSON.stringify(plan).matchAll(/Selected Granules\\*": (\d+)/g)];
    return Number(parts.at(-1)?.[1]);
  };
  const all = await granules("score >= 0");
  expect(await granules("circle = 'c3'")).toBeLessThan(all / 3);
  expect(await granules("subscriber = 18446744069414584327")).toBeLessThan(all / 2);
});

test("a change of the log is written after the membership that it speaks of, so that who follows the log misses none", async () => {
  const tables: string[] = [];
  const noting = { insertRowBinary: async (table: string) => void tables.push(table) };
  const membership: MembershipRow = {
    ...{ ...HIGHEST, dimension: "behaviour", circle: "film", score: 1, sinceMs: TIME_MS, seenMs: TIME_MS },
    ...{ evidence: "{}", versionMs: TIME_MS, gone: false },
  };
  const membershipLog = [{ ...membership, change: "entered" as const }];
  await createStoreWriter(noting, LIMITS).write({ ...emptyRowSet(), memberships: [membership], membershipLog });
  expect(tables).toEqual(["memberships_rows", "membership_log_rows"]);
});
