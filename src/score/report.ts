import type { City, Plane } from "../geo/city.js";
import { planeOf } from "../geo/plane.js";
import {
  ANCHOR_METRES_MAX,
  type AnchorScore,
  type Reach,
  type SCORED_ANCHORS,
  scoreAnchors,
  siteSpacing,
} from "./anchor-score.js";
import { type Calibration, calibrate } from "./calibration.js";
import { dimensionsOf, type LevelOf, SCORED_DIMENSIONS, type ScoredDimension, unitOf } from "./catalogue.js";
import { type CircleScore, circlePairs, type MacroScore, macroOf, scoreCircles } from "./circle-score.js";
import { type Confounders, type Confusion, confusionBy, trueUnits } from "./confusion.js";
import { type CircleChanges, type Found, setOf, type Truth } from "./facts.js";
import type { Hearing, ObservationLimits } from "./hearing.js";
import { type StayScore, scoreStays } from "./stay-score.js";

export interface ScoreInput {
  readonly truth: Truth;
  readonly found: Found;
  readonly hearing: Hearing;
  /** Tells the levels of regions and the spacing of sites; null where there is none at hand. */
  readonly city: City | null;
  readonly limits: ObservationLimits;
  /** Roles that are in danger of being taken for members, by circle. */
  readonly confounders: readonly Confounders[];
}

/** Everything that is said about one group of people. Shares are 0..1, and NaN where there is nothing to divide by. */
export interface GroupScore {
  readonly people: number;
  readonly circles: readonly CircleScore[];
  /** Means over `circles`, a family counting once. Keys: the dimensions that have a circle, and `all`. */
  readonly macro: Readonly<Record<string, MacroScore>>;
  /** The same with the members of `music:*` and the like counting one by one in place of their family. */
  readonly macroOfMembers: Readonly<Record<string, MacroScore>>;
  readonly falseMembersByTrueCircle: readonly Confusion[];
  /** Empty where the truth tells no roles. */
  readonly falseMembersByRole: readonly Confusion[];
  readonly anchors: Readonly<Record<(typeof SCORED_ANCHORS)[number], AnchorScore>>;
  readonly stays: StayScore & { readonly unheardShare: number };
  /** Keys: the dimensions that have a member, and `all`. */
  readonly calibration: Readonly<Record<string, Calibration>>;
}

export interface ScoreReport {
  readonly observedDaysMin: number;
  readonly eventsPerDayMin: number;
  /** Where the days and events of the people come from. */
  readonly observedFrom: Hearing["source"];
  readonly anchorsRightWithin: string;
  readonly people: {
    readonly inTruth: number;
    readonly inStore: number;
    /** People of the store whom no truth file names: whatever was found of them counts as wrong. */
    readonly unknownToTruth: number;
    readonly wellObserved: number;
  };
  readonly wellObserved: GroupScore;
  readonly everybody: GroupScore;
  /** Changes told in the log, of all people, families together. */
  readonly changes: readonly CircleChanges[];
}

interface Yardstick {
  readonly plane: Plane;
  readonly reach: Reach;
  readonly levelOf: LevelOf;
  readonly dimensionOf: (circle: string) => ScoredDimension;
}

/** Compares what was found with the truth, about those who were heard well and about everybody. */
export function scoreReport(input: ScoreInput): ScoreReport {
  const { truth, found, hearing, city, limits } = input;
  const inTruth = peopleOf([...truth.circles.keys()].map(asBearer), truth.anchors, truth.stays);
  const inStore = peopleOf(found.memberships, found.anchors, found.stays);
  const everybody = new Set([...inTruth, ...inStore]);
  const wellObserved = new Set([...everybody].filter((subscriber) => hearing.isObserved(subscriber, limits)));
  const yardstick = yardstickOf(input);
  return {
    ...limits,
    observedFrom: hearing.source,
    anchorsRightWithin: `${ANCHOR_METRES_MAX} m${city === null ? "" : " or the spacing of the sites"}`,
    people: {
      inTruth: inTruth.size,
      inStore: inStore.size,
      unknownToTruth: [...inStore].filter((subscriber) => !inTruth.has(subscriber)).length,
      wellObserved: wellObserved.size,
    },
    wellObserved: scoreGroup(wellObserved, input, yardstick),
    everybody: scoreGroup(everybody, input, yardstick),
    changes: changesOfUnits(found.changes, yardstick.levelOf),
  };
}

interface Bearer {
  readonly subscriber: string;
}
const asBearer = (subscriber: string): Bearer => ({ subscriber });

/** Everybody whom one of the lists names. */
export function peopleOf(...lists: readonly (readonly Bearer[])[]): Set<string> {
  const people = new Set<string>();
  for (const list of lists) for (const { subscriber } of list) people.add(subscriber);
  return people;
}

function yardstickOf({ truth, found, city }: ScoreInput): Yardstick {
  const levels = new Map(city?.regions.id.map((id, index) => [id, city.regions.level[index] as number]));
  return {
    plane: city?.plane ?? planeAbout(truth),
    reach: city === null ? () => ANCHOR_METRES_MAX : siteSpacing(city),
    levelOf: (region) => levels.get(region) ?? null,
    dimensionOf: dimensionsOf(found.memberships),
  };
}

/** The plane about the middle of the true places. */
function planeAbout({ anchors, stays }: Truth): Plane {
  const bounds = { west: 180, south: 90, east: -180, north: -90 };
  for (const { lon, lat } of [...anchors, ...stays]) {
    bounds.west = Math.min(bounds.west, lon);
    bounds.east = Math.max(bounds.east, lon);
    bounds.south = Math.min(bounds.south, lat);
    bounds.north = Math.max(bounds.north, lat);
  }
  return planeOf(bounds);
}

function scoreGroup(people: ReadonlySet<string>, input: ScoreInput, yardstick: Yardstick): GroupScore {
  const { truth, found, hearing, confounders } = input;
  const { plane, reach, levelOf, dimensionOf } = yardstick;
  const pairs = circlePairs(truth.circles, found.memberships, people);
  const circles = scoreCircles(pairs, dimensionOf, levelOf);
  const members = circles.flatMap((score) =>
    score.members.length === 0 ? [score] : score.members.map((tally) => ({ ...tally, dimension: score.dimension })),
  );
  const isRegion = (circle: string) => dimensionOf(circle) === "region";
  const byRole = new Map<string, Set<string>>();
  for (const [subscriber, roles] of truth.roles ?? [])
    if (people.has(subscriber)) for (const role of roles) setOf(byRole, role).add(subscriber);
  const anchors = (kind: string) => scoreAnchors(kind, truth.anchors, found.anchors, people, plane, reach);
  return {
    people: people.size,
    circles,
    macro: byDimension(circles, macroOf),
    macroOfMembers: byDimension(members, macroOf),
    falseMembersByTrueCircle: confusionBy(pairs, trueUnits(pairs, isRegion, levelOf), isRegion, levelOf),
    falseMembersByRole: truth.roles === null ? [] : confusionBy(pairs, byRole, isRegion, levelOf, confounders),
    anchors: { home: anchors("home"), day: anchors("day") },
    stays: { ...scoreStays(truth.stays, found.stays, people, plane), unheardShare: hearing.unheardShare(people) },
    calibration: byDimension(
      found.memberships.filter(({ subscriber }) => people.has(subscriber)),
      (own) => calibrate(own, ({ subscriber, circle }) => truth.circles.get(subscriber)?.has(circle) === true),
    ),
  };
}

/** Applies a measure to the part of each dimension that is in the list, and to the whole. */
function byDimension<T extends { readonly dimension: ScoredDimension }, R>(
  list: readonly T[],
  measure: (part: readonly T[]) => R,
): Record<string, R> {
  const parts = SCORED_DIMENSIONS.map(
    (dimension) => [dimension, list.filter((one) => one.dimension === dimension)] as const,
  );
  const measured = parts.filter(([, part]) => part.length > 0).map(([dimension, part]) => [dimension, measure(part)]);
  return Object.fromEntries([...measured, ["all", measure(list)]]);
}

function changesOfUnits(changes: readonly CircleChanges[], levelOf: LevelOf): CircleChanges[] {
  const units = new Map<string, CircleChanges>();
  for (const one of changes) {
    const circle = unitOf(one.circle, levelOf);
    const sum = units.get(circle) ?? { circle, entered: 0, strengthened: 0, left: 0, returned: 0 };
    units.set(circle, {
      circle,
      entered: sum.entered + one.entered,
      strengthened: sum.strengthened + one.strengthened,
      left: sum.left + one.left,
      returned: sum.returned + one.returned,
    });
  }
  return [...units.values()].sort((a, b) => (a.circle < b.circle ? -1 : 1));
}
