/**
 * Whether the names in an audience are names of something. One that nobody has would count as nobody, and who asks would not see why. They are
 * those of the rules and of the city, which are no secret: were they those of what the store holds, a mistake would be told of somebody's place.
 */
import { type City, NONE } from "../geo/city.js";
import { formatCell, parseCell } from "../signal/identity.js";
import { nearestName } from "../signal/nearest-name.js";
import type { Leaf, Place } from "./expression.js";

/** Names against which an audience is checked; without them any name will do. */
export interface KnownNames {
  /** Of circles, those of regions aside. */
  readonly circles?: readonly string[];
  /** Whose regions, cells and venues are known. */
  readonly city?: City;
}

export interface UnknownName {
  readonly says: string;
  /** What was meant, perhaps. */
  readonly suggestion: string | null;
}

/** The name in a condition that is none; null where there is no such. */
export function unknownName(leaf: Leaf, known: KnownNames): UnknownName | null {
  if ("devices" in leaf) return null;
  if ("at" in leaf) return unknownPlace(leaf.at, known);
  if ("region" in leaf) return unknownRegion(leaf.region, known);
  const { circle } = leaf;
  const [, region] = /^(?:home|day|active):(.*)$/s.exec(circle) ?? [];
  if (region !== undefined) return unknownRegion(region, known);
  const { circles } = known;
  return circles === undefined || circles.includes(circle) ? null : unknown("circle", circle, circles);
}

/** A region of any level; the fifth is the cell. */
function unknownRegion(name: string, { city }: KnownNames): UnknownName | null {
  if (city === undefined || city.regions.id.includes(name) || hasCell(city, name)) return null;
  return unknown("region", name, city.regions.id);
}

export function unknownPlace(place: Place, { city }: KnownNames): UnknownName | null {
  if (city === undefined || "category" in place) return null;
  if ("venue" in place)
    return city.venues.id.includes(place.venue) ? null : unknown("venue", place.venue, city.venues.id);
  if ("cell" in place) return hasCell(city, place.cell) ? null : unknown("cell", place.cell, []);
  const { id, parent } = city.regions;
  const at = id.indexOf(place.region);
  if (at === -1) return unknown("region", place.region, id);
  // A stay knows the finest region alone.
  if (!parent.includes(at)) return null;
  return { says: `region "${place.region}" has regions below it: name one that has none`, suggestion: null };
}

/** By its one name: another way to write it is no name in the store. */
function hasCell({ cells }: City, name: string): boolean {
  const key = parseCell(name);
  return key !== null && cells.find(key.hi, key.lo) !== NONE && formatCell(key.hi, key.lo) === name;
}

function unknown(what: string, name: string, names: readonly string[]): UnknownName {
  return { says: `there is no ${what} "${name}"`, suggestion: nearestName(name, names) };
}
