import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Area, areaOf, contains, distanceTo, measure, type Point, type Polygon } from "../../src/geo/polygon.js";

function box(x0: number, y0: number, x1: number, y1: number): Point[] {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ];
}

/** A star-shaped ring about the origin, which may be very concave. */
const rings = fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 3, maxLength: 12 }).map((radii): Polygon => {
  const ring = radii.map((radius, i): Point => {
    const angle = (2 * Math.PI * i) / radii.length;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return [[...ring, ring[0] as Point]];
});
const coordinate = fc.double({ min: -120, max: 120, noNaN: true });

/** Crossings of a ray to the right, over all rings. */
function crossingOracle(area: Area, x: number, y: number): boolean {
  let inside = false;
  for (const ring of area.polygons.flat()) {
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = ring[i - 1] as Point;
      const [bx, by] = ring[i] as Point;
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

describe("areas", () => {
  it("hold the points that crossings of a ray say", () => {
    fc.assert(
      fc.property(rings, coordinate, coordinate, (polygon, x, y) => {
        const area = areaOf([polygon]);
        fc.pre(distanceTo(area, x, y) === 0 || distanceTo(area, x, y) > 1e-6);
        expect(contains(area, x, y)).toBe(crossingOracle(area, x, y));
      }),
    );
  });

  it("are as far as the nearest of many points on their edge", () => {
    fc.assert(
      fc.property(rings, coordinate, coordinate, (polygon, x, y) => {
        const area = areaOf([polygon]);
        fc.pre(!contains(area, x, y));
        const ring = polygon[0] as Point[];
        let nearest = Number.POSITIVE_INFINITY;
        for (let i = 1; i < ring.length; i++) {
          const [[ax, ay], [bx, by]] = [ring[i - 1] as Point, ring[i] as Point];
          for (let t = 0; t <= 1; t += 0.005)
            nearest = Math.min(nearest, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
        }
        expect(distanceTo(area, x, y)).toBeCloseTo(nearest, 0);
      }),
      { numRuns: 40 },
    );
  });

  it("measure a square with a hole whichever way round its rings go", () => {
    const hole = box(0, 0, 2, 2);
    for (const rim of [box(0, 0, 4, 4), box(0, 0, 4, 4).reverse()]) {
      const { x, y, squareMetres } = measure(areaOf([[rim, hole]]));
      expect(squareMetres).toBeCloseTo(12);
      expect(x).toBeCloseTo((16 * 2 - 4 * 1) / 12);
      expect(y).toBeCloseTo(x);
    }
  });

  it("leave their holes out and measure the way out of one", () => {
    const area = areaOf([[box(0, 0, 10, 10), box(4, 4, 8, 8)], [box(20, 0, 30, 10)]]);
    expect(contains(area, 6, 6)).toBe(false);
    expect(distanceTo(area, 6, 5)).toBeCloseTo(1);
    expect(contains(area, 25, 5)).toBe(true);
    expect(distanceTo(area, 15, 5)).toBeCloseTo(5);
    expect(contains(area, 10, 5)).toBe(true);
  });

  it("without a size have the middle of their box for a centroid", () => {
    expect(
      measure(
        areaOf([
          [
            [
              [0, 0],
              [2, 2],
              [4, 4],
              [0, 0],
            ],
          ],
        ]),
      ),
    ).toEqual({ x: 2, y: 2, squareMetres: 0 });
  });
});
