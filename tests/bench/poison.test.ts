import { expect, test } from "vitest";
import { benchPoison } from "../../bench/poison.js";

test("poison is refused or counted, and nobody else's stays, anchors and memberships are other for it", async () => {
  const figures = await benchPoison({ subscribers: 150, days: 2, one: 20_000, seed: 3 });
  expect(figures.map(({ poison, differing }) => [poison, differing])).toEqual(figures.map(({ poison }) => [poison, 0]));
  const [clean, bad, one, cell, ahead, behind, epochs, plan] = figures;
  const rows = clean?.rows ?? 0;
  const refused = clean?.rejected ?? 0;
  expect(rows).toBeGreaterThan(500);
  expect((bad?.rejected ?? 0) - refused).toBe(rows);
  expect(one?.rows).toBe(rows + 20_000);
  expect(one?.lopsided).not.toMatch(/^0 subscriber/);
  expect(cell?.rows).toBe(2 * rows);
  for (const wrong of [behind, epochs]) expect((wrong?.rejected ?? 0) - refused).toBeGreaterThan(rows / 10 - 50);
  // Those of the end are in doubt still.
  expect((ahead?.rejected ?? 0) - refused).toBeGreaterThan(rows / 20);
  expect(plan?.rows).toBe(rows);
});
