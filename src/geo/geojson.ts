import { type Crs, toWgs84 } from "./crs.js";
import type { FileFaults } from "./fault.js";
import { type Bounds, placing, reportPlacing } from "./plane.js";
import { lineCounter } from "./text.js";

/** Rings of [lon, lat] in WGS 84, the outer first. */
export type LonLatPolygon = [number, number][][];

/** One feature whose geometry is sound; its properties are for the caller to check. */
export interface Feature {
  readonly line: number;
  /** How messages call it: `feature 3`. */
  readonly label: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** One position, or polygons, in WGS 84. */
  readonly point: [number, number] | null;
  readonly polygons: readonly LonLatPolygon[];
}

/** How to read the positions of a file, and which geometries it may have. */
export interface GeojsonForm {
  readonly crs: Crs;
  readonly bounds: Bounds | null;
  readonly points: boolean;
}

/**
 * Reads a FeatureCollection (RFC 7946) of Polygons and MultiPolygons, and of Points where the form allows them. Faulty features are
 * reported with the line on which they start and left out.
 */
export function readFeatures(text: string, form: GeojsonForm, faults: FileFaults): Feature[] {
  const root = parseJson(text, faults) as { type?: unknown; features?: unknown } | null | undefined;
  if (root === undefined) return [];
  if (root === null || root.type !== "FeatureCollection" || !Array.isArray(root.features)) {
    faults.error(
      1,
      "geojson",
      "no FeatureCollection",
      'write {"type": "FeatureCollection", "features": [...]} (RFC 7946)',
    );
    return [];
  }
  const starts = featureStarts(text);
  const lineAt = lineCounter(text);
  const features: Feature[] = [];
  for (const [index, raw] of root.features.entries()) {
    const place = { line: lineAt(starts[index] ?? 0), label: `feature ${index + 1}` };
    const feature = readFeature(raw, place, form, faults);
    if (feature !== null) features.push(feature);
  }
  return features;
}

/** Undefined, with the fault reported, where the text is no JSON. */
function parseJson(text: string, faults: FileFaults): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const line = lineCounter(text)(position === undefined ? text.length : Number(position));
    faults.error(line, "json", `not JSON: ${message}`, "mend the syntax; was the file cut off?");
    return undefined;
  }
}

/**
 * Offsets at which the elements of the top-level `features` array start, in JSON known to be valid: `JSON.parse` does not tell
 * where a value stood.
 */
function featureStarts(text: string): number[] {
  const starts: number[] = [];
  let depth = 0;
  let key = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      if (depth === 1) key = text.slice(i + 1, end);
      i = end;
    } else if (char === "{" || char === "[") {
      depth++;
      if (depth === 3 && key === "features") starts.push(i);
    } else if (char === "}" || char === "]") {
      depth--;
    }
  }
  return starts;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}

interface Place {
  readonly line: number;
  readonly label: string;
}

function readFeature(raw: unknown, place: Place, form: GeojsonForm, faults: FileFaults): Feature | null {
  const { geometry, properties } = (raw ?? {}) as { geometry?: unknown; properties?: unknown };
  const { type, coordinates } = (geometry ?? {}) as { type?: unknown; coordinates?: unknown };
  const given = (typeof properties === "object" && properties !== null ? properties : {}) as Record<string, unknown>;
  const reader = new PositionReader(place, form, faults);
  if (type === "Point" && form.points) {
    const point = reader.position(coordinates);
    reader.reportPlace();
    return point === null ? null : { ...place, properties: given, point, polygons: [] };
  }
  if (type === "Polygon" || type === "MultiPolygon") {
    const polygons = reader.polygons(type === "Polygon" ? [coordinates] : coordinates);
    reader.reportPlace();
    return polygons === null ? null : { ...place, properties: given, point: null, polygons };
  }
  const allowed = `${form.points ? "Point, " : ""}Polygon or MultiPolygon`;
  faults.error(place.line, "geometry", `${place.label} has geometry ${String(type ?? "none")}`, `give it a ${allowed}`);
  return null;
}

/** A value as it stands in the file; of a list only what it begins with, since it may be as deep as the file is long. */
function shown(raw: unknown): string {
  if (!Array.isArray(raw)) return JSON.stringify(typeof raw === "object" && raw !== null ? {} : raw) ?? "nothing";
  const parts = raw
    .slice(0, 3)
    .map((part) => (typeof part === "object" && part !== null ? "[...]" : JSON.stringify(part)));
  return `[${parts.join(",")}${raw.length > 3 ? ",..." : ""}]`;
}

class PositionReader {
  readonly #place: Place;
  readonly #form: GeojsonForm;
  readonly #faults: FileFaults;
  #inside = 0;
  #firstOutside: [number, number] | null = null;

  constructor(place: Place, form: GeojsonForm, faults: FileFaults) {
    this.#place = place;
    this.#form = form;
    this.#faults = faults;
  }

  position(raw: unknown): [number, number] | null {
    const [rawLon, rawLat] = Array.isArray(raw) ? raw : [];
    if (!Number.isFinite(rawLon) || !Number.isFinite(rawLat)) {
      this.#error("position", `has ${shown(raw)} for a position`, "write [lon, lat] in degrees");
      return null;
    }
    const [lon, lat] = toWgs84(this.#form.crs, rawLon, rawLat);
    if (placing(this.#form.bounds, lon, lat) !== "outside") this.#inside++;
    else this.#firstOutside ??= [lon, lat];
    return [lon, lat];
  }

  /** Reports where the positions read so far lie; an area may reach over the bounds, but not lie outside them altogether. */
  reportPlace(): void {
    if (this.#firstOutside === null) return;
    const [lon, lat] = this.#firstOutside;
    if (this.#inside === 0 || Math.abs(lon) > 180 || Math.abs(lat) > 90) {
      reportPlacing(this.#form.bounds, lon, lat, this.#place.label, this.#place.line, this.#faults);
      return;
    }
    const message = `${this.#place.label} reaches far outside the bounds of the city, to ${lon}, ${lat}`;
    this.#faults.warning(
      this.#place.line,
      "reaches outside",
      message,
      "mend the position, or widen bounds in city.yaml",
    );
  }

  polygons(raw: unknown): LonLatPolygon[] | null {
    const polygons: LonLatPolygon[] = [];
    if (!Array.isArray(raw) || raw.length === 0) return this.#noRings();
    for (const rings of raw) {
      if (!Array.isArray(rings) || rings.length === 0) return this.#noRings();
      const polygon: LonLatPolygon = [];
      for (const rawRing of rings) {
        const ring = this.#ring(rawRing);
        if (ring === null) return null;
        polygon.push(ring);
      }
      polygons.push(polygon);
    }
    return polygons;
  }

  #ring(raw: unknown): [number, number][] | null {
    if (!Array.isArray(raw)) return this.#noRings();
    const ring: [number, number][] = [];
    for (const rawPosition of raw) {
      const position = this.position(rawPosition);
      if (position === null) return null;
      ring.push(position);
    }
    const [first, last] = [ring[0], ring[ring.length - 1]];
    if (first === undefined || last === undefined || first[0] !== last[0] || first[1] !== last[1]) {
      this.#error("ring", "has a ring that is not closed", "repeat the first position of the ring as its last");
      return null;
    }
    if (ring.length < 4) {
      this.#error(
        "ring",
        `has a ring of ${ring.length} positions`,
        "a ring needs at least four, the last equal to the first",
      );
      return null;
    }
    return ring;
  }

  #noRings(): null {
    this.#error("ring", "has no rings", "write coordinates as RFC 7946 section 3.1 says");
    return null;
  }

  #error(kind: string, what: string, mend: string): void {
    this.#faults.error(this.#place.line, kind, `${this.#place.label} ${what}`, mend);
  }
}
