import { type City, toX, toY } from "../../src/geo/city.js";
import type { AnchorRow } from "../../src/rows.js";
import { seatOf } from "./heard.js";
import { median } from "./stay-score.js";
import type { TrueAnchor } from "./truth.js";

/** An anchor is right within this, or within the spacing of the sites there, where that is wider. */
const ANCHOR_METRES_MAX = 500;

export interface AnchorScore {
  /** People with 7 or more observed days who truly have one. */
  readonly people: number;
  /** Of them, those for whom one was found. */
  readonly located: number;
  readonly right: number;
  /** `right` over `people`. */
  readonly rate: number;
  /** `right` over `located`. */
  readonly rateOfLocated: number;
  readonly medianErrorMetres: number;
  /** People with 7 or more observed days for whom one was found although they have none. */
  readonly invented: number;
}

/** Scores the first anchors of a kind against the truth about the people of `observed`. */
export function scoreAnchors(
  city: City,
  said: ReadonlyMap<string, AnchorRow>,
  kind: "home" | "day",
  anchors: readonly TrueAnchor[],
  observed: ReadonlySet<string>,
): AnchorScore {
  const truths = anchors.filter((anchor) => anchor.kind === kind);
  const spacing = siteSpacing(city);
  const errors: number[] = [];
  let right = 0;
  for (const truth of truths) {
    const found = said.get(seatOf(truth.subscriber, kind));
    if (found === undefined) continue;
    const x = toX(city.plane, truth.lon);
    const y = toY(city.plane, truth.lat);
    const error = Math.hypot(toX(city.plane, found.lon) - x, toY(city.plane, found.lat) - y);
    errors.push(error);
    if (error <= Math.max(ANCHOR_METRES_MAX, spacing(x, y))) right++;
  }
  const real = new Set(truths.map((truth) => truth.subscriber));
  return {
    people: truths.length,
    located: errors.length,
    right,
    rate: right / truths.length,
    rateOfLocated: right / errors.length,
    medianErrorMetres: median(errors),
    invented: [...observed].filter((name) => !real.has(name) && said.has(seatOf(name, kind))).length,
  };
}

/** Metres from a point to its third nearest site. */
function siteSpacing({ cells }: City): (x: number, y: number) => number {
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
    return nearest[2] ?? Number.POSITIVE_INFINITY;
  };
}
