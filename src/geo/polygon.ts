import pointInPolygon from "point-in-polygon-hao";

/** A position on the plane, [x, y] in metres. */
export type Point = [number, number];
/** Rings of one polygon, the outer first, holes after it; the last point of a ring repeats the first. */
export type Polygon = Point[][];

/** An area of one or more polygons with its bounding box, metres on the plane. */
export interface Area {
  readonly polygons: readonly Polygon[];
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export function areaOf(polygons: readonly Polygon[]): Area {
  let minX = Number.POSITIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (const polygon of polygons) {
    for (const [x, y] of polygon[0] ?? []) {
      minX = Math.min(minX, x);
      minY = Math.min(minY, y);
      maxX = Math.max(maxX, x);
      maxY = Math.max(maxY, y);
    }
  }
  return { polygons, minX, minY, maxX, maxY };
}

/** Whether the point is in the area or on its edge. */
export function contains(area: Area, x: number, y: number): boolean {
  if (x < area.minX || x > area.maxX || y < area.minY || y > area.maxY) return false;
  // The library answers 0 for a point on an edge.
  for (const polygon of area.polygons) if (pointInPolygon([x, y], polygon) !== false) return true;
  return false;
}

/** Metres from the point to the area; 0 inside and on the edge. A point in a hole is as far as the rim of the hole. */
export function distanceTo(area: Area, x: number, y: number): number {
  if (contains(area, x, y)) return 0;
  let best = Number.POSITIVE_INFINITY;
  for (const polygon of area.polygons) {
    for (const ring of polygon) {
      for (let i = 1; i < ring.length; i++) {
        best = Math.min(best, squaredDistanceToSegment(x, y, ring[i - 1] as Point, ring[i] as Point));
      }
    }
  }
  return Math.sqrt(best);
}

function squaredDistanceToSegment(x: number, y: number, a: Point, b: Point): number {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / length));
  return (x - a[0] - along * dx) ** 2 + (y - a[1] - along * dy) ** 2;
}

/** Centroid and size in square metres, holes taken off, by the shoelace formula whichever way round the rings go. */
export function measure(area: Area): { x: number; y: number; squareMetres: number } {
  let squareMetres = 0;
  let momentX = 0;
  let momentY = 0;
  for (const polygon of area.polygons) {
    for (const [index, ring] of polygon.entries()) {
      const part = measureRing(ring, area.minX, area.minY);
      const sign = (index === 0 ? 1 : -1) * Math.sign(part.doubled);
      squareMetres += (sign * part.doubled) / 2;
      momentX += sign * part.momentX;
      momentY += sign * part.momentY;
    }
  }
  // An area without size (all points on a line) has no centroid of its own.
  if (squareMetres <= 0) return { x: (area.minX + area.maxX) / 2, y: (area.minY + area.maxY) / 2, squareMetres: 0 };
  return { x: area.minX + momentX / squareMetres, y: area.minY + momentY / squareMetres, squareMetres };
}

function measureRing(ring: Point[], x0: number, y0: number): { doubled: number; momentX: number; momentY: number } {
  let doubled = 0;
  let momentX = 0;
  let momentY = 0;
  for (let i = 1; i < ring.length; i++) {
    const ax = (ring[i - 1] as Point)[0] - x0;
    const ay = (ring[i - 1] as Point)[1] - y0;
    const bx = (ring[i] as Point)[0] - x0;
    const by = (ring[i] as Point)[1] - y0;
    const cross = ax * by - bx * ay;
    doubled += cross;
    momentX += ((ax + bx) * cross) / 6;
    momentY += ((ay + by) * cross) / 6;
  }
  return { doubled, momentX, momentY };
}
