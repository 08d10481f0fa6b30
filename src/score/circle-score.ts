import { type LevelOf, SCORED_DIMENSIONS, type ScoredDimension, unitOf } from "./catalogue.js";
import { type Membership, setOf } from "./facts.js";
import { f1Of, mean, share } from "./statistics.js";

/** People truly in a circle, found in it, and both; for a family of circles, pairs of person and circle. */
export interface Tally {
  readonly circle: string;
  readonly truths: number;
  readonly found: number;
  readonly right: number;
  /** NaN where nobody was found. */
  readonly precision: number;
  /** NaN where nobody is truly in it. */
  readonly recall: number;
  /** 0 where somebody is or was found, but nobody rightly. */
  readonly f1: number;
}

export interface CircleScore extends Tally {
  readonly dimension: ScoredDimension;
  /** The circles of a family one by one; empty for one circle, and for region circles, of which a city has thousands. */
  readonly members: readonly Tally[];
}

export interface MacroScore {
  readonly circles: number;
  /** Means over the circles in which each is known. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The circle of the lowest F1; empty where there is none. */
  readonly lowestCircle: string;
  readonly lowestF1: number;
}

/** Who is truly in which circle, and who was found in it, of the people of a score. */
export interface CirclePairs {
  readonly truths: ReadonlyMap<string, ReadonlySet<string>>;
  readonly found: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Turns what is said of people into the people of each circle. */
export function circlePairs(
  circles: ReadonlyMap<string, ReadonlySet<string>>,
  memberships: readonly Membership[],
  people: ReadonlySet<string>,
): CirclePairs {
  const truths = new Map<string, Set<string>>();
  const found = new Map<string, Set<string>>();
  for (const [subscriber, own] of circles)
    if (people.has(subscriber)) for (const circle of own) setOf(truths, circle).add(subscriber);
  for (const { subscriber, circle } of memberships) if (people.has(subscriber)) setOf(found, circle).add(subscriber);
  return { truths, found };
}

/** Scores every circle that anybody is truly in or was found in, families together, sorted by dimension and name. */
export function scoreCircles(
  { truths, found }: CirclePairs,
  dimensionOf: (circle: string) => ScoredDimension,
  levelOf: LevelOf,
): CircleScore[] {
  const units = new Map<string, Tally[]>();
  for (const circle of new Set([...truths.keys(), ...found.keys()])) {
    const unit = unitOf(circle, levelOf);
    const tallies = units.get(unit) ?? [];
    units.set(unit, tallies);
    tallies.push(tallyOf(circle, truths.get(circle), found.get(circle)));
  }
  const scores = [...units].map(([unit, tallies]): CircleScore => {
    const dimension = dimensionOf(tallies[0]?.circle ?? unit);
    const isFamily = unit.endsWith("*") && dimension !== "region";
    const sum = (field: "truths" | "found" | "right") => tallies.reduce((total, tally) => total + tally[field], 0);
    return {
      dimension,
      ...rated(unit, sum("truths"), sum("found"), sum("right")),
      members: isFamily ? tallies.sort((a, b) => compare(a.circle, b.circle)) : [],
    };
  });
  const rank = (score: CircleScore) => SCORED_DIMENSIONS.indexOf(score.dimension);
  return scores.sort((a, b) => rank(a) - rank(b) || compare(a.circle, b.circle));
}

function tallyOf(
  circle: string,
  truths: ReadonlySet<string> = new Set(),
  found: ReadonlySet<string> = new Set(),
): Tally {
  let right = 0;
  for (const subscriber of found) if (truths.has(subscriber)) right++;
  return rated(circle, truths.size, found.size, right);
}

function rated(circle: string, truths: number, found: number, right: number): Tally {
  return {
    circle,
    truths,
    found,
    right,
    precision: share(right, found),
    recall: share(right, truths),
    f1: f1Of(truths, found, right),
  };
}

/** Means over circles that each count the same, however many people they have. */
export function macroOf(tallies: readonly Tally[]): MacroScore {
  const lowest = tallies.reduce<Tally | null>((low, tally) => (low === null || tally.f1 < low.f1 ? tally : low), null);
  return {
    circles: tallies.length,
    precision: mean(tallies.map(({ precision }) => precision)),
    recall: mean(tallies.map(({ recall }) => recall)),
    f1: mean(tallies.map(({ f1 }) => f1)),
    lowestCircle: lowest?.circle ?? "",
    lowestF1: lowest?.f1 ?? Number.NaN,
  };
}

/** Order of code units, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
