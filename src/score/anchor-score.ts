import { type City, type Plane, toX, toY } from "../geo/city.js";
import type { AnchorFact } from "./facts.js";
import { type Errors, errorsOf, share } from "./statistics.js";

/** An anchor is right within this, or within the spacing of the sites there, where that is known and wider. */
export const ANCHOR_METRES_MAX = 500;

export const SCORED_ANCHORS = ["home", "day"] as const;

export interface AnchorScore {
  /** People who truly have one. */
  readonly people: number;
  /** Of them, those for whom one was found. */
  readonly located: number;
  /** `located` over `people`. */
  readonly coverage: number;
  readonly right: number;
  /** `right` over `people`. */
  readonly rate: number;
  /** `right` over `located`. */
  readonly rateOfLocated: number;
  /** Share of the located within 500 m, whatever the spacing of the sites. */
  readonly within500mShare: number;
  readonly errorMetres: Errors;
  /** People for whom one was found although they have none. */
  readonly invented: number;
}

/** Metres within which an anchor at a point of the plane is right, beyond ANCHOR_METRES_MAX. */
export type Reach = (x: number, y: number) => number;

/** Scores the first anchors of a kind that were found against the truth, about `people`. */
export function scoreAnchors(
  kind: string,
  truths: readonly AnchorFact[],
  founds: readonly AnchorFact[],
  people: ReadonlySet<string>,
  plane: Plane,
  reach: Reach,
): AnchorScore {
  const ofKind = (anchor: AnchorFact) => anchor.kind === kind && people.has(anchor.subscriber);
  const real = new Map(truths.filter(ofKind).map((anchor) => [anchor.subscriber, anchor]));
  const said = new Map(founds.filter(ofKind).map((anchor) => [anchor.subscriber, anchor]));
  const errors: number[] = [];
  let right = 0;
  for (const [subscriber, truth] of real) {
    const found = said.get(subscriber);
    if (found === undefined) continue;
    const x = toX(plane, truth.lon);
    const y = toY(plane, truth.lat);
    const error = Math.hypot(toX(plane, found.lon) - x, toY(plane, found.lat) - y);
    errors.push(error);
    if (error <= ANCHOR_METRES_MAX || error <= reach(x, y)) right++;
  }
  return {
    people: real.size,
    located: errors.length,
    coverage: share(errors.length, real.size),
    right,
    rate: share(right, real.size),
    rateOfLocated: share(right, errors.length),
    within500mShare: share(errors.filter((error) => error <= ANCHOR_METRES_MAX).length, errors.length),
    errorMetres: errorsOf(errors),
    invented: [...said.keys()].filter((subscriber) => !real.has(subscriber)).length,
  };
}

/** 500 m or, where that is wider, the metres from a point to its third nearest site, if it has one: no network tells nearer places apart. */
export function siteSpacing({ cells }: City): Reach {
  const rowOfSite = new Map<number, number>();
  for (let row = 0; row < cells.count; row++) rowOfSite.set(cells.site[row] ?? 0, row);
  const sites = [...rowOfSite.values()].map((row) => [cells.siteX[row] ?? 0, cells.siteY[row] ?? 0] as const);
  return (x, y) => {
    const nearest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [siteX, siteY] of sites) {
      const metres = Math.hypot(siteX - x, siteY - y);
      if (metres >= (nearest[2] ?? 0)) continue;
      nearest[2] = metres;
      nearest.sort((a, b) => a - b);
    }
    return sites.length < nearest.length ? ANCHOR_METRES_MAX : Math.max(ANCHOR_METRES_MAX, ...nearest);
  };
}
