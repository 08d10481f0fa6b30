import { type City, NONE, toLat, toLon } from "./city.js";
import { h3Of, h3Text } from "./h3.js";

/** By the H3 cells of a resolution in which cells of a city lie, the regions of these cells; an empty name for those without one. */
export function hexagonRegions(
  { cells, plane, regions }: City,
  resolution: number,
): ReadonlyMap<string, ReadonlySet<string>> {
  const of = new Map<string, Set<string>>();
  for (let row = 0; row < cells.count; row++) {
    const at = h3Of(toLon(plane, cells.x[row] as number), toLat(plane, cells.y[row] as number), resolution);
    const hexagon = h3Text(at.h3Hi, at.h3Lo);
    const region = cells.region[row] as number;
    const found = of.get(hexagon) ?? new Set();
    of.set(hexagon, found.add(region === NONE ? "" : (regions.id[region] as string)));
  }
  return of;
}
