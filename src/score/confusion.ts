import { type LevelOf, unitOf } from "./catalogue.js";
import type { CirclePairs } from "./circle-score.js";
import { setOf } from "./facts.js";
import { share } from "./statistics.js";

/** People of one true circle or role who were found in another circle, wrongly. */
export interface ConfusedGroup {
  readonly group: string;
  readonly falseMembers: number;
  /** People of the group who could be false members: for a single circle those who are not truly in it. */
  readonly outOf: number;
  readonly rate: number;
  /** Whether the circle is known to be in danger from this group. */
  readonly isConfounder: boolean;
}

/** Where the false members of a circle come from. */
export interface Confusion {
  readonly circle: string;
  readonly falseMembers: number;
  /** Of them, those whom none of the groups holds. */
  readonly ofNoGroup: number;
  /** Groups with false members, and named confounders with none, the most false members first. */
  readonly groups: readonly ConfusedGroup[];
}

/** A circle, or with a colon at its end a family, and the roles that are taken for its members. */
export interface Confounders {
  readonly circle: string;
  readonly roles: readonly string[];
}

interface UnitPeople {
  readonly isFamily: boolean;
  readonly falsely: Set<string>;
  readonly truly: Set<string>;
}

/** Tells for each circle outside the region dimension which of the groups its false members belong to. */
export function confusionBy(
  pairs: CirclePairs,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
  isLeftOut: (circle: string) => boolean,
  levelOf: LevelOf,
  confounders: readonly Confounders[] = [],
): Confusion[] {
  const named = new Map<string, Set<string>>();
  for (const { circle, roles } of confounders) {
    const unit = unitOf(circle, levelOf);
    for (const role of roles) setOf(named, unit).add(role);
  }
  return [...unitPeople(pairs, isLeftOut, levelOf)]
    .map(([circle, people]) => confusionOf(circle, people, groups, named.get(circle) ?? new Set()))
    .filter((confusion) => confusion.falseMembers > 0 || confusion.groups.length > 0)
    .sort((a, b) => b.falseMembers - a.falseMembers || (a.circle < b.circle ? -1 : 1));
}

/** The people who are truly in each circle, families together: the groups of true circles. */
export function trueUnits(
  { truths }: CirclePairs,
  isLeftOut: (circle: string) => boolean,
  levelOf: LevelOf,
): Map<string, Set<string>> {
  const units = new Map<string, Set<string>>();
  for (const [circle, people] of truths) {
    if (isLeftOut(circle)) continue;
    const unit = setOf(units, unitOf(circle, levelOf));
    for (const subscriber of people) unit.add(subscriber);
  }
  return units;
}

function unitPeople(
  { truths, found }: CirclePairs,
  isLeftOut: (circle: string) => boolean,
  levelOf: LevelOf,
): Map<string, UnitPeople> {
  const units = new Map<string, UnitPeople>();
  for (const circle of new Set([...truths.keys(), ...found.keys()])) {
    if (isLeftOut(circle)) continue;
    const name = unitOf(circle, levelOf);
    const unit = units.get(name) ?? { isFamily: name !== circle, falsely: new Set(), truly: new Set() };
    units.set(name, unit);
    const own = truths.get(circle) ?? new Set();
    for (const subscriber of own) unit.truly.add(subscriber);
    for (const subscriber of found.get(circle) ?? []) if (!own.has(subscriber)) unit.falsely.add(subscriber);
  }
  return units;
}

function confusionOf(
  circle: string,
  { isFamily, falsely, truly }: UnitPeople,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
  confounders: ReadonlySet<string>,
): Confusion {
  const explained = new Set<string>();
  const confused: ConfusedGroup[] = [];
  for (const [group, people] of groups) {
    if (group === circle && !isFamily) continue;
    let falseMembers = 0;
    let outOf = 0;
    for (const subscriber of people) {
      if (isFamily || !truly.has(subscriber)) outOf++;
      if (!falsely.has(subscriber)) continue;
      falseMembers++;
      explained.add(subscriber);
    }
    const isConfounder = confounders.has(group);
    if (falseMembers === 0 && !(isConfounder && outOf > 0)) continue;
    confused.push({ group, falseMembers, outOf, rate: share(falseMembers, outOf), isConfounder });
  }
  confused.sort((a, b) => b.falseMembers - a.falseMembers || b.rate - a.rate || (a.group < b.group ? -1 : 1));
  return { circle, falseMembers: falsely.size, ofNoGroup: falsely.size - explained.size, groups: confused };
}
