import { describe, expect, it } from "vitest";
import { gatesHeard } from "../../src/circle/gate.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import { bestCells, venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity([
  { venue: "school", category: "school", x: 0, y: 0, half: 60 },
  { venue: "far-school", category: "school", x: 1200, y: 0, half: 60 },
  { venue: "mall", category: "mall", x: 100, y: 100, half: 60 },
]);
const [AT_SCHOOL = 0] = bestCells(CITY, 0, 0, 1);
const [AT_FAR_SCHOOL = 0] = bestCells(CITY, 1200, 0, 1);
const [ELSEWHERE = 0] = bestCells(CITY, -3000, 3000, 1);

function gates(from: number, to: number, events: readonly { row: number; timeSec: number }[]) {
  return gatesHeard(venueMapOf(CITY), { fromX: from, fromY: 0, toX: to, toY: 0, startSec: 0, endSec: 3600, events });
}

describe("gates heard on a way", () => {
  it("are the schools that a cell serves well, from the first to the last such event, and no malls", () => {
    const events = [300, 500, 700].map((timeSec) => ({ row: AT_SCHOOL, timeSec }));
    expect(gates(-800, 9000, events)).toEqual([
      { venue: venueNamed(CITY, "school"), probability: expect.any(Number), firstSec: 300, lastSec: 700 },
    ]);
    expect(gates(-800, 9000, events)[0]?.probability).toBeGreaterThan(0.3);
  });

  it("lie near an end of the way: who only passes by on a long way stops nowhere", () => {
    expect(gates(-9000, 9000, [{ row: AT_FAR_SCHOOL, timeSec: 300 }])).toEqual([]);
    expect(gates(-9000, 2500, [{ row: AT_FAR_SCHOOL, timeSec: 300 }])).not.toEqual([]);
  });

  it("are none where no cell of a school was heard", () => {
    expect(gates(-800, 9000, [{ row: ELSEWHERE, timeSec: 300 }])).toEqual([]);
    expect(gates(-800, 9000, [])).toEqual([]);
  });
});
