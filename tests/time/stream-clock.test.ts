import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIRMING_EVENTS, type ParkedEvent, StreamClock } from "../../src/time/stream-clock.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LATENESS_MS = 10 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 5, 8);
const YEAR_2100_MS = Date.UTC(2100, 0, 1);

interface Fate {
  readonly taken: number[];
  readonly late: number[];
  readonly givenUp: number[];
}

/** Feeds times one by one as admission does, and says what became of each. */
function feed(clock: StreamClock, times: readonly number[], fate: Fate = { taken: [], late: [], givenUp: [] }): Fate {
  const take = (parked: readonly ParkedEvent[]) => fate.taken.push(...parked.map((event) => event.timeMs));
  for (const timeMs of times) {
    const judgement = clock.judge(timeMs);
    if (judgement === "late") fate.late.push(timeMs);
    else if (judgement === "take") fate.taken.push(timeMs);
    else if (clock.park({ timeMs, slot: 0, cell: 0, kind: 0, reference: fate.taken.length })) {
      const { reached, late } = clock.confirmed();
      take(reached);
      fate.late.push(...late.map((event) => event.timeMs));
    }
    take(clock.reached());
    fate.givenUp.push(...clock.givenUp().map((event) => event.timeMs));
  }
  return fate;
}

function every(stepMs: number, count: number, fromMs = START_MS): number[] {
  return Array.from({ length: count }, (_, i) => fromMs + i * stepMs);
}

function runningClock(): StreamClock {
  const clock = new StreamClock(LATENESS_MS);
  feed(clock, every(SECOND_MS, 100));
  return clock;
}

describe("the clock of a stream", () => {
  test("finds a source late whose clock is a day behind from the first events on, and takes all others", () => {
    const behind = (timeMs: number, i: number) => (i % 4 === 2 ? [timeMs, timeMs - DAY_MS] : [timeMs]);
    const right = every(SECOND_MS, 60);
    const { taken, late } = feed(new StreamClock(LATENESS_MS), right.flatMap(behind));
    expect(taken.toSorted()).toEqual(right);
    expect(late.toSorted()).toEqual(right.filter((_, i) => i % 4 === 2).map((timeMs) => timeMs - DAY_MS));
  });

  test("takes the first events of a quiet stream, however far they lie apart, when they come in order", () => {
    const quiet = every(2 * HOUR_MS, 2 * CONFIRMING_EVENTS);
    const { taken, late } = feed(new StreamClock(LATENESS_MS), quiet);
    expect(late).toEqual([]);
    expect(taken.toSorted()).toEqual(quiet.slice(0, taken.length));
    expect(taken.length).toBeGreaterThan(0);
  });

  test("has no watermark before anybody was believed", () => {
    const clock = new StreamClock(LATENESS_MS);
    expect(clock.watermarkMs).toBe(Number.NEGATIVE_INFINITY);
    feed(clock, every(SECOND_MS, CONFIRMING_EVENTS - 1));
    expect(clock.watermarkMs).toBe(Number.NEGATIVE_INFINITY);
  });

  test("takes all of a stream that keeps to the lateness, and stays the lateness behind its latest event", () => {
    const streams = fc
      .array(
        fc.record({ stepMs: fc.integer({ min: 0, max: 30_000 }), delayMs: fc.integer({ min: 0, max: LATENESS_MS }) }),
        {
          minLength: 2 * CONFIRMING_EVENTS,
          maxLength: 300,
        },
      )
      .map((steps) => {
        let nowMs = START_MS;
        return steps.map(({ stepMs, delayMs }, i) => {
          nowMs += stepMs;
          // The first few agree on the time, so that the clock starts with them.
          return i < CONFIRMING_EVENTS ? nowMs : nowMs - delayMs;
        });
      });
    fc.assert(
      fc.property(streams, (times) => {
        const clock = new StreamClock(LATENESS_MS);
        const { taken, late, givenUp } = feed(clock, times);
        expect(late).toEqual([]);
        expect(givenUp).toEqual([]);
        expect(taken.toSorted()).toEqual(times.toSorted());
        expect(clock.watermarkMs).toBe(Math.max(...times) - LATENESS_MS);
      }),
    );
  });

  test("is never moved back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * HOUR_MS }), { maxLength: 200 }), (offsets) => {
        const clock = new StreamClock(LATENESS_MS);
        let before = clock.watermarkMs;
        for (const offset of offsets) {
          feed(clock, [START_MS + offset]);
          expect(clock.watermarkMs).toBeGreaterThanOrEqual(before);
          before = clock.watermarkMs;
        }
      }),
    );
  });

  test("calls late what the watermark has passed, and nothing else", () => {
    const clock = runningClock();
    expect(clock.judge(clock.watermarkMs - 1)).toBe("late");
    expect(clock.judge(clock.watermarkMs)).toBe("take");
  });

  test("is not moved by an event of the year 2100, which is given up in the end while its contemporaries are taken", () => {
    const clock = runningClock();
    const before = clock.watermarkMs;
    expect(feed(clock, [YEAR_2100_MS])).toEqual({ taken: [], late: [], givenUp: [] });
    expect(clock.watermarkMs).toBe(before);
    const after = every(100, 5000, START_MS + 100 * SECOND_MS);
    const { taken, late, givenUp } = feed(clock, after);
    expect(taken).toEqual(after);
    expect(late).toEqual([]);
    expect(givenUp).toEqual([YEAR_2100_MS]);
    expect(clock.state.parked).toEqual([]);
  });

  test("jumps after a silence once enough events in a row confirm it, and loses none of them", () => {
    const clock = runningClock();
    const morning = every(SECOND_MS, 100, START_MS + 12 * HOUR_MS);
    expect(feed(clock, morning.slice(0, CONFIRMING_EVENTS - 1)).taken).toEqual([]);
    const { taken, late, givenUp } = feed(clock, morning.slice(CONFIRMING_EVENTS - 1));
    expect(taken.toSorted()).toEqual(morning);
    expect([late, givenUp]).toEqual([[], []]);
    expect(clock.watermarkMs).toBe(START_MS + 12 * HOUR_MS + 99 * SECOND_MS - LATENESS_MS);
  });

  test("jumps to where most say it is, though one among them says 2100", () => {
    const clock = runningClock();
    const morning = every(SECOND_MS, 40, START_MS + 12 * HOUR_MS);
    feed(clock, [...morning.slice(0, 5), YEAR_2100_MS, ...morning.slice(5)]);
    expect(clock.state.latestMs).toBe(START_MS + 12 * HOUR_MS + 39 * SECOND_MS);
    expect(clock.state.parked.map((event) => event.timeMs)).toEqual([YEAR_2100_MS]);
  });

  test("gives up the events of a source that is a day ahead, and goes on with the others", () => {
    const clock = runningClock();
    const times = every(100, 20_000, START_MS + 100 * SECOND_MS);
    const mixed = times.map((timeMs, i) => (i % 10 === 3 ? timeMs + DAY_MS : timeMs));
    const { taken, late, givenUp } = feed(clock, mixed);
    expect(late).toEqual([]);
    expect(taken).toEqual(times.filter((_, i) => i % 10 !== 3));
    expect(givenUp.length + clock.state.parked.length).toBe(2000);
    expect(clock.state.parked.length).toBeLessThan(1024);
  });

  test("takes a parked event when the stream comes to it", () => {
    const clock = runningClock();
    const aheadMs = START_MS + HOUR_MS;
    const { taken, givenUp } = feed(clock, [aheadMs, ...every(MINUTE_MS, 60, START_MS + 2 * MINUTE_MS)]);
    expect(taken).toContain(aheadMs);
    expect(givenUp).toEqual([]);
  });

  test("is led by parked events from one to the next, as far as each is within the lateness of the one before", () => {
    const clock = runningClock();
    const chain = every(9 * MINUTE_MS, 8, clock.state.latestMs + 20 * MINUTE_MS);
    for (const timeMs of [...chain, YEAR_2100_MS].toReversed())
      clock.park({ timeMs, slot: 0, cell: 0, kind: 0, reference: 0 });
    expect(clock.reached()).toEqual([]);
    clock.promise(clock.watermarkMs + 15 * MINUTE_MS);
    expect(clock.reached().map((event) => event.timeMs)).toEqual(chain);
    expect(clock.state.latestMs).toBe(chain.at(-1));
    expect(clock.state.parked.map((event) => event.timeMs)).toEqual([YEAR_2100_MS]);
  });

  test("moves with a promise of the sender, and not back", () => {
    const clock = runningClock();
    clock.promise(START_MS + HOUR_MS);
    expect(clock.watermarkMs).toBe(START_MS + HOUR_MS);
    clock.promise(START_MS);
    expect(clock.watermarkMs).toBe(START_MS + HOUR_MS);
  });
});

describe("at the end of a stream, its clock", () => {
  test("believes what follows the last event within a day, and doubts the year 2100", () => {
    const clock = runningClock();
    const evening = START_MS + 9 * HOUR_MS;
    feed(clock, [evening, YEAR_2100_MS, START_MS + 101 * SECOND_MS, evening + 20 * HOUR_MS]);
    const { believed, doubted } = clock.close();
    expect(believed.map((event) => event.timeMs)).toEqual([evening, evening + 20 * HOUR_MS]);
    expect(doubted.map((event) => event.timeMs)).toEqual([YEAR_2100_MS]);
    expect(clock.state.parked).toEqual([]);
  });

  test("believes a stream of too few events to confirm each other", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 * DAY_MS }), { minLength: 1, maxLength: CONFIRMING_EVENTS - 1 }),
        (offsets) => {
          const clock = new StreamClock(LATENESS_MS);
          const times = offsets.map((offset) => START_MS + offset);
          feed(clock, times);
          const { believed, doubted } = clock.close();
          expect(believed.map((event) => event.timeMs)).toEqual(times.toSorted((a, b) => a - b));
          expect(doubted).toEqual([]);
        },
      ),
    );
  });

  test("believes events in order however far apart they lie, also behind some that confirmed each other", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5 * DAY_MS }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(steps, (gaps) => {
        const clock = runningClock();
        let timeMs = clock.state.latestMs;
        const times = gaps.map((gap) => {
          timeMs += gap;
          return timeMs;
        });
        const { taken, late, givenUp } = feed(clock, times);
        const { believed, doubted } = clock.close();
        expect([...taken, ...believed.map((event) => event.timeMs)].toSorted((a, b) => a - b)).toEqual(times);
        expect([late, givenUp, doubted]).toEqual([[], [], []]);
        expect(clock.state.latestMs).toBe(timeMs);
      }),
    );
  });

  test("doubts all of a source that is days ahead, its very last event too", () => {
    const clock = runningClock();
    const aheadMs = START_MS + 3 * DAY_MS;
    feed(clock, [aheadMs, START_MS + 101 * SECOND_MS, aheadMs + 2 * DAY_MS]);
    const { believed, doubted } = clock.close();
    expect(believed).toEqual([]);
    expect(doubted.map((event) => event.timeMs)).toEqual([aheadMs, aheadMs + 2 * DAY_MS]);
    expect(clock.state.latestMs).toBe(START_MS + 101 * SECOND_MS);
  });

  test("doubts an event that all later ones overtake, though those were parked as well", () => {
    const clock = runningClock();
    const sparse = every(12 * HOUR_MS, 12, START_MS + DAY_MS);
    const { givenUp } = feed(clock, [...sparse.slice(0, 3), YEAR_2100_MS, ...sparse.slice(3)]);
    const { believed, doubted } = clock.close();
    expect(givenUp).toEqual([]);
    expect(believed.map((event) => event.timeMs)).toEqual(sparse);
    expect(doubted.map((event) => event.timeMs)).toEqual([YEAR_2100_MS]);
  });

  test("has taken, refused or doubted every event once", () => {
    const times = fc.array(
      fc
        .oneof(fc.integer({ min: 0, max: 2 * HOUR_MS }), fc.integer({ min: 0, max: 90 * DAY_MS }))
        .map((ms) => START_MS + ms),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(times, (all) => {
        const clock = new StreamClock(LATENESS_MS);
        const { taken, late, givenUp } = feed(clock, all);
        const { believed, doubted } = clock.close();
        const dealtWith = [...taken, ...late, ...givenUp, ...[...believed, ...doubted].map((event) => event.timeMs)];
        expect(dealtWith.toSorted()).toEqual(all.toSorted());
      }),
    );
  });
});

test("events between two times of which it takes all are taken together as one by one, in whatever order", () => {
  const time = fc.integer({ min: -15 * MINUTE_MS, max: 15 * MINUTE_MS }).map((ms) => START_MS + ms);
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 6 }), (times) => {
      const [together, single] = [new StreamClock(LATENESS_MS), new StreamClock(LATENESS_MS)];
      for (const clock of [together, single]) clock.promise(START_MS - LATENESS_MS);
      const [from, to] = [Math.min(...times), Math.max(...times)];
      // Where the first and the last come in either order and are taken, so are all.
      const either = [...times, from, to, from].every((timeMs) => single.judge(timeMs) === "take");
      if (together.takesAll(from, to)) {
        together.take(times.length + 3, to);
        expect(either).toBe(true);
        expect(together.state).toEqual(single.state);
      } else
        expect([from < to - LATENESS_MS, from < START_MS - LATENESS_MS, to > START_MS + LATENESS_MS]).toContain(true);
    }),
  );
});
