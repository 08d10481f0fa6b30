import { type City, NONE } from "../geo/city.js";
import { type Polygon, regionOutlines } from "../geo/region-outlines.js";
import type { Answers } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import type { Services } from "./services.js";

type RegionAnswers = Pick<Answers<typeof OPERATIONS>, "listRegions">;

/** Regions are reference data: everybody who may ask for numbers may see all of them. */
export function regionAnswers(services: Pick<Services, "city">): RegionAnswers {
  const outlinesOf = keptOutlines();
  return {
    async listRegions({ query }) {
      const { city } = services;
      const { regions } = city;
      const levels = [...new Set(regions.level)].sort();
      const level = query.level ?? levels[0] ?? 1;
      const outlines = outlinesOf(city, level);
      const ofLevel = [...regions.level.keys()].filter((region) => regions.level[region] === level);
      return {
        city: city.name,
        timeZone: city.timeZone,
        levels,
        level,
        regions: ofLevel.map((region) => {
          const parent = regions.parent[region] as number;
          return {
            region: regions.id[region] as string,
            name: regions.name[region] as string,
            parent: parent === NONE ? null : (regions.id[parent] as string),
            outline: (outlines.get(region) ?? []) as [number, number][][][],
          };
        }),
      };
    },
  };
}

/** The outlines of a level, worked out once for the reference data in force. */
function keptOutlines(): (city: City, level: number) => ReadonlyMap<number, Polygon[]> {
  let of: City | null = null;
  const byLevel = new Map<number, ReadonlyMap<number, Polygon[]>>();
  return (city, level) => {
    if (city !== of) byLevel.clear();
    of = city;
    const outlines = byLevel.get(level) ?? regionOutlines(city, level);
    byLevel.set(level, outlines);
    return outlines;
  };
}
