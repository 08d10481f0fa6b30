/** Circles in words: what their rule says, or what their region is. */
import { circleIds } from "../circle/compile-rules.js";
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

/** What rules and regions say, by the ids of their circles, and by the beginnings of those of a family: `music:` of `music:$genre`. */
interface Glossary {
  readonly fixed: ReadonlyMap<string, CircleWords>;
  readonly families: readonly (readonly [string, CircleWords])[];
  readonly names: readonly string[];
}

/** Made once for the rules and the city in force: a catalogue asks it for thousands of circles. */
const glossaries = new WeakMap<City, WeakMap<CircleRules, Glossary>>();

/** What a circle is; null for an id that no rule and no region has. */
export function circleWords(rules: CircleRules, city: City, circle: string): CircleWords | null {
  const { fixed, families } = glossaryOf(rules, city);
  const known = fixed.get(circle);
  if (known !== undefined) return known;
  const colon = circle.indexOf(":");
  const kind = REGION_CIRCLE_KINDS.find((name) => name === circle.slice(0, colon));
  if (kind !== undefined) return regionWords(kind, circle.slice(colon + 1), null);
  return families.find(([prefix]) => circle.startsWith(prefix) && circle.length > prefix.length)?.[1] ?? null;
}

/** The circles of rules, those of a family by what the city has; without those of regions. */
export function circleNames(rules: CircleRules, city: City): readonly string[] {
  return glossaryOf(rules, city).names;
}

function glossaryOf(rules: CircleRules, city: City): Glossary {
  const ofCity = glossaries.get(city) ?? new WeakMap<CircleRules, Glossary>();
  glossaries.set(city, ofCity);
  const known = ofCity.get(rules);
  if (known !== undefined) return known;
  const fixed = new Map<string, CircleWords>();
  const families: [string, CircleWords][] = [];
  for (const rule of rules.circles) {
    if (!fixed.has(rule.circle)) fixed.set(rule.circle, ruleWords(rule, true));
    const variable = rule.circle.search(/\$[a-z]+$/);
    if (variable !== -1) families.push([rule.circle.slice(0, variable), ruleWords(rule, false)]);
  }
  for (const kind of REGION_CIRCLE_KINDS)
    for (const [at, region] of city.regions.id.entries())
      fixed.set(`${kind}:${region}`, regionWords(kind, region, city.regions.name[at] ?? ""));
  const glossary = { fixed, families, names: circleIds(rules, city) };
  ofCity.set(rules, glossary);
  return glossary;
}

function ruleWords(rule: CircleRule, isFixed: boolean): CircleWords {
  return { dimension: rule.dimension, name: rule.name ?? null, says: rule.says ?? null, isFixed };
}

/** @param name of the region; null where the city does not have it */
function regionWords(kind: keyof typeof REGION_SAYS, region: string, name: string | null): CircleWords {
  const shown = name === "" ? null : name;
  return { dimension: "region", name: shown, says: `${REGION_SAYS[kind]} ${shown ?? region}`, isFixed: name !== null };
}
