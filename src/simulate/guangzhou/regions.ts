import { toX, toY } from "../../geo/city.js";
import { Random } from "../random.js";
import { PLANE, type PlannedRegion } from "./plan.js";
import { type Density, DISTRICTS, STREETS } from "./streets.js";

const HALL_OFFSET_M: Record<Density, number> = { c: 260, u: 450, s: 900, t: 1500, r: 2600 };
const HALL_NAMES = ["第一营业厅", "第二营业厅"];

/** The operator's levels 1 to 4 over the districts and streets, parents before children. */
export function planRegions(): PlannedRegion[] {
  const regions: PlannedRegion[] = [];
  const indexOf = new Map<string, number>();
  const random = new Random(2024, "regions");
  const childrenOf = new Map<number, number>();

  function add(parent: number, name: string, x: number, y: number): number {
    const above = regions[parent];
    const number = (childrenOf.get(parent) ?? 0) + 1;
    childrenOf.set(parent, number);
    const id = above === undefined ? "" : `${above.id}-${number}`;
    regions.push({ id, level: (above?.level ?? 0) + 1, name, parent, x, y });
    return regions.length - 1;
  }

  for (const street of STREETS) {
    const x = toX(PLANE, street.lon);
    const y = toY(PLANE, street.lat);
    let branch = indexOf.get(street.district);
    if (branch === undefined) {
      branch = regions.length;
      regions.push({ id: street.district, level: 1, name: `${DISTRICTS[street.district]}分公司`, parent: -1, x, y });
      indexOf.set(street.district, branch);
    }
    const centreKey = `${street.district}/${street.centre}`;
    const centre = indexOf.get(centreKey) ?? add(branch, `${street.centre}营销中心`, x, y);
    indexOf.set(centreKey, centre);
    const area = add(centre, `${street.name}片区`, x, y);
    const bearing = random.range(0, 2 * Math.PI);
    const offset = HALL_OFFSET_M[street.density];
    for (let hall = 0; hall < (street.density === "r" ? 1 : 2); hall++) {
      const side = hall === 0 ? 1 : -1;
      const hallX = x + side * offset * Math.cos(bearing);
      add(area, `${street.name}${HALL_NAMES[hall]}`, hallX, y + side * offset * Math.sin(bearing));
    }
  }
  return regions;
}

/** Index of the business hall nearest to a point of the plane. */
export function nearestHall(regions: readonly PlannedRegion[], x: number, y: number): number {
  let best = -1;
  let bestSquared = Number.POSITIVE_INFINITY;
  for (let i = 0; i < regions.length; i++) {
    const region = regions[i] as PlannedRegion;
    if (region.level !== 4) continue;
    const squared = (region.x - x) ** 2 + (region.y - y) ** 2;
    if (squared < bestSquared) {
      bestSquared = squared;
      best = i;
    }
  }
  return best;
}
