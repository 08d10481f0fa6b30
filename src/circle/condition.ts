/** A condition of a rule, compiled: how probable it is of somebody, and the facts that a person would check. */
import type { Portrait } from "./portrait.js";
import type { VisitsWanted } from "./screen.js";

/** What stands behind a condition, for evidence and explanation. */
export interface Fact {
  /** The condition in a few words. */
  readonly what: string;
  /** Probability that it holds. */
  readonly chance: number;
  /** Dates on which it was seen, latest last. */
  readonly days?: readonly string[];
  /** What was asked and what is expected to have happened. */
  readonly asked?: number;
  readonly found?: number;
  readonly minutes?: number;
  readonly venues?: readonly string[];
  /** Facts of the parts of `any`, `all` and `none`. */
  readonly of?: readonly Fact[];
}

export interface Condition {
  /** Bits of `Portrait.features` of which one at least must be set for the condition to hold at all; 0 = none is needed. */
  readonly needs: number;
  /** The visits without which it does not hold. */
  readonly visitsWanted?: VisitsWanted;
  /** No less than `chance`, and found at once: most rules hold of nobody near, and need not be asked in full. */
  most(portrait: Portrait): number;
  chance(portrait: Portrait): number;
  fact(portrait: Portrait): Fact;
  /** Last city day of the window that speaks for it, -1 when no day does. */
  seen(portrait: Portrait): number;
}

/** Of what nothing is known before it is asked in full. */
export const anything = () => 1;

/** What is worked out of a settled portrait, once however often it is asked for. */
export function oncePerPortrait<Answer>(work: (portrait: Portrait) => Answer): (portrait: Portrait) => Answer {
  let of: Portrait | null = null;
  let turn = 0;
  let answer: Answer;
  return (portrait) => {
    if (portrait === of && portrait.turn === turn) return answer;
    answer = work(portrait);
    of = portrait;
    turn = portrait.turn;
    return answer;
  };
}

/** The same condition, its chance worked out once a portrait: several rules may have it. */
export function remembered({ needs, visitsWanted, most, chance, fact, seen }: Condition): Condition {
  const once = oncePerPortrait(chance);
  // By name, so that all have one shape or the other.
  if (visitsWanted === undefined) return { needs, most, chance: once, fact, seen };
  return { needs, visitsWanted, most, chance: once, fact, seen };
}

/** All of these hold. They are taken as independent. */
export function allOf(conditions: readonly Condition[]): Condition {
  return {
    needs: conditions.find((condition) => condition.needs !== 0)?.needs ?? 0,
    most: (portrait) => {
      let most = 1;
      for (const condition of conditions) most *= condition.most(portrait);
      return most;
    },
    chance: (portrait) => {
      let chance = 1;
      for (const condition of conditions) {
        chance *= condition.chance(portrait);
        if (chance === 0) return 0;
      }
      return chance;
    },
    fact: (portrait) => combined("all of", product(conditions, portrait), conditions, portrait),
    seen: (portrait) => latest(conditions, portrait),
  };
}

/** One of these holds: the most probable one, since they often speak of the same thing. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const chance = (portrait: Portrait) => {
    let most = 0;
    for (const condition of conditions) most = Math.max(most, condition.chance(portrait));
    return most;
  };
  return {
    needs: conditions.some((condition) => condition.needs === 0)
      ? 0
      : conditions.reduce((bits, condition) => bits | condition.needs, 0),
    most: (portrait) => {
      let most = 0;
      for (const condition of conditions) most = Math.max(most, condition.most(portrait));
      return most;
    },
    chance,
    fact: (portrait) => combined("any of", chance(portrait), conditions, portrait),
    seen: (portrait) => latest(conditions, portrait),
  };
}

/** None of these holds. */
export function noneOf(conditions: readonly Condition[]): Condition {
  const chance = (portrait: Portrait) => {
    let none = 1;
    for (const condition of conditions) none *= 1 - condition.chance(portrait);
    return none;
  };
  return {
    needs: 0,
    most: anything,
    chance,
    fact: (portrait) => combined("none of", chance(portrait), conditions, portrait),
    seen: () => -1,
  };
}

function product(conditions: readonly Condition[], portrait: Portrait): number {
  return conditions.reduce((chance, condition) => chance * condition.chance(portrait), 1);
}

function combined(what: string, chance: number, conditions: readonly Condition[], portrait: Portrait): Fact {
  return { what, chance, of: conditions.map((condition) => condition.fact(portrait)) };
}

function latest(conditions: readonly Condition[], portrait: Portrait): number {
  return Math.max(-1, ...conditions.map((condition) => condition.seen(portrait)));
}
