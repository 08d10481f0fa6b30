import { type City, NONE, toX, toY } from "../geo/city.js";
import { areaOf, contains, measure } from "../geo/polygon.js";
import { regionAtLevel, toPlane } from "../geo/regions.js";
import type { Fence } from "./trigger.js";

/** A fence on the city's plane, metres. */
export interface FenceArea {
  readonly squareMetres: number;
  /** Box that holds it. */
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  contains(x: number, y: number): boolean;
}

/** Where a fence is, or what the city has not, as `venue V7`. */
export function fenceArea(city: City, fence: Fence): FenceArea | { readonly unknown: string } {
  if (fence.kind === "venue") return venueArea(city, fence.venue);
  if (fence.kind === "region") return regionArea(city, fence.region);
  if (fence.kind === "around") {
    const [x, y] = [toX(city.plane, fence.lon), toY(city.plane, fence.lat)];
    return disk(x, y, fence.metres, (px, py) => Math.hypot(px - x, py - y) <= fence.metres);
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
  const box = disk(x, y, ELONGATED * radius, (px, py) => venues.distance(venue, px, py) === 0);
  return { ...box, squareMetres: Math.PI * radius * radius };
}

function regionArea({ regions }: City, id: string): FenceArea | { readonly unknown: string } {
  const region = regions.id.indexOf(id);
  if (region < 0) return { unknown: `region ${id}` };
  const level = regions.level[region] as number;
  return {
    // Its borders are partly those of the nearest cell, so it may be anywhere, and is as large as need be.
    squareMetres: Number.POSITIVE_INFINITY,
    minX: Number.NEGATIVE_INFINITY,
    minY: Number.NEGATIVE_INFINITY,
    maxX: Number.POSITIVE_INFINITY,
    maxY: Number.POSITIVE_INFINITY,
    contains(x, y) {
      const at = regions.locate(x, y);
      return at !== NONE && regionAtLevel(regions, at, level) === region;
    },
  };
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
