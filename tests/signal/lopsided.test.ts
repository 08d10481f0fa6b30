import fc from "fast-check";
import { expect, test } from "vitest";
import { lopsided } from "../../src/signal/lopsided.js";
import { EventBuffer } from "../../src/time/event-buffer.js";
import { released } from "../time/released.js";

/** A minute of these events, sorted by subscriber. */
function minuteOf(events: readonly { readonly slot: number; readonly cell: number }[]) {
  const buffer = new EventBuffer();
  for (const [i, { slot, cell }] of events.entries()) buffer.add(i, slot, cell, 0, i);
  for (const bucket of released(buffer, 120_000)) return lopsided(bucket);
  return { subscriber: false, cell: false };
}

test("a subscriber with more than 60 events in a minute, and a cell with more than half of a hundred or more, are found; no others", () => {
  const event = fc.record({ slot: fc.nat(3), cell: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 300 }), (events) => {
      const most = (key: "slot" | "cell") =>
        Math.max(...[0, 1, 2, 3].map((n) => events.filter((one) => one[key] === n).length));
      expect(minuteOf(events)).toEqual({
        subscriber: most("slot") > 60,
        cell: events.length >= 100 && most("cell") > events.length / 2,
      });
    }),
    { numRuns: 300 },
  );
});
