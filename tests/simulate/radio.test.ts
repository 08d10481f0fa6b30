import { expect, test } from "vitest";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import { Radio } from "../../src/simulate/radio.js";
import { Random } from "../../src/simulate/random.js";

const plan = guangzhou();
const ALL_GENERATIONS = 0b111;

function radioWith(changes: Partial<typeof DEFAULT_OPTIONS.radio>, siteShare = 1): Radio {
  return new Radio(plan, { ...DEFAULT_OPTIONS.radio, ...changes }, siteShare);
}

/** Cells that serve a phone at rest, an event every ten minutes. */
function servedBy(radio: Radio, x: number, y: number, venue: number, events: number): Map<number, number> {
  const random = new Random(1);
  const counts = new Map<number, number>();
  let last = -1;
  for (let i = 0; i < events; i++) {
    const reception = { room: 5, hour: Math.floor(i / 6), generations: ALL_GENERATIONS, last, lastAgeSeconds: 600 };
    last = radio.serve(radio.candidates(x, y, venue), reception, random);
    counts.set(last, (counts.get(last) ?? 0) + 1);
  }
  return counts;
}

function homes(count: number): { x: number; y: number }[] {
  const estates = plan.venues.filter((venue) => venue.category === "residential");
  return Array.from({ length: count }, (_, i) => estates[(i * 17) % estates.length] as { x: number; y: number });
}

test("a phone at rest is served by a few cells, mostly by two to four", () => {
  const radio = radioWith({});
  const numbers = homes(60).map(({ x, y }) => mainCells(servedBy(radio, x, y, -1, 400)));
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  expect(mean).toBeGreaterThan(1.6);
  expect(mean).toBeLessThan(4);
});

/** Cells that together give nine events in ten. */
function mainCells(counts: Map<number, number>): number {
  const sorted = [...counts.values()].sort((a, b) => b - a);
  const all = sorted.reduce((a, b) => a + b, 0);
  let sum = 0;
  let cells = 0;
  while (sum < 0.9 * all) sum += sorted[cells++] ?? 0;
  return cells;
}

test("without shadowing, drift and fading it is always the same cell", () => {
  const radio = radioWith({ shadowingSigmaDb: 0, roomSigmaDb: 0, driftSigmaDb: 0, fadingSigmaDb: 0 });
  for (const { x, y } of homes(20)) expect(servedBy(radio, x, y, -1, 50).size).toBe(1);
});

test("with a share of ping-pong that many events are served by the second best cell", () => {
  const calm = { shadowingSigmaDb: 0, roomSigmaDb: 0, driftSigmaDb: 0, fadingSigmaDb: 0, hysteresisDb: 0 };
  const radio = radioWith({ ...calm, pingPongShare: 0.2 });
  let returned = 0;
  for (const { x, y } of homes(20)) {
    const [most = 0, ...others] = [...servedBy(radio, x, y, -1, 200).values()].sort((a, b) => b - a);
    expect(others.length).toBeLessThanOrEqual(1);
    returned += (others[0] ?? 0) / (most + (others[0] ?? 0));
  }
  expect(returned / 20).toBeGreaterThan(0.15);
  expect(returned / 20).toBeLessThan(0.25);
});

test("an indoor cell serves its venue and hardly anything outside", () => {
  const radio = radioWith({});
  const station = plan.venues.findIndex((venue) => venue.name === "公园前站");
  const { x, y } = plan.venues[station] as { x: number; y: number };
  expect(shareOfVenue(servedBy(radio, x, y, station, 200), station)).toBeGreaterThan(0.95);
  expect(shareOfVenue(servedBy(radio, x + 150, y, -1, 200), station)).toBeLessThan(0.1);
});

function shareOfVenue(counts: Map<number, number>, venue: number): number {
  let inside = 0;
  let all = 0;
  for (const [cell, count] of counts) {
    all += count;
    if (plan.cells[cell]?.venue === venue) inside += count;
  }
  return inside / all;
}

test("a phone without 5G is never served by a 5G cell", () => {
  const radio = radioWith({});
  const random = new Random(2);
  for (const { x, y } of homes(40)) {
    const reception = { room: 1, hour: 0, generations: 0b011, last: -1, lastAgeSeconds: 0 };
    const cell = radio.serve(radio.candidates(x, y, -1), reception, random);
    expect(plan.cells[cell]?.generation).not.toBe(2);
  }
});

test("with fewer sites on air the serving cells are farther away", () => {
  const distance = (radio: Radio): number => {
    let sum = 0;
    for (const { x, y } of homes(60)) {
      const cell = plan.cells[radio.usualServer({ x, y, venue: -1 }, 1, ALL_GENERATIONS)];
      sum += Math.hypot((cell?.x ?? 0) - x, (cell?.y ?? 0) - y);
    }
    return sum;
  };
  expect(distance(radioWith({}, 0.25))).toBeGreaterThan(1.3 * distance(radioWith({})));
});
