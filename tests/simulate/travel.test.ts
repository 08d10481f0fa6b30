import { expect, test } from "vitest";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import type { Place } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Random } from "../../src/simulate/random.js";
import { type Leg, Travel } from "../../src/simulate/travel.js";

const plan = guangzhou();
const places = new Places(plan);
const travel = new Travel(places);

function station(name: string, aside = 300): Place {
  const venue = plan.venues.find((one) => one.name === `${name}站` && one.category === "metro_station");
  if (venue === undefined) throw new RangeError(`no station ${name}`);
  return { x: venue.x + aside, y: venue.y, venue: -1 };
}

function names(legs: readonly Leg[]): string[] {
  return legs.flatMap(({ venue, mode }) => (mode === "metro" && venue >= 0 ? [places.venue(venue).name] : []));
}

test("a ride on the metro goes along the line, station by station, and changes where lines meet", () => {
  const along = names(travel.legs("metro", station("西塱"), station("黄沙"), false, new Random(1)));
  expect([...new Set(along)]).toEqual(["西塱站", "坑口站", "花地湾站", "芳村站", "黄沙站"]);
  const changing = names(travel.legs("metro", station("烈士陵园"), station("越秀公园"), false, new Random(1)));
  expect([...new Set(changing)]).toEqual(["烈士陵园站", "农讲所站", "公园前站", "纪念堂站", "越秀公园站"]);
});

test("every station can be reached from every other", () => {
  const stations = places.all("metro_station");
  for (const venue of stations) {
    const to = places.venue(venue);
    if (to.name === "公园前站") continue;
    const legs = travel.legs("metro", station("公园前"), { x: to.x + 20, y: to.y, venue: -1 }, false, new Random(1));
    if (Math.hypot(to.x - station("公园前").x, to.y - station("公园前").y) < 1800) continue;
    expect(names(legs).at(0), to.name).toBe("公园前站");
  }
});

test.each(["walk", "bus", "metro", "car"] as const)(
  "a way by %s ends at its goal and is no faster than its kind",
  (mode) => {
    const random = new Random(4);
    for (let i = 0; i < 100; i++) {
      const from = places.spot(random.pick(places.all("residential")), random);
      const to = places.spot(random.pick(places.all("office")), random);
      const legs = travel.legs(mode, from, to, true, random);
      const last = legs.at(-1);
      expect(Math.hypot((last?.x ?? 0) - to.x, (last?.y ?? 0) - to.y)).toBeLessThan(1);
      let { x, y } = from;
      for (const leg of legs) {
        const kmh = (Math.hypot(leg.x - x, leg.y - y) / leg.ms) * 3600;
        expect(kmh).toBeLessThan(leg.mode === "walk" ? 6 : 90);
        ({ x, y } = leg);
      }
    }
  },
);
