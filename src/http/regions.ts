/** Regions as the API asks for them: by id, by level, with what lies below. */
import { type City, NONE } from "../geo/city.js";
import { regionAtLevel } from "../geo/regions.js";
import { Problem } from "./problem.js";

/** Ids of the regions and of all below them; unknown ids stay, and match nobody. */
export function regionsBelow({ regions }: City, ids: readonly string[]): string[] {
  const wanted = new Set(ids);
  const below: string[] = ids.filter((id) => !regions.id.includes(id));
  for (let region = 0; region < regions.count; region++) {
    for (let at = region; at !== NONE; at = regions.parent[at] as number) {
      if (!wanted.has(regions.id[at] as string)) continue;
      below.push(regions.id[region] as string);
      break;
    }
  }
  return below;
}

/** Level of the finest regions; 4 for a city without any. */
export function finestLevel({ regions }: City): number {
  return regions.count === 0 ? 4 : Math.max(...regions.level);
}

/** From the region of a row to the one above it of a level, as two lists for ClickHouse's `transform`. */
export function toLevel({ regions }: City, level: number): { regionFrom: string[]; regionTo: string[] } {
  const regionFrom: string[] = [];
  const regionTo: string[] = [];
  for (let region = 0; region < regions.count; region++) {
    const above = regionAtLevel(regions, region, level);
    if (above === NONE) continue;
    regionFrom.push(regions.id[region] as string);
    regionTo.push(regions.id[above] as string);
  }
  return { regionFrom, regionTo };
}

/** `transform` of a column to a level, with the parameters of `toLevel`; empty where the city has none there. */
export function levelSql(column: string): string {
  return `transform(toString(${column}), {regionFrom:Array(String)}, {regionTo:Array(String)}, '')`;
}

export function regionName({ regions }: City, id: string): string {
  const at = regions.id.indexOf(id);
  return at === -1 ? "" : (regions.name[at] as string);
}

/** Level of a region. Throws Problem 404 for one that the city has not. */
export function levelOf({ regions }: City, id: string): number {
  const at = regions.id.indexOf(id);
  if (at !== -1) return regions.level[at] as number;
  throw new Problem(404, `the city has no region ${id}`, "see regions.csv of the city folder", [
    { place: "query.region", says: "is no region of the city" },
  ]);
}
