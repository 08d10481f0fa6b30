import fc from "fast-check";
import { expect, test } from "vitest";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { BETWEEN, INSIDE, NO_TRIGGERS, OUTSIDE } from "../../src/trigger/compile-triggers.js";
import { type VisitSink, Visits } from "../../src/trigger/visits.js";
import { compiledOf, fenceOf } from "./fences.js";

interface Heard {
  readonly slot: number;
  readonly sec: number;
  readonly row: number;
}

interface Told {
  readonly slot: number;
  readonly fence: number;
  readonly change: "entered" | "left";
  readonly sec: number;
  readonly since: number;
}

const FENCES = 5;
const ROWS = 4;
const SLOTS = 3;

const minutes = fc.constantFrom(0, 1, 5, 30);
const fences = fc.array(
  fc.record({
    dwellMinutes: minutes,
    awayMinutes: minutes,
    says: fc.array(fc.constantFrom(OUTSIDE, BETWEEN, INSIDE), { minLength: ROWS, maxLength: ROWS }),
  }),
  { minLength: 1, maxLength: FENCES },
);
type Fences = typeof fences extends fc.Arbitrary<infer T> ? T : never;
const events = fc
  .array(
    fc.record({
      slot: fc.nat(SLOTS - 1),
      row: fc.nat(ROWS - 1),
      // Mostly forwards, now and then late.
      step: fc.integer({ min: -120, max: 900 }),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let sec = 100_000;
    return steps.map(({ slot, row, step }): Heard => {
      sec += step;
      return { slot, row, sec };
    });
  });

function compile(all: Fences) {
  return compiledOf(
    all.map(({ dwellMinutes, awayMinutes }, i) => fenceOf(`f${i}`, { dwellMinutes, awayMinutes })),
    all.map(({ says }) => says),
  );
}

class Listener implements VisitSink {
  readonly told: Told[] = [];
  event: Heard = { slot: 0, sec: 0, row: 0 };
  entered(fence: number, since: number) {
    this.told.push({ slot: this.event.slot, fence, change: "entered", sec: this.event.sec, since });
  }
  left(fence: number, since: number) {
    this.told.push({ slot: this.event.slot, fence, change: "left", sec: this.event.sec, since });
  }
  hear(visits: Visits, event: Heard) {
    this.event = event;
    visits.hear(event.slot, event.sec, event.row, this);
  }
}

/** One fence and subscriber: the whole history is gone through anew for each event. */
function slowly(all: Fences, heard: readonly Heard[], fence: number, slot: number): Told[] {
  const { dwellMinutes, awayMinutes, says } = all[fence] as Fences[number];
  const own: Heard[] = [];
  for (const event of heard) {
    if (event.slot === slot && event.sec >= (own.at(-1)?.sec ?? 0)) own.push(event);
  }
  // By two thresholds: what is neither inside nor outside is what it was.
  const isIn = own.map((_, i) => {
    const sure = own.slice(0, i + 1).findLast(({ row }) => says[row] !== BETWEEN);
    return sure !== undefined && says[sure.row] === INSIDE;
  });
  const told: Told[] = [];
  for (const [i, { sec }] of own.entries()) {
    const last = told.at(-1);
    const isToldIn = last?.change === "entered";
    if (isIn[i] === isToldIn) continue;
    // Since when it has been so without a break.
    let first = i;
    while (first > 0 && isIn[first - 1] === isIn[i]) first--;
    const since = (own[first] as Heard).sec;
    const needed = (isIn[i] === true ? dwellMinutes : awayMinutes) * 60;
    if (sec - since < needed) continue;
    told.push({
      slot,
      fence,
      change: isIn[i] === true ? "entered" : "left",
      sec,
      since: isIn[i] === true ? since : (last as Told).since,
    });
  }
  return told;
}

const inOrder = (told: readonly Told[]) =>
  [...told].sort((a, b) => a.slot - b.slot || a.fence - b.fence).map((one) => JSON.stringify(one));

test("what is told is what the whole history of each person says of each fence by two thresholds and two times", () => {
  fc.assert(
    fc.property(fences, events, (all, heard) => {
      const listener = new Listener();
      const visits = new Visits(compile(all));
      for (const event of heard) listener.hear(visits, event);
      const expected = all.flatMap((_, fence) => [0, 1, 2].flatMap((slot) => slowly(all, heard, fence, slot)));
      expect(inOrder(listener.told)).toEqual(inOrder(expected));
    }),
    { numRuns: 500 },
  );
});

test("no fence flaps: entries and leaves alternate, and each came after the time it needs", () => {
  fc.assert(
    fc.property(fences, events, (all, heard) => {
      const listener = new Listener();
      const visits = new Visits(compile(all));
      for (const event of heard) listener.hear(visits, event);
      for (const [fence, { dwellMinutes }] of all.entries()) {
        for (let slot = 0; slot < SLOTS; slot++) {
          const own = listener.told.filter((one) => one.fence === fence && one.slot === slot);
          expect(own.map(({ change }) => change)).toEqual(own.map((_, i) => (i % 2 === 0 ? "entered" : "left")));
          for (const { change, sec, since } of own) {
            if (change === "entered") expect(sec - since).toBeGreaterThanOrEqual(dwellMinutes * 60);
          }
        }
      }
    }),
  );
});

test("a phone that is served by a cell inside and one neither inside nor outside in turn enters once", () => {
  const listener = new Listener();
  const visits = new Visits(compile([{ dwellMinutes: 0, awayMinutes: 0, says: [INSIDE, BETWEEN, OUTSIDE, OUTSIDE] }]));
  for (let i = 0; i < 100; i++) listener.hear(visits, { slot: 0, sec: 1000 + i, row: i % 2 });
  expect(listener.told).toHaveLength(1);
});

test("a step outside that is shorter than the time away is no leave", () => {
  const listener = new Listener();
  const visits = new Visits(compile([{ dwellMinutes: 5, awayMinutes: 5, says: [INSIDE, OUTSIDE, OUTSIDE, OUTSIDE] }]));
  const rows = [0, 0, 1, 0, 1, 1, 1];
  const minutesAt = [0, 5, 10, 14, 20, 24, 25];
  for (const [i, row] of rows.entries())
    listener.hear(visits, { slot: 0, sec: 60_000 + 60 * (minutesAt[i] as number), row });
  expect(listener.told.map(({ change, sec }) => [change, (sec - 60_000) / 60])).toEqual([
    ["entered", 5],
    ["left", 25],
  ]);
});

test("wherever the state is saved and restored, and triggers come and go, those that stay tell the same", () => {
  fc.assert(
    fc.property(fences, events, fc.nat(60), fc.nat(4), (all, heard, at, gone) => {
      const whole = new Listener();
      const undisturbed = new Visits(compile(all));
      for (const event of heard) whole.hear(undisturbed, event);
      const listener = new Listener();
      const before = new Visits(compile(all));
      for (const event of heard.slice(0, at)) listener.hear(before, event);
      const slots = slotsBelow(SLOTS);
      const after = new Visits(NO_TRIGGERS);
      after.putNewest(slots, before.newestOf(slots));
      after.put(slots, before.snapshot(slots));
      // One of them is deleted, and another comes before all.
      const stay = all.map((_, fence) => fence).filter((fence) => fence !== gone);
      const others: Fences = [{ dwellMinutes: 1, awayMinutes: 1, says: [INSIDE, INSIDE, OUTSIDE, BETWEEN] }];
      after.retarget(
        compile([...others, ...stay.map((fence) => all[fence] as Fences[number])]),
        (number) => stay.indexOf(number) + (number === gone ? 0 : 1),
      );
      const later = new Listener();
      for (const event of heard.slice(at)) later.hear(after, event);
      const joined = [
        ...listener.told.filter(({ fence }) => fence !== gone),
        ...later.told.filter(({ fence }) => fence > 0).map((one) => ({ ...one, fence: stay[one.fence - 1] as number })),
      ];
      expect(inOrder(joined)).toEqual(inOrder(whole.told.filter(({ fence }) => fence !== gone)));
    }),
    { numRuns: 300 },
  );
});

test("who is forgotten is at no fence, and another who gets the slot begins outside", () => {
  const listener = new Listener();
  const visits = new Visits(compile([{ dwellMinutes: 0, awayMinutes: 0, says: [INSIDE, OUTSIDE, OUTSIDE, OUTSIDE] }]));
  listener.hear(visits, { slot: 1, sec: 1000, row: 0 });
  visits.forget(1);
  listener.hear(visits, { slot: 1, sec: 500, row: 1 });
  listener.hear(visits, { slot: 1, sec: 600, row: 0 });
  expect(listener.told.map(({ change, sec }) => [change, sec])).toEqual([
    ["entered", 1000],
    ["entered", 600],
  ]);
});
