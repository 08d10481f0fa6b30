import { expect, test } from "vitest";
import { LEG, STAY, TOUCH } from "../../src/circle/diary.js";
import {
  Retelling,
  rowOf,
  type StoredLife,
  type StoredPortrait,
  type StoredStay,
} from "../../src/circle/stored-life.js";
import { toLat, toLon } from "../../src/geo/city.js";
import { OPTIONS } from "../derivation.js";
import { at, bestCells, calendarOf, venueCity } from "./venue-city.js";

const CITY = venueCity([
  { venue: "mall", category: "mall", x: 3000, y: 0, half: 100 },
  { venue: "airport", category: "airport", x: 9000, y: 0, half: 500 },
]);
const CALENDAR = calendarOf(CITY);
const DAY = CALENDAR.day(at("2026-03-31T12:00"));
const retelling = new Retelling({ city: CITY, calendar: CALENDAR, anchors: OPTIONS.anchors, windowDays: 28 });

const PORTRAIT: StoredPortrait = {
  day: DAY,
  knownUntilSec: at("2026-03-31T23:00"),
  streamFirstDay: DAY - 40,
  heard: 0b1011,
  silentDays: 25,
  isForeign: true,
  observedDays: 20,
  nightsObserved: 20,
  recentNightsObserved: 7,
  workdaysObserved: 14,
  wakingMinutes: 9000,
  nightObservations: 10,
  workObservations: 10,
  places: [],
};

const stay = (from: string, to: string, more: Partial<StoredStay> = {}): StoredStay => ({
  startSec: at(from),
  endSec: at(to),
  lon: toLon(CITY.plane, 3000),
  lat: toLat(CITY.plane, 0),
  arrivalErrorSec: 60,
  departureErrorSec: 240,
  candidates: [{ venue: "mall", probability: 0.6 }],
  ...more,
});

const life = (more: Partial<StoredLife>): StoredLife => ({
  subscriber: "1",
  portrait: PORTRAIT,
  stays: [],
  ways: [],
  ...more,
});

test("stays and ways come in the order of their ends, what was touched on a way before it", () => {
  const { portrait } = retelling.tell(
    life({
      stays: [stay("2026-03-20T10:00", "2026-03-20T12:00"), stay("2026-03-20T08:00", "2026-03-20T09:00")],
      ways: [
        {
          startSec: at("2026-03-20T09:00"),
          endSec: at("2026-03-20T10:00"),
          metro: Number.NEGATIVE_INFINITY,
          bus: 1,
          touched: [
            { venue: "airport", probability: 0.4, firstSec: at("2026-03-20T09:20"), lastSec: at("2026-03-20T09:30") },
          ],
        },
      ],
    }),
  );
  const { view } = portrait;
  expect([...view.kind.subarray(0, view.count)]).toEqual([STAY, TOUCH, LEG, STAY]);
  expect(view.metro[2]).toBe(Number.NEGATIVE_INFINITY);
  expect(view.bus[2]).toBe(1);
  expect(view.x[0]).toBe(3000);
  expect(view.probability[0]).toBeCloseTo(0.6, 2);
  expect([view.arrivalErrorSec[0], view.departureErrorSec[0]]).toEqual([60, 240]);
  expect(portrait).toMatchObject({ heard: 0b1011, isForeign: true, firstDay: DAY - 40 });
});

test("what ended before the window, or was not known at the evaluation, is left out", () => {
  const { portrait } = retelling.tell(
    life({
      stays: [
        stay("2026-03-03T20:00", "2026-03-03T23:00"),
        stay("2026-03-03T23:00", "2026-03-04T01:00"),
        stay("2026-03-31T22:00", "2026-03-31T23:00"),
        stay("2026-03-31T22:00", "2026-03-31T23:30"),
      ],
    }),
  );
  const { view } = portrait;
  expect([...view.endSec.subarray(0, view.count)]).toEqual([at("2026-03-04T01:00"), at("2026-03-31T23:00")]);
});

test("each is told anew: nothing of the one before is left", () => {
  retelling.tell(life({ stays: [stay("2026-03-20T10:00", "2026-03-20T12:00")] }));
  expect(retelling.tell(life({ portrait: { ...PORTRAIT, day: DAY - 1 } })).portrait).toMatchObject({
    view: { count: 0 },
    window: { lastDay: DAY - 1 },
  });
});

test("venues and cells that the city has no more are left out", () => {
  const candidates = [
    { venue: "gone", probability: 0.5 },
    { venue: "mall", probability: 0.3 },
  ];
  const { portrait } = retelling.tell(life({ stays: [stay("2026-03-20T10:00", "2026-03-20T12:00", { candidates })] }));
  expect([portrait.view.candidates[0], portrait.view.venue[0]]).toEqual([1, 0]);
  expect(rowOf(CITY, "ecgi:460-00-999999", 0)).toBe(-1);
  expect(rowOf(CITY, "no cell", 0)).toBe(-1);
});

test("anchors are found anew from the places, and what they are from their cells", () => {
  const cells = bestCells(CITY, 3000, 0, 2).map((row) => ({ cell: nameOf(row), weight: 50 }));
  const place = {
    lon: toLon(CITY.plane, 3000),
    lat: toLat(CITY.plane, 0),
    sigma: 50,
    nights: 18,
    recentNights: 7,
    workdays: 2,
    nightMinutes: 8000,
    workMinutes: 300,
    wakingMinutes: 5000,
    seenDay: DAY,
    cells,
  };
  const { portrait, life: facts, anchors } = retelling.tell(life({ portrait: { ...PORTRAIT, places: [place] } }));
  expect(facts.places[0]).toMatchObject({ nights: 18, cell: bestCells(CITY, 3000, 0, 1)[0] });
  expect(facts.places[0]?.x).toBeCloseTo(3000, 3);
  expect(anchors[0]).toMatchObject({ kind: "home", rule: "nights", days: 18 });
  expect(portrait.anchors[0]?.place).toMatchObject({ nights: 18, cell: facts.places[0]?.cell });
});

function nameOf(row: number): string {
  return `ecgi:460-00-${row + 1}`;
}
