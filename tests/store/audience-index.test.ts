import { expect, test } from "vitest";
import { countBits, idsIn } from "../../src/audience/bitset.js";
import { parseAudience } from "../../src/audience/parse.js";
import { type AnchorRow, emptyRowSet, type MembershipLogRow, type StayRow } from "../../src/rows.js";
import type { Excluded } from "../../src/signal/exclusion.js";
import { AudienceIndex } from "../../src/store/audience-index.js";
import { createStoreWriter } from "../../src/store/writer.js";
import { storeOfTests } from "./support.js";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 2, 20);
const here = storeOfTests();

function change(person: number, circle: string, more: Partial<MembershipLogRow> = {}): MembershipLogRow {
  return {
    ...{ subscriberHi: 0xffffffff, subscriberLo: person, dimension: "behaviour", circle, score: 0.7 },
    ...{
      sinceMs: NOW_MS - 10 * DAY_MS,
      seenMs: NOW_MS,
      evidence: "{}",
      versionMs: NOW_MS,
      gone: false,
      change: "entered",
    },
    ...more,
  };
}

function stay(person: number, venue: string, startMs: number, minutes: number): StayRow {
  return {
    ...{
      subscriberHi: 0xffffffff,
      subscriberLo: person,
      startMs,
      endMs: startMs + minutes * 60_000,
      lon: 113,
      lat: 23,
    },
    ...{ h3Hi: 1, h3Lo: 2, cell: "ecgi:460-00-1", region: "R1", venue, category: "stadium", confidence: 1, events: 3 },
    ...{ venueProbability: 1, arrivalErrorSec: 0, departureErrorSec: 0, candidates: [] },
  };
}

async function write(
  changes: MembershipLogRow[],
  stays: StayRow[] = [],
  tacs: readonly (readonly [person: number, tac: number, sinceMs?: number])[] = [],
): Promise<void> {
  const devices = tacs.map(([subscriberLo, tac, sinceMs = NOW_MS]) => ({
    ...{ subscriberHi: 0xffffffff, subscriberLo, tac, sinceMs },
  }));
  const rows = { ...emptyRowSet(), memberships: changes, membershipLog: changes, stays, devices };
  await createStoreWriter(here.store, { insertRowsMax: 1000, insertBytesMax: 1e6 }).write(rows);
}

/** The people of a text by the low words of their pseudonyms. */
async function peopleOf(index: AudienceIndex, text: string): Promise<number[]> {
  const parsed = parseAudience(text, { circles: index.circles() });
  if ("fault" in parsed) throw new Error(parsed.fault.says);
  const bits = await index.people(parsed.expression);
  return [...idsIn(bits)].map((id) => Number(index.pseudonymOf(id) & 0xffffffffn)).sort((a, b) => a - b);
}

test("audiences are read from the here.store, and follow what is written to it", async () => {
  await write(
    [
      change(1, "film"),
      change(2, "film", { score: 0.9, seenMs: NOW_MS - 5 * DAY_MS }),
      change(3, "film", { sinceMs: NOW_MS - 30 * DAY_MS }),
      change(2, "music"),
      change(4, "music"),
      change(4, "home:440106", { dimension: "region" }),
    ],
    [
      stay(1, "arena", NOW_MS - DAY_MS, 90),
      stay(2, "arena", NOW_MS - DAY_MS, 20),
      stay(9, "arena", NOW_MS - DAY_MS, 90),
    ],
    [
      [1, 35284011],
      [2, 86000001],
      [3, 35284011],
      [9, 35284011],
    ],
  );
  const index = await AudienceIndex.open(here.store.client, { setBytesMax: 1e6 });
  expect(index.asOfMs).toBe(NOW_MS);
  expect(await peopleOf(index, "film and not music")).toEqual([1, 3]);
  expect(await peopleOf(index, "music and home in 440106")).toEqual([4]);
  expect(await peopleOf(index, "not film")).toEqual([4]);
  expect(await peopleOf(index, "film score >= 0.7")).toEqual([1, 2, 3]);
  expect(await peopleOf(index, "film score >= 0.71")).toEqual([2]);
  expect(await peopleOf(index, "film seen within 3 days")).toEqual([1, 3]);
  expect(await peopleOf(index, "film member within 15 days")).toEqual([1, 2]);
  expect(await peopleOf(index, "film member for 15 days")).toEqual([3]);
  expect(await peopleOf(index, "at venue arena within 2 days")).toEqual([1, 2]);
  expect(await peopleOf(index, "at venue arena within 2 days for 60 minutes")).toEqual([1]);
  expect(await peopleOf(index, "at venue arena between 2026-03-19T08:00+08:00 and 2026-03-19T08:10+08:00")).toEqual([
    1, 2,
  ]);
  expect(await peopleOf(index, "at venue arena between 2026-03-18T08:00Z and 2026-03-19T00:00Z")).toEqual([]);

  expect(await peopleOf(index, "device 35284011")).toEqual([1, 3]);
  expect(await peopleOf(index, "film and not device in (35284011, 35000000)")).toEqual([2]);

  // Who comes to a place, or to a device, is in before the hour is over.
  await write([], [stay(4, "arena", NOW_MS - 3_600_000, 30)], [[2, 35284011, NOW_MS + 1000]]);
  await index.refresh();
  expect(await peopleOf(index, "at venue arena within 2 days")).toEqual([1, 2, 4]);
  expect(await peopleOf(index, "device 35284011")).toEqual([1, 2, 3]);

  const later = { versionMs: NOW_MS + DAY_MS, seenMs: NOW_MS + DAY_MS };
  await write([
    change(1, "film", { ...later, gone: true, change: "left" }),
    change(5, "film", { ...later, sinceMs: NOW_MS + DAY_MS }),
    change(2, "film", { ...later, score: 0.6, change: "strengthened" }),
  ]);
  await index.refresh();
  expect(index.asOfMs).toBe(NOW_MS + DAY_MS);
  expect(await peopleOf(index, "film")).toEqual([2, 3, 5]);
  expect(await peopleOf(index, "film score >= 0.7")).toEqual([3, 5]);
  expect(await peopleOf(index, "film member within 15 days")).toEqual([2, 5]);
  expect(await peopleOf(index, "device 86000001")).toEqual([]);
  // Who was in one circle alone, and left it, is in no audience.
  expect(await peopleOf(index, "not film")).toEqual([4]);
});

test("who comes into a first circle was at the places and has the device that were told of before", async () => {
  await write(
    [change(41, "late")],
    [stay(41, "theatre", NOW_MS - DAY_MS, 90), stay(42, "theatre", NOW_MS - DAY_MS, 90)],
    [[42, 35284099]],
  );
  // A minute back is read again at each look anyway.
  for (const table of ["stays_rows", "devices_rows"])
    await here.store.client.command({
      query: `ALTER TABLE ${table} UPDATE written = toDateTime(1767225600) WHERE bitAnd(subscriber, 0xffffffff) IN (41, 42)`,
      clickhouse_settings: { mutations_sync: "1" },
    });
  const index = await AudienceIndex.open(here.store.client);
  expect(await peopleOf(index, "at venue theatre within 7 days")).toEqual([41]);
  expect(await peopleOf(index, "device 35284099")).toEqual([]);
  await write([change(42, "late")]);
  await index.refresh();
  expect(await peopleOf(index, "at venue theatre within 7 days")).toEqual([41, 42]);
  expect(await peopleOf(index, "device 35284099")).toEqual([42]);
});

test("who is excluded is in no audience until the list lets them in again, and numbers leave them out", async () => {
  await write([change(501, "chess"), change(502, "chess")]);
  let excluded: readonly Excluded[] = [];
  const index = await AudienceIndex.open(here.store.client, { excluded: () => excluded });
  expect(await peopleOf(index, "chess")).toEqual([501, 502]);
  excluded = [{ hi: 0xffffffff, lo: 501, sentUntilMs: Number.POSITIVE_INFINITY }];
  await index.refresh();
  expect(await peopleOf(index, "chess")).toEqual([502]);
  expect(await peopleOf(index, "chess and not music")).toEqual([502]);
  const again = { versionMs: NOW_MS + 2 * DAY_MS };
  await write([change(501, "chess", again)]);
  await index.refresh();
  expect(await peopleOf(index, "chess")).toEqual([502]);
  excluded = [];
  await index.refresh();
  expect(await peopleOf(index, "chess")).toEqual([501, 502]);
});

test("for a number that is told, a circle of fewer than k people does not count", async () => {
  const circleOf = (i: number) => (i < 3 ? "rare" : i < 40 ? "common" : "other");
  await write(Array.from({ length: 80 }, (_, i) => change(100 + i, circleOf(i))));
  const index = await AudienceIndex.open(here.store.client, { setBytesMax: 1e6 });
  const counted = async (text: string) => {
    const parsed = parseAudience(text);
    if ("fault" in parsed) throw new Error(parsed.fault.says);
    return countBits(await index.peopleToTell(parsed.expression, 15));
  };
  expect(await counted("common")).toBe(37);
  expect(await counted("common or rare")).toBe(37);
  expect(await counted("common and not rare")).toBe(37);
  // These are all but a few: to tell their number would tell of the rest.
  expect(await counted("common or other")).toBe(await counted("not rare"));
});

function home(person: number, region: string, versionMs: number, gone = false): AnchorRow {
  return {
    ...{ subscriberHi: 0xffffffff, subscriberLo: person, kind: "home", rank: 1, lon: 113, lat: 23, h3Hi: 1, h3Lo: 2 },
    ...{ cell: "ecgi:460-00-1", region, venue: "", category: "", share: 1, days: 9, rule: "nights", confidence: 1 },
    ...{ versionMs, gone },
  };
}

test("the members of a circle are divided by their homes and the other circles, also when they move and leave", async () => {
  const anchors = (rows: AnchorRow[]) =>
    createStoreWriter(here.store, { insertRowsMax: 1000, insertBytesMax: 1e6 }).write({
      ...emptyRowSet(),
      anchors: rows,
    });
  const people = [901, 902, 903, 904];
  await write(people.map((person) => change(person, "divided")).concat([change(901, "other"), change(905, "other")]));
  await write([change(901, "home:W", { dimension: "region" })]);
  await anchors([home(901, "W", 1), home(902, "W", 1), home(903, "E", 1), home(905, "W", 1)]);
  const index = await AudienceIndex.open(here.store.client);
  const first = await index.breakdown("divided", null);
  expect(Object.fromEntries(first.regions)).toEqual({ W: 2, E: 1 });
  expect(first.circles.get("other")).toBe(1);
  expect([first.circles.has("divided"), first.circles.has("home:W")]).toEqual([false, false]);
  const east = await index.breakdown("divided", ["E"]);
  expect([Object.fromEntries(east.regions), east.circles.get("other")]).toEqual([{ E: 1 }, 0]);
  await anchors([home(902, "new", 2), home(903, "E", 2, true), home(904, "E", 1)]);
  await write([change(901, "divided", { change: "left", gone: true, versionMs: NOW_MS + 1 }), change(902, "other")]);
  await index.refresh();
  const later = await index.breakdown("divided", null);
  expect(Object.fromEntries(later.regions)).toEqual({ new: 1, E: 1 });
  expect(later.circles.get("other")).toBe(1);
});
