import { expect, test } from "vitest";
import { dimensionsOf, unitOf } from "../../src/score/catalogue.js";

const levelOf = (region: string) => ({ A: 1, "A-1": 2 })[region] ?? null;

test("region circles of a level are one row, a cell is level 5, and without levels a kind is one row", () => {
  expect(unitOf("home:A-1", levelOf)).toBe("home:* level 2");
  expect(unitOf("day:ecgi:460-00-17", levelOf)).toBe("day:* level 5");
  expect(unitOf("active:B", levelOf)).toBe("active:*");
});

test("members of another family are one row, and every other circle is its own", () => {
  expect(unitOf("music:pop", levelOf)).toBe("music:*");
  expect(unitOf("music", levelOf)).toBe("music");
  expect(unitOf("an-analyst-made:this", levelOf)).toBe("an-analyst-made:*");
});

test("the store tells the dimension of a circle, else the catalogue", () => {
  const dimensionOf = dimensionsOf([{ circle: "night-market", dimension: "behaviour" }]);
  expect(dimensionOf("night-market")).toBe("behaviour");
  expect(dimensionOf("music:folk")).toBe("preference");
  expect(dimensionOf("home:A")).toBe("region");
  expect(dimensionOf("income-high")).toBe("demographic");
  expect(dimensionOf("nobody-knows")).toBe("unknown");
});
