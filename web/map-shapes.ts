/** Places as shapes of an SVG: outlines and hexagons projected (Mercator), classes of numbers, labels that do not overlap. */
import { type GeoProjection, geoMercator } from "d3-geo";
import { cellToBoundary } from "h3-js";

export const MAP_WIDTH = 720;
export const MAP_HEIGHT = 560;
const MARGIN = 18;

type Position = readonly [number, number];
/** Polygons of rings of [lon, lat]. */
export type Outline = readonly (readonly (readonly Position[])[])[];

export interface Shape {
  readonly id: string;
  /** `d` of a path. */
  readonly path: string;
  /** Middle of its greatest polygon. */
  readonly x: number;
  readonly y: number;
  /** Box around it: west, north, east, south. */
  readonly box: readonly [number, number, number, number];
}

/** What part of the map is seen: a point of it times `scale`, moved by x and y. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };

/** A projection that the outlines fill. */
export function projectionOver(outlines: readonly Outline[]): GeoProjection {
  const coordinates = outlines.flat(3).map(([lon, lat]) => [lon, lat]);
  const extent: [[number, number], [number, number]] = [
    [MARGIN, MARGIN],
    [MAP_WIDTH - MARGIN, MAP_HEIGHT - MARGIN],
  ];
  return geoMercator().fitExtent(extent, { type: "MultiPoint", coordinates });
}

export function outlineShape(projection: GeoProjection, id: string, outline: Outline): Shape {
  const polygons = outline.map((rings) => rings.map((ring) => ring.map((at) => project(projection, at))));
  const outsides = polygons.map(([outside = []]) => outside);
  const greatest = outsides.toSorted((a, b) => area(b) - area(a))[0] ?? [];
  const [x, y] = middle(greatest);
  return { id, path: polygons.flat().map(pathOf).join(""), x, y, box: boxOf(greatest) };
}

export function hexagonShape(projection: GeoProjection, cell: string): Shape {
  return outlineShape(projection, cell, [[cellToBoundary(cell, true)]]);
}

export function project(projection: GeoProjection, at: Position): Position {
  return projection([at[0], at[1]]) ?? [0, 0];
}

/** A view in which the box fills most of the map. */
export function viewOf([west, north, east, south]: Shape["box"]): View {
  const scale = Math.min(24, 0.8 * Math.min(MAP_WIDTH / (east - west), MAP_HEIGHT / (south - north)));
  return {
    scale,
    x: MAP_WIDTH / 2 - (scale * (west + east)) / 2,
    y: MAP_HEIGHT / 2 - (scale * (north + south)) / 2,
  };
}

/** The view closer or further by a factor, its middle unmoved; never less than the whole. */
export function zoomed(view: View, factor: number): View {
  const scale = Math.min(40, Math.max(1, view.scale * factor));
  if (scale === 1) return WHOLE;
  const by = scale / view.scale;
  return {
    scale,
    x: MAP_WIDTH / 2 - (MAP_WIDTH / 2 - view.x) * by,
    y: MAP_HEIGHT / 2 - (MAP_HEIGHT / 2 - view.y) * by,
  };
}

/** Lower bounds of at most five classes with about as many values each, lowest first. */
export function classBounds(values: readonly number[], classes = 5): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const bounds = Array.from({ length: classes }, (_, i) => sorted[Math.floor((i * sorted.length) / classes)]);
  return [...new Set(bounds.filter((bound) => bound !== undefined))];
}

/** Class of a value, from 0. */
export function classOf(bounds: readonly number[], value: number): number {
  return Math.max(
    0,
    bounds.findLastIndex((bound) => value >= bound),
  );
}

export interface Label {
  readonly id: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

const CHARACTER_WIDTH = 7;
const WIDE_CHARACTER_WIDTH = 12.5;
const LABEL_HEIGHT = 30;

/** Of labels in the order of their weight, those that fit beside the ones before them. */
export function labelsThatFit(labels: readonly Label[]): Label[] {
  const kept: (Label & { readonly width: number })[] = [];
  for (const label of labels) {
    const width = widthOf(label.text);
    const overlaps = kept.some(
      (other) => Math.abs(other.x - label.x) < (other.width + width) / 2 && Math.abs(other.y - label.y) < LABEL_HEIGHT,
    );
    const isOutside = label.x < 0 || label.x > MAP_WIDTH || label.y < 0 || label.y > MAP_HEIGHT;
    if (!overlaps && !isOutside) kept.push({ ...label, width });
  }
  return kept;
}

function widthOf(text: string): number {
  return [...text].reduce((sum, char) => sum + (char > "\u2e80" ? WIDE_CHARACTER_WIDTH : CHARACTER_WIDTH), 8);
}

function pathOf(ring: readonly Position[]): string {
  return `M${ring.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join("L")}Z`;
}

/** Signed areas of the triangles with the origin, twice. */
function cross(ring: readonly Position[], i: number): number {
  const [ax, ay] = ring[i] as Position;
  const [bx, by] = ring[(i + 1) % ring.length] as Position;
  return ax * by - bx * ay;
}

function area(ring: readonly Position[]): number {
  return Math.abs(ring.reduce((sum, _, i) => sum + cross(ring, i), 0));
}

/** Centroid of the area. */
function middle(ring: readonly Position[]): Position {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < ring.length; i++) {
    const [ax, ay] = ring[i] as Position;
    const [bx, by] = ring[(i + 1) % ring.length] as Position;
    const weight = cross(ring, i);
    sum += weight;
    sumX += (ax + bx) * weight;
    sumY += (ay + by) * weight;
  }
  return sum === 0 ? (ring[0] ?? [0, 0]) : [sumX / (3 * sum), sumY / (3 * sum)];
}

function boxOf(ring: readonly Position[]): Shape["box"] {
  const xs = ring.map(([x]) => x);
  const ys = ring.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
