/**
 * What was told of which sets, and to whom. A set that differs by fewer than k people from one told before is told of as that one, so
 * that nobody is found between two answers; and each set that is new to somebody is counted, since each answer tells a little.
 */
import type { Disclosure, DisclosureOptions } from "../insight/disclosure.js";
import type { ToldSet } from "./told.js";

export interface ToldRow extends ToldSet {
  /** Who was told. */
  readonly principal: string;
  /** When, epoch ms. */
  readonly timeMs: number;
}

const DAY_MS = 86_400_000;
/** Sets that are remembered, the oldest go first: some 40 MB at k = 15. */
const SETS_MAX = 100_000;

export class ToldSets {
  private readonly peopleMin: number;
  private readonly perDayMax: number;
  /** In the order in which they were first told of. */
  private sets: ToldSet[] = [];
  /** By principal, what it was told of on `day`. */
  private day = 0;
  private toldTo = new Map<string, Set<ToldSet>>();

  constructor({ peopleMin }: Pick<DisclosureOptions, "peopleMin">, perDayMax: number) {
    this.peopleMin = peopleMin;
    this.perDayMax = perDayMax;
  }

  /** The first set that is nearly this one; null where there is none. */
  find(set: ToldSet): ToldSet | null {
    return this.sets.find((one) => isNear(one, set, this.peopleMin)) ?? null;
  }

  /** Takes what was told, in the order in which it was. */
  take(row: ToldRow): void {
    const known = this.find(row);
    const set = known ?? { people: row.people, told: row.told, fingerprint: row.fingerprint };
    if (known === null) this.sets.push(set);
    if (this.sets.length > SETS_MAX) this.sets = this.sets.slice(SETS_MAX / 10);
    const day = Math.floor(row.timeMs / DAY_MS);
    if (day < this.day) return;
    this.turnTo(day);
    this.toldTo.set(row.principal, (this.toldTo.get(row.principal) ?? new Set()).add(set));
  }

  /**
   * Whether somebody may be told of this set now.
   *
   * @param waiting sets that the same one is about to be told of
   */
  mayTell(principal: string, set: ToldSet, nowMs: number, waiting: number): "again" | "new" | "spent" {
    this.turnTo(Math.floor(nowMs / DAY_MS));
    const told = this.toldTo.get(principal);
    const known = this.find(set);
    if (known !== null && told?.has(known) === true) return "again";
    return (told?.size ?? 0) + waiting < this.perDayMax ? "new" : "spent";
  }

  private turnTo(day: number): void {
    if (day <= this.day) return;
    this.day = day;
    this.toldTo = new Map();
  }

  /** The number of a set: that of the first which is nearly the same; null for too few people, whatever was told of the other. */
  numberOf(set: ToldSet): number | null {
    return set.people < this.peopleMin ? null : (this.find(set) ?? set).told;
  }
}

/** Seconds until the day ends by which sets are counted. */
export function secondsOfDayLeft(nowMs: number): number {
  return Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000);
}

/** Most that the number told of an audience may differ from the truth: it may be that of a set which differs by fewer than k. */
export function withinOfSets({ within, peopleMin }: Disclosure): number {
  return within + peopleMin - 1;
}

function isNear(a: ToldSet, b: ToldSet, peopleMin: number): boolean {
  if (Math.abs(a.people - b.people) >= peopleMin) return false;
  let differing = 0;
  for (let i = 0; i < a.fingerprint.length; i++)
    if (a.fingerprint[i] !== b.fingerprint[i] && ++differing >= peopleMin) return false;
  return true;
}
