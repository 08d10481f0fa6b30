import type { City } from "../geo/city.js";

/** A place is in another region than was told when it lies there, this far and more from the border; metres. */
const BORDER_METRES = 60;

/**
 * Region of a place that was told to be in `was`. A place known better moves a little; that alone, at a border, must not throw anyone out of
 * a region.
 */
export function settledRegion({ regions }: City, was: number, x: number, y: number): number {
  const now = regions.locate(x, y);
  if (now === was) return was;
  const beside = [
    [BORDER_METRES, 0],
    [-BORDER_METRES, 0],
    [0, BORDER_METRES],
    [0, -BORDER_METRES],
  ] as const;
  return beside.some(([dx, dy]) => regions.locate(x + dx, y + dy) === was) ? was : now;
}
