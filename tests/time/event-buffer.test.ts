import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventBuffer, eventOf, type SortedMinute } from "../../src/time/event-buffer.js";
import { eventWord } from "../../src/time/event-word.js";
import { released } from "./released.js";

const MINUTE_MS = 60_000;
const LATENESS_MS = 10 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 5, 8);

interface Event {
  readonly timeMs: number;
  readonly slot: number;
  readonly cell: number;
  readonly kind: number;
  readonly reference: number;
}

const SLOT_MAX = 2 ** 32 - 1;

/** Few values each, so that ties and repetitions are common. */
const events: fc.Arbitrary<Event[]> = fc
  .array(
    fc.record({
      timeMs: fc
        .oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3_600_000 }))
        .map((ms) => START_MS + ms),
      slot: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(SLOT_MAX)),
      cell: fc.integer({ min: 0, max: 3 }),
      kind: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 200 },
  )
  .map((rows) => rows.map((row, reference) => ({ ...row, reference })));

/** Read one after the other, since a minute is good until the next one is asked for. */
function rowsOf(minutes: Iterable<SortedMinute>): Event[] {
  const rows: Event[] = [];
  for (const { count, slot, word, row, bucket } of minutes) {
    for (let i = 0; i < count; i++) {
      const event = eventOf(bucket, row[i] as number);
      expect([event.slot, eventWord(Math.floor((event.timeMs % MINUTE_MS) / 1000), event.cell, event.kind)]).toEqual([
        slot[i],
        word[i],
      ]);
      rows.push(event);
    }
  }
  return rows;
}

/** What a buffer holds, in the order of arrival. */
const heldBy = (buffer: EventBuffer) =>
  buffer.contents().flatMap((bucket) => Array.from({ length: bucket.count }, (_, row) => eventOf(bucket, row)));

const minuteOf = (event: Event) => Math.floor(event.timeMs / MINUTE_MS);

/** The oracle: minute by minute, each subscriber's events in order of time, cell, kind and reference. */
function inOrder(all: readonly Event[]): Event[] {
  return all.toSorted(
    (a, b) =>
      minuteOf(a) - minuteOf(b) ||
      a.slot - b.slot ||
      a.timeMs - b.timeMs ||
      a.cell - b.cell ||
      a.kind - b.kind ||
      a.reference - b.reference,
  );
}

/** Adds the events in the order of arrival, with the watermark as far behind the latest as it may be, and says what came out. */
function through(arrivals: readonly Event[]): Event[] {
  const buffer = new EventBuffer();
  const out: Event[] = [];
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const event of arrivals) {
    buffer.add(event.timeMs, event.slot, event.cell, event.kind, event.reference);
    latestMs = Math.max(latestMs, event.timeMs);
    out.push(...rowsOf(released(buffer, latestMs - LATENESS_MS)));
  }
  return [...out, ...rowsOf(released(buffer, Number.POSITIVE_INFINITY))];
}

describe("an event buffer", () => {
  test("holds of the rows of a batch what it holds of them one by one, in the same order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(events, fc.integer({ min: 0, max: 3_600_000 }))), (batches) => {
        const [together, single] = [new EventBuffer(), new EventBuffer()];
        for (const [batch, earlierMs] of batches) {
          const baseMs = START_MS - earlierMs;
          const waiting = batch.filter(({ kind }) => kind !== 2);
          together.addAll(
            {
              row: Uint32Array.from(waiting, ({ reference }) => reference),
              slot: Uint32Array.from(waiting, ({ slot }) => slot),
              cell: Uint32Array.from(waiting, ({ cell }) => cell),
              baseMs,
              offsetMs: Uint32Array.from(batch, ({ timeMs }) => timeMs - baseMs),
              kind: Uint8Array.from(batch, ({ kind }) => kind),
              reference: 7000,
            },
            waiting.length,
          );
          for (const { timeMs, slot, cell, kind, reference } of waiting)
            single.add(timeMs, slot, cell, kind, 7000 + reference);
          expect(together.size).toBe(single.size);
        }
        expect(together.byteLength).toBe(single.byteLength);
        expect(heldBy(together)).toEqual(heldBy(single));
      }),
    );
  });

  test("releases the same sequence whatever the order of arrival within the lateness", () => {
    const delayed = events.chain((all) =>
      fc
        .array(fc.integer({ min: 0, max: LATENESS_MS }), { minLength: all.length, maxLength: all.length })
        .map((delays) => ({ all, delays })),
    );
    fc.assert(
      fc.property(delayed, ({ all, delays }) => {
        const arrival = (event: Event) => event.timeMs + (delays[event.reference] ?? 0);
        const arrivals = all.toSorted((a, b) => arrival(a) - arrival(b));
        expect(through(arrivals)).toEqual(inOrder(all));
      }),
    );
  });

  test("holds a minute back until the watermark has passed all of it", () => {
    const buffer = new EventBuffer();
    buffer.add(START_MS + 59_999, 1, 2, 3, 4);
    expect(rowsOf(released(buffer, START_MS + MINUTE_MS - 1))).toEqual([]);
    expect(buffer.size).toBe(1);
    expect(rowsOf(released(buffer, START_MS + MINUTE_MS))).toHaveLength(1);
    expect(buffer.size).toBe(0);
  });

  test("brings duplicates A, B, A at one timestamp together", () => {
    const buffer = new EventBuffer();
    for (const [reference, cell] of [7, 9, 7].entries()) buffer.add(START_MS, 1, cell, 0, reference);
    const cells = rowsOf(released(buffer, Number.POSITIVE_INFINITY)).map((row) => [row.cell, row.reference]);
    expect(cells).toEqual([
      [7, 0],
      [7, 2],
      [9, 1],
    ]);
  });

  test("takes an event into a minute after that minute was released, and releases it by itself", () => {
    const buffer = new EventBuffer();
    buffer.add(START_MS, 1, 1, 0, 0);
    expect(rowsOf(released(buffer, START_MS + MINUTE_MS))).toHaveLength(1);
    buffer.add(START_MS + 1, 1, 2, 0, 1);
    expect(rowsOf(released(buffer, START_MS + MINUTE_MS)).map((row) => row.cell)).toEqual([2]);
  });

  test("shows all it holds without giving it away, and counts its bytes", () => {
    fc.assert(
      fc.property(events, (all) => {
        const buffer = new EventBuffer();
        for (const event of all) buffer.add(event.timeMs, event.slot, event.cell, event.kind, event.reference);
        expect(inOrder(heldBy(buffer))).toEqual(inOrder(all));
        expect(buffer.size).toBe(all.length);
        expect(buffer.byteLength).toBeGreaterThanOrEqual(18 * all.length);
      }),
    );
  });

  test("fills the room of released minutes again, and does not grow with time", () => {
    const buffer = new EventBuffer();
    const bytes: number[] = [];
    for (let minute = 0; minute < 200; minute++) {
      for (let i = 0; i < 300; i++) buffer.add(START_MS + minute * MINUTE_MS + i, i, 0, 0, i);
      expect(rowsOf(released(buffer, START_MS + minute * MINUTE_MS - LATENESS_MS)).length).toBe(minute < 11 ? 0 : 300);
      bytes.push(buffer.byteLength);
    }
    expect(bytes.at(-1)).toBe(bytes[12]);
  });

  test("gives back the room of a crowd that is not needed any more", () => {
    const buffer = new EventBuffer();
    const count = 2 ** 19 + 1;
    for (let i = 0; i < count; i++) buffer.add(START_MS, i, 0, 0, i);
    const fullBytes = buffer.byteLength;
    expect(rowsOf(released(buffer, Number.POSITIVE_INFINITY))).toHaveLength(count);
    expect(buffer.byteLength).toBeLessThanOrEqual(fullBytes);
  });
});
