import { CATEGORIES, type Category, type VenueTable } from "../geo/city.js";
import type { PlaceForm } from "./rule-schema.js";

/** The venues that a condition names, as a column over the table of venues. */
export interface VenueSet {
  /** 1 for each venue of the set. */
  readonly has: Uint8Array;
  /** Bits of the categories of its venues. */
  readonly categories: number;
  readonly count: number;
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as T];
}

/** Venues that have one of each of the named categories, subtypes, tiers and ids; what is not named does not matter. */
export function venueSet(venues: VenueTable, form: PlaceForm): VenueSet {
  const categories = new Set(listOf(form.category));
  const subtypes = new Set<string | null>(listOf(form.subtype));
  const tiers = new Set<string | null>(listOf(form.tier));
  const ids = new Set(listOf(form.venue));
  const has = new Uint8Array(venues.count);
  let bits = 0;
  let count = 0;
  for (let venue = 0; venue < venues.count; venue++) {
    const category = venues.category[venue] as number;
    if (categories.size > 0 && !categories.has(CATEGORIES[category] as Category)) continue;
    if (subtypes.size > 0 && !subtypes.has(venues.subtype[venue] ?? null)) continue;
    if (tiers.size > 0 && !tiers.has(venues.tier[venue] ?? null)) continue;
    if (ids.size > 0 && !ids.has(venues.id[venue] as string)) continue;
    has[venue] = 1;
    bits |= 1 << category;
    count++;
  }
  return { has, categories: bits, count };
}

/** The place of a form in words: "hospital children", "venue m-12". */
export function placeWords(form: PlaceForm): string {
  return [listOf(form.tier), listOf(form.subtype), listOf(form.category), listOf(form.venue)]
    .filter((names) => names.length > 0)
    .map((names) => names.join(" or "))
    .join(" ");
}
