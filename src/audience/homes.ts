import type { Expression } from "./expression.js";

/** Those whose home is in one of the regions; null for everybody where `regions` is null. */
export function homesIn(regions: readonly string[] | null): Expression | null {
  if (regions === null) return null;
  const homes: Expression[] = regions.map((region) => ({ region, kind: "home" }));
  // Nobody lives nowhere: who may ask about no region sees nobody.
  return homes.length === 0 ? { all: [{ circle: "" }] } : { any: homes };
}

/** Those of an audience whose home is in one of the regions, null for all. */
export function atHomeIn(expression: Expression, regions: readonly string[] | null): Expression {
  const homes = homesIn(regions);
  return homes === null ? expression : { all: [expression, homes] };
}
