import { DIMENSIONS, type Dimension } from "../rows.js";

/** The dimension of the circles that begin so, for those that nobody was found in; new circles are known by their memberships. */
const DIMENSION_OF: Readonly<Record<string, Dimension>> = {
  home: "region",
  day: "region",
  active: "region",
  "campus-student": "demographic",
  "white-collar": "demographic",
  "high-end-business": "demographic",
  "civil-servant": "demographic",
  "factory-worker": "demographic",
  "parent-child": "demographic",
  "income-high": "demographic",
  "income-mid": "demographic",
  "income-low": "demographic",
  music: "preference",
  sport: "preference",
  industry: "preference",
  film: "preference",
  shopping: "preference",
  health: "preference",
  "nine-to-five": "behaviour",
  "metro-commuter": "behaviour",
  "bus-commuter": "behaviour",
  "school-run": "behaviour",
  "night-shift": "behaviour",
  "frequent-flyer": "behaviour",
  visitor: "behaviour",
  "inbound-roamer": "behaviour",
};
const REGION_KINDS = ["home", "day", "active"];
const CELL_LEVEL = 5;
const CELL_NAME = /^(cgi|ecgi|ncgi):/;

/** `unknown` holds circles of the truth that neither the catalogue nor a membership names. */
export const SCORED_DIMENSIONS = [...DIMENSIONS, "unknown"] as const;
export type ScoredDimension = (typeof SCORED_DIMENSIONS)[number];

/** Level 1 to 4 of a region's id; null where the city does not tell. */
export type LevelOf = (region: string) => number | null;

/** Tells the dimension of a circle by what the store calls it, else by the catalogue. */
export function dimensionsOf(
  memberships: Iterable<{ readonly circle: string; readonly dimension: Dimension }>,
): (circle: string) => ScoredDimension {
  const told = new Map<string, Dimension>();
  for (const { circle, dimension } of memberships) told.set(circle, dimension);
  return (circle) => told.get(circle) ?? DIMENSION_OF[circle] ?? DIMENSION_OF[headOf(circle)] ?? "unknown";
}

/**
 * The row of a score that a circle counts in: the region circles of one level share a row (`home:* level 3`), the members of another
 * family as well (`music:*`); every other circle is its own.
 */
export function unitOf(circle: string, levelOf: LevelOf): string {
  const head = headOf(circle);
  if (head === circle) return circle;
  if (!REGION_KINDS.includes(head)) return familyOf(head);
  const region = circle.slice(head.length + 1);
  const level = CELL_NAME.test(region) ? CELL_LEVEL : levelOf(region);
  return level === null ? familyOf(head) : `${familyOf(head)} level ${level}`;
}

/** The row of all circles that begin with a head and a colon. */
export function familyOf(head: string): string {
  return `${head}:*`;
}

function headOf(circle: string): string {
  const colon = circle.indexOf(":");
  return colon === -1 ? circle : circle.slice(0, colon);
}
