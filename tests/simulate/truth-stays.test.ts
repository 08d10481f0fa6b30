import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visit } from "../../src/simulate/day-context.js";
import { StayJoiner, type TrueStay } from "../../src/simulate/truth-stays.js";

const MINUTE = 60_000;

interface Rest {
  readonly x: number;
  readonly venue: number;
  readonly from: number;
  readonly to: number;
}

/** Rests in minutes, in order of time, to true stays. */
function join(rests: readonly Rest[]): TrueStay[] {
  const stays: TrueStay[] = [];
  const joiner = new StayJoiner((stay) => stays.push(stay));
  for (const { x, venue, from, to } of rests) {
    joiner.add(visit({ x, y: 0, venue }, from * MINUTE, to * MINUTE, "leisure"), from * MINUTE, to * MINUTE);
  }
  joiner.flush();
  return stays;
}

describe("true stays", () => {
  test("last ten minutes or more", () => {
    expect(join([{ x: 0, venue: -1, from: 0, to: 9 }])).toEqual([]);
    expect(join([{ x: 0, venue: -1, from: 0, to: 10 }])).toHaveLength(1);
  });

  test("are one within 300 m with less than 15 minutes between, at the place of the longest part", () => {
    const work = { x: 0, venue: 1, from: 0, to: 180 };
    const lunch = { x: 250, venue: 2, from: 185, to: 230 };
    const back = { x: 0, venue: 1, from: 236, to: 500 };
    expect(join([work, lunch, back])).toEqual([{ startMs: 0, endMs: 500 * MINUTE, x: 0, y: 0 }]);
  });

  test("are two when farther apart or with 15 minutes between", () => {
    const home = { x: 0, venue: 1, from: 0, to: 60 };
    expect(join([home, { x: 400, venue: 2, from: 65, to: 100 }])).toHaveLength(2);
    expect(join([home, { x: 0, venue: 1, from: 75, to: 100 }])).toHaveLength(2);
  });

  test("are one on the same premises, however large", () => {
    expect(
      join([
        { x: 0, venue: 7, from: 0, to: 60 },
        { x: 900, venue: 7, from: 70, to: 100 },
      ]),
    ).toHaveLength(1);
  });

  test("never overlap, keep their order, and cover no time in which nobody rested for 15 minutes", () => {
    const rests = fc
      .array(
        fc.record({
          gap: fc.integer({ min: 1, max: 40 }),
          length: fc.integer({ min: 1, max: 90 }),
          x: fc.integer({ min: 0, max: 900 }),
        }),
        {
          maxLength: 30,
        },
      )
      .map((parts) => {
        let at = 0;
        return parts.map(({ gap, length, x }) => {
          const from = at + gap;
          at = from + length;
          return { x, venue: -1, from, to: at };
        });
      });
    fc.assert(
      fc.property(rests, (given) => {
        const stays = join(given);
        for (let i = 0; i < stays.length; i++) {
          const stay = stays[i] as TrueStay;
          expect(stay.endMs - stay.startMs).toBeGreaterThanOrEqual(10 * MINUTE);
          if (i > 0) expect(stay.startMs).toBeGreaterThan((stays[i - 1] as TrueStay).endMs);
        }
        for (const rest of given.filter(({ from, to }) => to - from >= 10)) {
          const inside = stays.filter((stay) => stay.startMs <= rest.from * MINUTE && stay.endMs >= rest.to * MINUTE);
          expect(inside).toHaveLength(1);
        }
      }),
    );
  });
});
