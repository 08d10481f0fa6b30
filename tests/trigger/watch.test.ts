import fc from "fast-check";
import { expect, test } from "vitest";
import type { MembershipLogRow } from "../../src/rows.js";
import { Exclusion, NOBODY } from "../../src/signal/exclusion.js";
import { STANDING_HOME, STANDING_REGION } from "../../src/stay/record.js";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { SubscriberTable } from "../../src/stay/subscriber-table.js";
import { createCalendar } from "../../src/time/calendar.js";
import { type CompiledTriggers, INSIDE, OUTSIDE } from "../../src/trigger/compile-triggers.js";
import type { Trigger } from "../../src/trigger/trigger.js";
import { TriggerWatch } from "../../src/trigger/watch.js";
import { compiledOf, fenceOf, triggerOf } from "./fences.js";

const DAY = 86_400;
/** A Monday, local midnight in Shanghai. */
const MIDNIGHT = Date.parse("2026-01-05T00:00:00+08:00") / 1000;
const IN = 0;
const OUT = 1;

function groundOf(people: number) {
  const table = new SubscriberTable();
  for (let n = 0; n < people; n++) table.slotOf(7, 100 + n);
  return { table, calendar: createCalendar("Asia/Shanghai", new Map()) };
}

/** Every trigger has the fence that cell 0 is inside of, or its circle. */
function compile(triggers: readonly Trigger[], homes: (Uint8Array | null)[] = []): CompiledTriggers {
  const ofCircle = new Map<string, number[]>();
  for (const [number, { where }] of triggers.entries())
    if (where.kind === "circle") ofCircle.set(where.circle, [number]);
  const says = triggers.map(({ where }) => (where.kind === "circle" ? [OUTSIDE, OUTSIDE] : [INSIDE, OUTSIDE]));
  return { ...compiledOf(triggers, says), ofCircle, homes: triggers.map((_, number) => homes[number] ?? null) };
}

function watchOf(triggers: readonly Trigger[], homes?: (Uint8Array | null)[], ground = groundOf(3)): TriggerWatch {
  const watch = new TriggerWatch(ground);
  watch.use(compile(triggers, homes));
  return watch;
}

const AT_ONCE = { dwellMinutes: 0, awayMinutes: 0 };

function change(n: number, circle: string, kind: MembershipLogRow["change"], sec: number): MembershipLogRow {
  return {
    ...{ subscriberHi: 7, subscriberLo: 100 + n, dimension: "behaviour", circle, score: 0.75, sinceMs: sec * 1000 },
    ...{ seenMs: sec * 1000, evidence: "{}", versionMs: sec * 1000, gone: kind === "left", change: kind },
  };
}

const told = (watch: TriggerWatch) =>
  watch.notices.map(({ trigger, change: kind, subscriberLo, timeMs }) => [
    trigger.trigger,
    kind,
    subscriberLo - 100,
    timeMs / 1000 - MIDNIGHT,
  ]);

test("a trigger for entering tells of entries and one for leaving of leaves, each with since when", () => {
  const watch = watchOf([fenceOf("enter", AT_ONCE), fenceOf("leave", AT_ONCE, { on: "leave" })]);
  watch.hear(0, MIDNIGHT + 60, IN);
  watch.hear(0, MIDNIGHT + 120, IN);
  watch.hear(0, MIDNIGHT + 180, OUT);
  expect(told(watch)).toEqual([
    ["enter", "entered", 0, 60],
    ["leave", "left", 0, 180],
  ]);
  expect(watch.notices).toMatchObject([
    { sinceSec: MIDNIGHT + 60, outsideSec: 0, probability: 254 / 255 },
    { sinceSec: MIDNIGHT + 60, outsideSec: MIDNIGHT + 180, probability: 0 },
  ]);
  expect(watch.outcomes.told).toBe(2);
});

test("in the quiet hours of the city's clock a fence tells of nobody, whichever way they lie around midnight", () => {
  const clock = fc.nat(1439).map((minute) => ({
    minute,
    text: `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`,
  }));
  fc.assert(
    fc.property(clock, clock, fc.nat(1439), (from, to, now) => {
      fc.pre(from.minute !== to.minute);
      const watch = watchOf([fenceOf("t", AT_ONCE, { quiet: { from: from.text, to: to.text } })]);
      watch.hear(0, MIDNIGHT + now * 60, IN);
      // Goes through the quiet minutes one by one.
      let isQuiet = false;
      for (let at = from.minute; at !== to.minute; at = (at + 1) % 1440) if (at === now) isQuiet = true;
      expect(watch.outcomes).toMatchObject(isQuiet ? { told: 0, quiet: 1 } : { told: 1, quiet: 0 });
    }),
  );
});

test("what a circle notices in the quiet hours is told at their end, once, and not of who was forgotten meanwhile", () => {
  const watch = watchOf([
    triggerOf({ trigger: "c", where: { kind: "circle", circle: "music" }, quiet: { from: "22:00", to: "08:00" } }),
  ]);
  watch.hearCircles([change(0, "music", "entered", MIDNIGHT), change(1, "music", "entered", MIDNIGHT)], NOBODY);
  watch.advance(MIDNIGHT + 8 * 3600 - 1);
  expect(watch.notices).toEqual([]);
  watch.forget(1, 7, 101);
  watch.advance(MIDNIGHT + 8 * 3600);
  watch.advance(MIDNIGHT + 9 * 3600);
  expect(told(watch)).toEqual([["c", "entered", 0, 0]]);
});

test("a circle is told of when it is entered or left, as the trigger says, and strengthening is neither", () => {
  const watch = watchOf([
    triggerOf({ trigger: "in", where: { kind: "circle", circle: "music" } }),
    triggerOf({ trigger: "out", on: "leave", where: { kind: "circle", circle: "film" } }),
  ]);
  const rows = (["entered", "strengthened", "left"] as const).flatMap((kind, n) =>
    ["music", "film", "health"].map((circle) => change(n, circle, kind, MIDNIGHT)),
  );
  watch.hearCircles(rows, NOBODY);
  expect(told(watch)).toEqual([
    ["in", "entered", 0, 0],
    ["out", "left", 2, 0],
  ]);
});

test("nobody is told of more often than the cap, counted over any days that long", () => {
  const visits = fc.array(fc.record({ person: fc.nat(2), hours: fc.integer({ min: 1, max: 60 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), visits, (times, days, all) => {
      const watch = watchOf([fenceOf("t", AT_ONCE, { cap: { times, days } })]);
      const expected: number[][] = [[], [], []];
      let sec = MIDNIGHT;
      for (const { person, hours } of all) {
        sec += hours * 3600;
        watch.hear(person, sec, IN);
        watch.hear(person, sec + 60, OUT);
        const own = expected[person] as number[];
        if (own.filter((at) => at > sec - days * DAY).length < times) own.push(sec);
      }
      for (const [person, at] of expected.entries())
        expect(told(watch).flatMap(([, , who, when]) => (who === person ? [Number(when) + MIDNIGHT] : []))).toEqual(at);
    }),
  );
});

test("after it has expired a trigger tells of nobody", () => {
  const watch = watchOf([fenceOf("t", AT_ONCE, { expires: "2026-01-05T01:00:00+08:00" })]);
  watch.hear(0, MIDNIGHT + 3599, IN);
  watch.hear(1, MIDNIGHT + 3600, IN);
  expect(told(watch)).toEqual([["t", "entered", 0, 3599]]);
  expect(watch.outcomes.expired).toBe(1);
});

test("a trigger of somebody with regions tells of those alone who live there", () => {
  const ground = groundOf(3);
  for (const [person, home] of [2, 1].entries()) {
    const rest = ground.table.ownRest(person);
    ground.table.words[rest + STANDING_HOME + STANDING_REGION] = home;
  }
  const watch = watchOf([fenceOf("t", AT_ONCE)], [Uint8Array.of(0, 1)], ground);
  for (const person of [0, 1, 2]) watch.hear(person, MIDNIGHT, IN);
  expect(told(watch)).toEqual([["t", "entered", 0, 0]]);
  expect(watch.outcomes.elsewhere).toBe(2);
});

test("who has opted out is in no state, and a circle does not tell of them", () => {
  const ground = groundOf(2);
  const watch = watchOf(
    [fenceOf("f", AT_ONCE, { on: "leave" }), triggerOf({ trigger: "g", where: { kind: "circle", circle: "music" } })],
    [],
    ground,
  );
  const optedOut = new Exclusion([{ hi: 7, lo: 100, sentUntilMs: Number.POSITIVE_INFINITY }]);
  for (const person of [0, 1]) watch.hear(person, MIDNIGHT, IN);
  watch.forgetExcluded(optedOut);
  for (const person of [0, 1]) watch.hear(person, MIDNIGHT + 60, OUT);
  watch.hearCircles([change(0, "music", "entered", MIDNIGHT), change(1, "music", "entered", MIDNIGHT)], optedOut);
  expect(told(watch).map(([trigger, , person]) => [trigger, person])).toEqual([
    ["f", 1],
    ["g", 1],
  ]);
});

test("saved as JSON and restored, caps and what waits for the end of quiet hours are as they were", () => {
  const triggers = [
    fenceOf("t", AT_ONCE, { cap: { times: 1, days: 2 } }),
    triggerOf({ trigger: "u", where: { kind: "circle", circle: "music" }, quiet: { from: "22:00", to: "08:00" } }),
  ];
  const before = watchOf(triggers);
  before.hear(0, MIDNIGHT, IN);
  before.hearCircles([change(1, "music", "entered", MIDNIGHT)], NOBODY);
  const slots = slotsBelow(3);
  const after = new TriggerWatch(groundOf(3));
  after.visits.putNewest(slots, before.visits.newestOf(slots));
  after.visits.put(slots, before.visits.snapshot(slots));
  after.restore(JSON.parse(JSON.stringify(before.save())));
  after.use(compile(triggers));
  after.hear(0, MIDNIGHT + 60, OUT);
  after.hear(0, MIDNIGHT + DAY, IN);
  after.advance(MIDNIGHT + DAY);
  expect(told(after)).toEqual([["u", "entered", 1, 0]]);
  expect(after.outcomes.capped).toBe(1);
});

test("a trigger that is deleted and made anew under its id starts with nothing", () => {
  const watch = watchOf([fenceOf("t", AT_ONCE)]);
  watch.hear(0, MIDNIGHT, IN);
  watch.use(compile([{ ...fenceOf("t", AT_ONCE), createdMs: 2 }]));
  watch.hear(0, MIDNIGHT + 60, IN);
  expect(told(watch)).toEqual([
    ["t", "entered", 0, 0],
    ["t", "entered", 0, 60],
  ]);
});
