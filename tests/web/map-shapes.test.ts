import fc from "fast-check";
import { latLngToCell } from "h3-js";
import { describe, expect, test } from "vitest";
import {
  classBounds,
  classOf,
  hexagonShape,
  labelsThatFit,
  MAP_HEIGHT,
  MAP_WIDTH,
  type Outline,
  outlineShape,
  projectionOver,
  viewOf,
  WHOLE,
  zoomed,
} from "../../web/map-shapes.js";

const square = (lon: number, lat: number, size: number): Outline => [
  [
    [
      [lon, lat],
      [lon + size, lat],
      [lon + size, lat + size],
      [lon, lat + size],
      [lon, lat],
    ],
  ],
];

describe("a map", () => {
  test("holds all outlines, north up and east right", () => {
    const outlines = [square(113, 23, 0.2), square(113.6, 23.4, 0.1)];
    const projection = projectionOver(outlines);
    const [southWest, northEast] = outlines.map((outline, i) => outlineShape(projection, String(i), outline));
    for (const { box } of [southWest, northEast].flatMap((shape) => shape ?? [])) {
      const [west, north, east, south] = box;
      expect(Math.min(west, north)).toBeGreaterThanOrEqual(0);
      expect(east).toBeLessThanOrEqual(MAP_WIDTH);
      expect(south).toBeLessThanOrEqual(MAP_HEIGHT);
    }
    expect(northEast?.x).toBeGreaterThan(southWest?.x ?? Number.NaN);
    expect(northEast?.y).toBeLessThan(southWest?.y ?? Number.NaN);
  });

  test("puts the name of a place of several parts on its greatest", () => {
    const islands: Outline = [...square(113, 23, 0.01), ...square(113.5, 23.3, 0.2)];
    const projection = projectionOver([islands]);
    const whole = outlineShape(projection, "a", islands);
    const greatest = outlineShape(projection, "b", islands.slice(1));
    expect([whole.x, whole.y]).toEqual([greatest.x, greatest.y]);
    expect(whole.path.match(/M/g)).toHaveLength(2);
  });

  test("draws an H3 cell as a hexagon around its middle", () => {
    const projection = projectionOver([square(113, 23, 0.2)]);
    const { path, x, y } = hexagonShape(projection, latLngToCell(23.1, 113.1, 7));
    expect(path.match(/[ML]/g)).toHaveLength(7);
    expect(Math.hypot(x - MAP_WIDTH / 2, y - MAP_HEIGHT / 2)).toBeLessThan(60);
  });

  test("comes back to the whole, and shows a box in its middle", () => {
    expect(zoomed(zoomed(WHOLE, 3), 1 / 3)).toEqual(WHOLE);
    const view = viewOf([100, 100, 140, 120]);
    expect([120 * view.scale + view.x, 110 * view.scale + view.y]).toEqual([MAP_WIDTH / 2, MAP_HEIGHT / 2]);
  });
});

test("classes hold every value, the greater in no lower class, and each class has some", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 500 }), { minLength: 1, maxLength: 80 }), (values) => {
      const bounds = classBounds(values);
      expect(bounds.length).toBeLessThanOrEqual(5);
      const classes = values.toSorted((a, b) => a - b).map((value) => classOf(bounds, value));
      expect(classes).toEqual(classes.toSorted((a, b) => a - b));
      expect(new Set(classes).size).toBe(bounds.length);
    }),
  );
});

test("of labels that would overlap the first is kept", () => {
  const label = (id: string, x: number, y: number) => ({ id, text: "天河分公司", x, y });
  const kept = labelsThatFit([label("a", 100, 100), label("b", 130, 105), label("c", 300, 100), label("d", -9, 9)]);
  expect(kept.map(({ id }) => id)).toEqual(["a", "c"]);
});
