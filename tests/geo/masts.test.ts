import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NONE } from "../../src/geo/city.js";
import { buildMasts, RIVALS } from "../../src/geo/masts.js";

function masts(
  positions: readonly (readonly [number, number])[],
  generations?: number[],
  indoor?: number[],
): ReturnType<typeof buildMasts> {
  return buildMasts({
    count: positions.length,
    keyHi: Uint32Array.from(positions, (_, i) => ((generations?.[i] ?? 1) << 30) >>> 0),
    siteX: Float32Array.from(positions, ([x]) => x),
    siteY: Float32Array.from(positions, ([, y]) => y),
    indoor: Uint8Array.from(positions, (_, i) => indoor?.[i] ?? 0),
  });
}

describe("masts", () => {
  it("are the outdoor cells of one generation at one position", () => {
    const built = masts(
      [
        [0, 0],
        [0.2, 0],
        [500, 0],
        [0, 0],
        [0, 0],
      ],
      [1, 1, 1, 2, 1],
      [0, 0, 0, 0, 1],
    );
    expect(Array.from(built.mast)).toEqual([0, 0, 1, 2, NONE]);
    expect(Array.from(built.rows)).toEqual([0, 1, 2, 3]);
    expect(Array.from(built.start)).toEqual([0, 2, 3, 4]);
    expect(built.rivals[0]).toBe(1);
    expect(built.rivals[2 * RIVALS]).toBe(NONE);
    expect(built.surround[0]).toBe(500);
    expect(built.surround[2]).toBeNaN();
  });

  it("have the nearest others for rivals, as a search through all says", () => {
    const metres = fc.integer({ min: -5000, max: 5000 });
    const positions = fc.uniqueArray(fc.tuple(metres, metres), {
      selector: ([x, y]) => `${x},${y}`,
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(positions, (list) => {
        const built = masts(list);
        for (const [m, [x, y]] of list.entries()) {
          const distances = list.map(([ox, oy]) => Math.hypot(ox - x, oy - y)).sort((a, b) => a - b);
          const found = Array.from(built.rivals.subarray(m * RIVALS, (m + 1) * RIVALS)).filter(
            (rival) => rival !== NONE,
          );
          const near = found.map((rival) => Math.hypot((list[rival]?.[0] ?? 0) - x, (list[rival]?.[1] ?? 0) - y));
          expect(near).toEqual(distances.slice(1, RIVALS + 1));
        }
      }),
      { numRuns: 50 },
    );
  });
});
