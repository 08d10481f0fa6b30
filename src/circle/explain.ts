/** Why somebody is in a circle of the rules, or is not: each condition with its probability, its facts, and what is missing. */

import type { CompiledCircle } from "./compile-rules.js";
import type { Fact } from "./condition.js";
import { CANDIDATES_MAX, LEG, TOUCH } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, type Portrait } from "./portrait.js";
import { scoreOf } from "./rule-circles.js";
import type { Clause } from "./rule-words.js";
import { venueSet } from "./venue-set.js";
import { dateOf } from "./window.js";

/** A stay or passage behind a condition; epoch seconds. */
export interface Behind {
  readonly date: string;
  readonly startSec: number;
  readonly endSec: number;
  readonly minutes: number;
  /** Venue that it counts for, and how probable it is that it was there; empty and 1 at an own place. */
  readonly venue: string;
  readonly probability: number;
}

/** A condition with what stands behind it. */
export interface Explained {
  readonly words: string;
  /** What is counted, where something is. */
  readonly counted?: string;
  /** Probability that it holds. */
  readonly chance: number;
  /** What was asked, and how much is expected to have happened. */
  readonly asked?: number;
  readonly found?: number;
  readonly minutes?: number;
  readonly days?: readonly string[];
  readonly venues?: readonly string[];
  readonly behind?: readonly Behind[];
  readonly join?: "all" | "any" | "none";
  readonly of?: readonly Explained[];
}

export interface Explanation {
  /** Probability that the rule holds, as the engine works it out. */
  readonly score: number;
  readonly conditions: readonly Explained[];
  /** What is missing, the most wanting first; empty where each condition is more likely than not. */
  readonly missing: readonly string[];
}

/** Below this a condition is wanting. */
const LIKELY = 0.5;

/** @param clauses the words of the circle's rule: see `ruleClauses`; `portrait.scores` holds the circles that the rule names */
export function explain(circle: CompiledCircle, clauses: readonly Clause[], portrait: Portrait): Explanation {
  const score = scoreOf(circle, portrait, 0);
  const conditions = circle.conditions.map((condition, at) =>
    explained(clauses[at] as Clause, condition.fact(portrait), portrait),
  );
  const missing = conditions
    .filter(({ chance }) => chance < LIKELY)
    .sort((a, b) => a.chance - b.chance)
    .flatMap(missingOf);
  return { score, conditions, missing };
}

function explained(clause: Clause, fact: Fact, portrait: Portrait): Explained {
  const { what: _, of: facts, ...found } = fact;
  if (clause.of !== undefined && clause.join !== undefined && facts !== undefined) {
    const parts = clause.of;
    return {
      words: clause.words,
      chance: fact.chance,
      join: clause.join,
      of: facts.map((one, at) => explained(parts[at] as Clause, one, portrait)),
    };
  }
  const behind = behindOf(clause, fact, portrait);
  const counted = clause.counted === undefined ? {} : { counted: clause.counted };
  return { words: clause.words, ...counted, ...found, ...(behind.length === 0 ? {} : { behind }) };
}

/** The stays and passages on the days of a fact, at its venues or at the own place that its condition asks about. */
function behindOf(clause: Clause, fact: Fact, portrait: Portrait): Behind[] {
  const days = new Set(fact.days);
  const at = days.size === 0 ? null : matcherOf(clause, fact, portrait);
  if (at === null) return [];
  const { view, window } = portrait;
  const all: Behind[] = [];
  for (let i = 0; i < view.count; i++) {
    const date = dateOf(window.firstDay + Math.max(0, portrait.day[i] as number));
    const where = view.kind[i] !== LEG && days.has(date) ? at(i) : null;
    if (where === null) continue;
    const [startSec, endSec] = [view.startSec[i] as number, view.endSec[i] as number];
    all.push({ date, startSec, endSec, minutes: Math.round((endSec - startSec) / 60), ...where });
  }
  return all;
}

type Where = Pick<Behind, "venue" | "probability">;

const OWN: Where = { venue: "", probability: 1 };

/** Tells where an entry was that stands behind the condition; null where it does not. */
function matcherOf({ own, place }: Clause, fact: Fact, portrait: Portrait): ((i: number) => Where | null) | null {
  const { view, city } = portrait;
  if (own !== undefined) {
    const bit = own === "home" ? AT_HOME : AT_DAY_PLACE;
    return (i) => (((portrait.own[i] as number) & bit) === 0 ? null : OWN);
  }
  if (place !== undefined) {
    const { has } = venueSet(city.venues, place.venues);
    return (i) => {
      if (!place.withOwn && (portrait.own[i] as number) !== 0) return null;
      return view.kind[i] === TOUCH && !place.withPassing
        ? null
        : candidateOf(portrait, i, (venue) => has[venue] === 1);
    };
  }
  // Events name their venue in brackets.
  const names = fact.venues;
  if (names === undefined) return null;
  return (i) =>
    candidateOf(portrait, i, (venue) => names.some((name) => name.endsWith(`(${city.venues.name[venue]})`)));
}

/** The most probable venue of an entry that is asked for. */
function candidateOf({ view, city }: Portrait, i: number, isAsked: (venue: number) => boolean): Where | null {
  for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
    const venue = view.venue[c] as number;
    const name = city.venues.name[venue] || (city.venues.id[venue] as string);
    if (isAsked(venue)) return { venue: name, probability: view.probability[c] as number };
  }
  return null;
}

function missingOf(condition: Explained): string[] {
  const { words, chance, asked, found, join, of } = condition;
  if (of !== undefined && join === "none")
    return of
      .filter((one) => one.chance >= 1 - LIKELY)
      .map((one) => `speaks against it: ${headOf(one)} (probability ${two(one.chance)})`);
  if (of !== undefined && join === "all") return of.filter((one) => one.chance < LIKELY).flatMap(missingOf);
  if (of !== undefined)
    return [
      `none of the alternatives is likely: ${of.map((one) => missingOf(one).join(" and ") || headOf(one)).join("; or ")}`,
    ];
  if (asked === undefined || found === undefined || condition.counted === undefined)
    return [`${words} (probability ${two(chance)})`];
  const enough = found >= asked ? `, none of them sure enough (probability ${two(chance)})` : "";
  return [`${found} of ${asked} ${condition.counted}${enough}`];
}

/** The words of a condition with those of its parts. */
function headOf({ words, of }: Explained): string {
  return of === undefined ? words : `${words} ${of.map(headOf).join("; ")}`;
}

function two(chance: number): string {
  return chance.toFixed(2);
}
