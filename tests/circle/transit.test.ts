import { describe, expect, it } from "vitest";
import { readLeg } from "../../src/circle/transit.js";
import { readMode } from "../../src/circle/travel-mode.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import { bestCells, indoorCellOf, venueCity } from "./venue-city.js";

const CITY = venueCity([
  { venue: "metro", category: "metro_station", x: -500, y: 0, half: 60, indoor: true },
  { venue: "rail", category: "rail_station", x: 800, y: 0, half: 150, indoor: true },
  { venue: "airport", category: "airport", x: 0, y: 3000, half: 900, indoor: true },
  { venue: "mall", category: "mall", x: 600, y: 600, half: 80, indoor: true },
  { venue: "estate", category: "residential", x: 200, y: -500, half: 100 },
]);

function touched(events: readonly { row: number; timeSec: number }[]) {
  const leg = { fromX: -900, fromY: 0, toX: 900, toY: 200, startSec: 0, endSec: 3000, events };
  const reading = readLeg(venueMapOf(CITY), leg);
  expect(reading.evidence).toEqual(readMode(venueMapOf(CITY), leg));
  return reading.touched.map((one) => ({ ...one, id: CITY.venues.id[one.venue] }));
}

const cell = (id: string): number => indoorCellOf(CITY, id);

describe("stations touched on a way", () => {
  it("are told by their indoor cells, a metro station all but surely", () => {
    const [metro, ...rest] = touched([{ row: cell("metro"), timeSec: 100 }]);
    expect(rest).toEqual([]);
    expect(metro).toMatchObject({ id: "metro", firstSec: 100, lastSec: 100 });
    expect(metro?.probability).toBeGreaterThan(0.9);
  });

  it("are one touch however often they were heard, surer after some minutes", () => {
    const once = touched([{ row: cell("airport"), timeSec: 100 }]);
    const long = touched([100, 400, 700].map((timeSec) => ({ row: cell("airport"), timeSec })));
    expect(long).toHaveLength(1);
    expect(long[0]).toMatchObject({ id: "airport", firstSec: 100, lastSec: 700 });
    expect(long[0]?.probability ?? 0).toBeGreaterThan(once[0]?.probability ?? 1);
  });

  it("are doubtful where streets pass by: a railway station in the middle of the city", () => {
    const [rail] = touched([{ row: cell("rail"), timeSec: 100 }]);
    expect(rail?.probability).toBeLessThan(0.3);
  });

  it("are an airport also by an outdoor cell that serves little else", () => {
    const [field = 0] = bestCells(CITY, 0, 2400, 1);
    expect(touched([{ row: field, timeSec: 100 }]).map(({ id }) => id)).toEqual(["airport"]);
  });

  it("are no malls, and none where only streets were heard", () => {
    expect(touched([{ row: cell("mall"), timeSec: 100 }])).toEqual([]);
    expect(touched([{ row: bestCells(CITY, 200, -500, 1)[0] as number, timeSec: 100 }])).toEqual([]);
    expect(touched([])).toEqual([]);
  });
});
