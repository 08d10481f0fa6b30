import { type City, toX, toY } from "../geo/city.js";
import { areaOf, contains, measure } from "../geo/polygon.js";
import { toPlane } from "../geo/regions.js";
import type { Fence } from "./trigger.js";

/** A box on the city's plane, metres. */
export interface Box {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** A fence on the plane, within its box. */
export interface FenceArea extends Box {
  readonly squareMetres: number;
  contains(x: number, y: number): boolean;
}

/** Where a fence is that is no region, or what the city has not, as `venue V7`. */
export function fenceArea(
  city: City,
  fence: Exclude<Fence, { kind: "region" }>,
): FenceArea | { readonly unknown: string } {
  if (fence.kind === "venue") return venueArea(city, fence.venue);
  if (fence.kind === "around") {
    const [x, y] = [toX(city.plane, fence.lon), toY(city.plane, fence.lat)];
    return disk(x, y, fence.metres, (px, py) => (px - x) ** 2 + (py - y) ** 2 <= fence.metres ** 2);
  }
  const area = areaOf(toPlane(fence.polygons, city.plane));
  return { ...area, squareMetres: measure(area).squareMetres, contains: (x, y) => contains(area, x, y) };
}

/** The premises of an elongated venue reach beyond the circle of its size. */
const ELONGATED = 3;

function venueArea({ venues }: City, id: string): FenceArea | { readonly unknown: string } {
  const venue = venues.id.indexOf(id);
  if (venue < 0) return { unknown: `venue ${id}` };
  const radius = venues.radius[venue] as number;
  const [x, y] = [venues.x[venue] as number, venues.y[venue] as number];
  const box = disk(x, y, ELONGATED * radius, (px, py) => venues.holds(venue, px, py));
  return { ...box, squareMetres: Math.PI * radius * radius };
}

function disk(x: number, y: number, radius: number, inside: FenceArea["contains"]): FenceArea {
  return {
    squareMetres: Math.PI * radius * radius,
    minX: x - radius,
    minY: y - radius,
    maxX: x + radius,
    maxY: y + radius,
    contains: inside,
  };
}
