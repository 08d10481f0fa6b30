/** Circles in words: what their rule says, or what their region is. */
import { REGION_CIRCLE_KINDS } from "../circle/region-circle-names.js";
import type { CircleRule, CircleRules } from "../circle/rule-schema.js";
import type { City } from "../geo/city.js";
import type { Dimension } from "../rows.js";

export interface CircleWords {
  readonly dimension: Dimension;
  readonly name: string | null;
  readonly says: string | null;
  /** It is there whether or not it has members: from a rule without a family, or of a region of the city. */
  readonly isFixed: boolean;
}

const REGION_SAYS = {
  home: "Lives in",
  day: "Spends working days in",
  active: "Spends a good part of the waking time in",
} as const;

/** What a circle is; null for an id that no rule and no region has. */
export function circleWords(rules: CircleRules, city: City, circle: string): CircleWords | null {
  const colon = circle.indexOf(":");
  const kind = REGION_CIRCLE_KINDS.find((name) => name === circle.slice(0, colon));
  if (kind !== undefined) {
    const region = city.regions.id.indexOf(circle.slice(colon + 1));
    const name = region === -1 ? null : (city.regions.name[region] as string) || null;
    const says = `${REGION_SAYS[kind]} ${name ?? circle.slice(colon + 1)}`;
    return { dimension: "region", name, says, isFixed: region !== -1 };
  }
  const rule =
    rules.circles.find((one) => one.circle === circle) ?? rules.circles.find((one) => isOfFamily(one, circle));
  if (rule === undefined) return null;
  return {
    dimension: rule.dimension,
    name: rule.name ?? null,
    says: rule.says ?? null,
    isFixed: rule.circle === circle,
  };
}

/** `music:$genre` has `music:jazz`. */
function isOfFamily(rule: CircleRule, circle: string): boolean {
  const variable = rule.circle.search(/\$[a-z]+$/);
  return variable !== -1 && circle.length > variable && circle.startsWith(rule.circle.slice(0, variable));
}
