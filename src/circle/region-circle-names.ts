/** Ids of the region circles: `home:`, `day:` and `active:`, each with the id of a region, or the name of a cell at the fifth level. */
import { type City, NONE } from "../geo/city.js";
import { regionAtLevel } from "../geo/regions.js";
import { formatCell } from "../signal/identity.js";

export const REGION_CIRCLE_KINDS = ["home", "day", "active"] as const;
export type RegionCircleKind = (typeof REGION_CIRCLE_KINDS)[number];

/** The levels; the fifth is the cell itself. */
export const LEVELS = [1, 2, 3, 4, 5] as const;
const CELL_LEVEL = 5;

/**
 * Makes each id once, when it is first asked for: a day close asks for the same ones over and over. Holds at most an id a kind and
 * region or row of the cell table.
 */
export class RegionCircleNames {
  private readonly city: City;
  private readonly ofCell: Record<RegionCircleKind, (string | undefined)[]> = { home: [], day: [], active: [] };
  private readonly ofRegion: Record<RegionCircleKind, (string | null | undefined)[]> = {
    home: [],
    day: [],
    active: [],
  };

  constructor(city: City) {
    this.city = city;
    for (const kind of REGION_CIRCLE_KINDS) {
      this.ofCell[kind] = new Array<string | undefined>(city.cells.count);
      this.ofRegion[kind] = new Array<string | undefined>(city.regions.count * LEVELS.length);
    }
  }

  /**
   * The circle of a level, null where the city has no region there.
   *
   * @param region finest region or NONE
   * @param row row of the cell table
   */
  of(kind: RegionCircleKind, level: number, region: number, row: number): string | null {
    if (level === CELL_LEVEL) {
      const known = this.ofCell[kind][row];
      if (known !== undefined) return known;
      const { keyHi, keyLo } = this.city.cells;
      const made = `${kind}:${formatCell(keyHi[row] as number, keyLo[row] as number)}`;
      this.ofCell[kind][row] = made;
      return made;
    }
    if (region === NONE) return null;
    const key = region * LEVELS.length + level - 1;
    const known = this.ofRegion[kind][key];
    if (known !== undefined) return known;
    const atLevel = regionAtLevel(this.city.regions, region, level);
    const made = atLevel === NONE ? null : `${kind}:${this.city.regions.id[atLevel]}`;
    this.ofRegion[kind][key] = made;
    return made;
  }
}

const OF_CITY = new WeakMap<City, RegionCircleNames>();

/** The names of a city, one table for all its partitions. */
export function regionCircleNamesOf(city: City): RegionCircleNames {
  const known = OF_CITY.get(city);
  if (known !== undefined) return known;
  const made = new RegionCircleNames(city);
  OF_CITY.set(city, made);
  return made;
}
