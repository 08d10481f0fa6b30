import { beforeEach, describe, expect, test } from "vitest";
import { dayOfDate, dayStartMs, HOUR_MS, MINUTE_MS } from "../../src/simulate/calendar.js";
import { visit } from "../../src/simulate/day-context.js";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import type { CityEventPlan } from "../../src/simulate/happenings.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import type { Person, Place, Purpose } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Radio } from "../../src/simulate/radio.js";
import { Random } from "../../src/simulate/random.js";
import { Regions } from "../../src/simulate/regions.js";
import { Simulation } from "../../src/simulate/simulation.js";
import { type Judgement, trueAnchors, trueCircles } from "../../src/simulate/truth-circles.js";
import { Diary } from "../../src/simulate/truth-diary.js";

const plan = guangzhou();
const places = new Places(plan);
const first = dayOfDate("2025-03-03");
const concert = eventAt("concert_hall", "music", "jazz", 19.5, 21.5);
const expo = eventAt("exhibition", "expo", "auto", 9.5, 17);
const judgement: Judgement = {
  firstDay: first,
  lastDay: first + 27,
  plan,
  events: [concert, expo],
  regions: new Regions(plan, new Radio(plan, DEFAULT_OPTIONS.radio, 1)),
};
const model = new Simulation({ subscribers: 300, days: 1 }).people;

function eventAt(
  category: "concert_hall" | "exhibition",
  kind: "music" | "expo",
  genre: string,
  from: number,
  to: number,
): CityEventPlan {
  const base = dayStartMs(first + 2);
  const venue = places.all(category)[0] ?? -1;
  return {
    id: genre,
    venue,
    category: kind,
    genre,
    startMs: base + from * HOUR_MS,
    endMs: base + to * HOUR_MS,
    title: genre,
  };
}

function somebody(role: Person["role"]): Person {
  const person = model.find((one) => one.role === role && !one.foreign && (one.work !== null || role === "freelancer"));
  if (person === undefined) throw new RangeError(`no ${role}`);
  return person;
}

let diary: Diary;
let person: Person;

beforeEach(() => {
  person = somebody("office");
  diary = new Diary(person);
});

function spend(place: Place, day: number, fromHour: number, minutes: number, purpose: Purpose, event = -1): void {
  const startMs = dayStartMs(first + day) + fromHour * HOUR_MS;
  const endMs = startMs + minutes * MINUTE_MS;
  diary.stay(visit(place, startMs, endMs, purpose, event), startMs, endMs, endMs - startMs);
}

function at(category: "cinema" | "mall" | "hospital" | "airport" | "school"): Place {
  return places.spot(places.all(category)[0] ?? -1, new Random(1));
}

function circles(): string[] {
  return trueCircles(diary, judgement);
}

describe("what counts for a true circle", () => {
  test("film: two visits to a cinema", () => {
    spend(at("cinema"), 1, 19, 120, "film");
    expect(circles()).not.toContain("film");
    spend(at("cinema"), 8, 19, 120, "film");
    expect(circles()).toContain("film");
  });

  test("shopping: four visits of 40 minutes at leisure, not work in a mall", () => {
    for (let day = 0; day < 4; day++) spend(at("mall"), day, 19, day === 0 ? 39 : 60, "mall");
    expect(circles()).not.toContain("shopping");
    spend(at("mall"), 5, 19, 40, "mall");
    expect(circles()).toContain("shopping");
    diary = new Diary(person);
    for (let day = 0; day < 9; day++) spend(at("mall"), day, 10, 480, "work");
    expect(circles()).not.toContain("shopping");
  });

  test("health: half an hour, with the kind of hospital", () => {
    spend(at("hospital"), 1, 9, 29, "hospital");
    expect(circles()).not.toContain("health");
    spend(at("hospital"), 2, 9, 31, "hospital");
    expect(circles()).toEqual(expect.arrayContaining(["health", "health:general"]));
  });

  test("music: 60 % of the event; industry: an hour of the expo", () => {
    spend(places.spot(concert.venue, new Random(1)), 2, 19.5, 71, "event", 0);
    spend(places.spot(expo.venue, new Random(1)), 2, 9, 89, "event", 1);
    expect(circles().filter((circle) => /music|industry/.test(circle))).toEqual([]);
    spend(places.spot(concert.venue, new Random(1)), 2, 19, 103, "event", 0);
    spend(places.spot(expo.venue, new Random(1)), 2, 11, 60, "event", 1);
    expect(circles()).toEqual(expect.arrayContaining(["music", "music:jazz", "industry:auto"]));
  });

  test("music and industry: presence counts whatever brought somebody, in parts too, but not work or a home there", () => {
    const hall = places.spot(concert.venue, new Random(1));
    for (const purpose of ["work", "home", "errand"] as const) spend(hall, 2, 19, 160, purpose);
    expect(circles().filter((circle) => circle.startsWith("music"))).toEqual([]);
    spend(hall, 2, 19.5, 40, "leisure");
    spend(hall, 2, 20.5, 40, "leisure");
    spend(places.spot(expo.venue, new Random(1)), 2, 10, 90, "leisure");
    expect(circles()).toEqual(expect.arrayContaining(["music:jazz", "industry:auto"]));
  });

  test("factory worker: a guard of a factory too, not one of a mall", () => {
    const factory = places.spot(places.all("factory")[0] ?? -1, new Random(1));
    person = { ...somebody("night_guard"), work: factory };
    for (const place of [factory, at("mall")]) {
      diary = new Diary({ ...person, work: place });
      for (let day = 0; day < 5; day++) spend(place, day, 20, 600, "work");
      expect(circles().includes("factory-worker")).toBe(place === factory);
    }
  });

  test("income: by the tier of an estate, not of the offices somebody lives above", () => {
    const offices = places.all("office").find((venue) => places.venue(venue).tier === "high") ?? -1;
    const estate = places.all("residential").find((venue) => places.venue(venue).tier === "high") ?? -1;
    for (const venue of [offices, estate]) {
      person = { ...somebody("freelancer"), home: places.spot(venue, new Random(1)) };
      diary = new Diary(person);
      spend(person.home, 0, 0, 600, "home");
      expect(circles().includes("income-high")).toBe(venue === estate);
    }
  });

  test("nine to five and metro: by way of a school gate as well as straight from home", () => {
    const home = visit(person.home, 0, 0, "home");
    const gate = visit(at("school"), 0, 0, "gate");
    const work = visit(person.work as Place, 0, 0, "work");
    for (let day = 0; day < 5; day++) {
      const departMs = dayStartMs(first + day) + 7.4 * HOUR_MS;
      diary.trip(home, gate, "walk", departMs, departMs + 10 * MINUTE_MS);
      diary.trip(gate, work, "metro", departMs + 20 * MINUTE_MS, departMs + 60 * MINUTE_MS);
      spend(person.work as Place, day, 9, 9 * 60, "work");
    }
    expect(circles()).toEqual(expect.arrayContaining(["nine-to-five", "metro-commuter"]));
  });

  test("frequent flyer: three passages of the airport, not errands to it", () => {
    for (let day = 0; day < 5; day++) spend(at("airport"), day, 10, 50, "errand");
    for (let day = 0; day < 2; day++) spend(at("airport"), day, 12, 50, "passage");
    expect(circles()).not.toContain("frequent-flyer");
    spend(at("airport"), 7, 12, 50, "passage");
    expect(circles()).toContain("frequent-flyer");
  });

  test("white collar and a day place: three days of work in the office", () => {
    const work = person.work as Place;
    spend(work, 0, 9, 500, "work");
    spend(work, 1, 9, 500, "work");
    expect(trueAnchors(diary, judgement).day).toBeNull();
    expect(circles()).not.toContain("white-collar");
    spend(work, 2, 9, 500, "work");
    expect(trueAnchors(diary, judgement).day).toBe(work);
    expect(circles()).toContain("white-collar");
  });

  test("night shift: at least six nights and half of the shifts", () => {
    person = { ...somebody("night_guard"), daysOn: 1, daysOff: 0, nights: "always" };
    diary = new Diary(person);
    for (let day = 0; day < 5; day++) spend(person.work as Place, day, 20, 600, "work");
    expect(circles()).not.toContain("night-shift");
    spend(person.work as Place, 5, 20, 600, "work");
    expect(circles()).toContain("night-shift");
  });

  test("nine to five: 60 % of the working days in the city, from home to duty and back at usual hours", () => {
    const home = visit(person.home, 0, 0, "home");
    const work = person.work as Place;
    for (let day = 0; day < 5; day++) {
      spend(person.home, day, 0, 480, "home");
      if (day > 2) continue;
      const departMs = dayStartMs(first + day) + 8.3 * HOUR_MS;
      diary.trip(home, visit(work, 0, 0, "work"), "metro", departMs, departMs + 40 * MINUTE_MS);
      spend(work, day, 9, 9 * 60, "work");
    }
    expect(circles()).toEqual(expect.arrayContaining(["nine-to-five", "metro-commuter"]));
    for (let day = 7; day < 10; day++) spend(person.home, day, 9, 300, "home");
    expect(circles()).not.toContain("nine-to-five");
  });

  test("active: a fifth of the waking time, at all five levels", () => {
    spend(person.home, 0, 9, 480, "home");
    spend(person.work as Place, 1, 9, 100, "work");
    const active = circles().filter((circle) => circle.startsWith("active:"));
    expect(active).toHaveLength(5);
    expect(active).toEqual(
      judgement.regions
        .of(person.home, person)
        .map((region) => `active:${region}`)
        .sort(),
    );
  });

  test("nobody who was never there is in any circle", () => {
    expect(circles()).toEqual([]);
  });
});
