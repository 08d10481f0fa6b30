/**
 * Which circles can hold of somebody at all, without asking each: most rules want visits that most people do not make. A rule that wants
 * `least` visits of a category holds with a probability of at most expected / least (Markov's inequality), so whoever expects fewer than
 * enter * least of them is not in its circle. Such rules lie sorted by that number, and all beyond somebody's own are passed over at once.
 */
import { CATEGORIES } from "../geo/city.js";
import type { CompiledCircle } from "./compile-rules.js";
import type { Portrait } from "./portrait.js";

/** A condition that can hold only of who makes visits: its probability is no more than those expected of the category / `least`. */
export interface VisitsWanted {
  /** Place in CATEGORIES. */
  readonly category: number;
  readonly least: number;
  /** Stays at the own places and touches on the way count, too. */
  readonly countsAll: boolean;
}

/** Circles by the visits of one category that they want, the least first. */
interface Wanting {
  readonly category: number;
  readonly countsAll: boolean;
  readonly expected: Float64Array;
  readonly circles: Uint16Array;
}

export interface Screen {
  /** Circles to ask in any case, in their order; those that others name are among them. */
  readonly always: Uint16Array;
  readonly wanting: readonly Wanting[];
}

/** Rounding in the sum of expected visits must not shut anybody out. */
const SLACK = 1 - 1e-6;

/** Sorts circles by what they want. */
export function screenOf(circles: readonly CompiledCircle[]): Screen {
  const always: number[] = [];
  const groups = CATEGORIES.flatMap((_, category) =>
    [false, true].map((countsAll) => ({ category, countsAll, all: [] as { circle: number; expected: number }[] })),
  );
  for (const [circle, { isNamed, enter, conditions }] of circles.entries()) {
    const wanted = isNamed
      ? undefined
      : conditions.find(({ visitsWanted }) => visitsWanted !== undefined)?.visitsWanted;
    if (wanted === undefined) always.push(circle);
    else {
      const group = groups[2 * wanted.category + Number(wanted.countsAll)];
      group?.all.push({ circle, expected: enter * wanted.least * SLACK });
    }
  }
  const wanting = groups
    .filter(({ all }) => all.length > 0)
    .map(({ category, countsAll, all }) => {
      all.sort((a, b) => a.expected - b.expected);
      const expected = Float64Array.from(all, (one) => one.expected);
      return { category, countsAll, expected, circles: Uint16Array.from(all, (one) => one.circle) };
    });
  return { always: Uint16Array.from(always), wanting };
}

/** Writes the circles that somebody who is not in them may enter into `into`; returns how many they are. */
export function possibleCircles({ always, wanting }: Screen, portrait: Portrait, into: Uint16Array): number {
  into.set(always);
  let count = always.length;
  for (let w = 0; w < wanting.length; w++) {
    const { category, countsAll, expected, circles } = wanting[w] as Wanting;
    const own = (countsAll ? portrait.expected : portrait.expectedAway)[category] as number;
    for (let c = 0; c < circles.length && (expected[c] as number) <= own; c++) into[count++] = circles[c] as number;
  }
  return count;
}
