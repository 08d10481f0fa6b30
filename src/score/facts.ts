/**
 * What a score compares: the truth about people, and what the store says of them. Subscribers are pseudonyms in decimal on both sides,
 * times epoch ms, positions degrees of WGS 84.
 */
import type { Dimension } from "../rows.js";

/** A position of a person's home or day place. */
export interface AnchorFact {
  readonly subscriber: string;
  readonly kind: string;
  readonly lon: number;
  readonly lat: number;
}

export interface StayFact {
  readonly subscriber: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly lon: number;
  readonly lat: number;
}

export interface FoundStay extends StayFact {
  readonly events: number;
}

export interface Membership {
  readonly subscriber: string;
  readonly dimension: Dimension;
  readonly circle: string;
  /** 0..1 */
  readonly score: number;
}

/** Changes of the memberships of a circle, told in `membership_log`. */
export interface CircleChanges {
  readonly circle: string;
  readonly entered: number;
  readonly strengthened: number;
  readonly left: number;
  /** Members who entered more than once. */
  readonly returned: number;
}

/** The truth files of one folder (CONTRACTS, section 7). */
export interface Truth {
  /** Subscriber to circles. */
  readonly circles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly anchors: readonly AnchorFact[];
  readonly stays: readonly StayFact[];
  /** Subscriber to roles; null where the folder does not tell them. */
  readonly roles: ReadonlyMap<string, readonly string[]> | null;
  /** Offset of the local clock from UTC that the times of the stays are written with, ms; 0 where they name none. */
  readonly offsetMs: number;
}

/** What the store says. */
export interface Found {
  readonly memberships: readonly Membership[];
  /** The first anchors of their kind. */
  readonly anchors: readonly AnchorFact[];
  readonly stays: readonly FoundStay[];
  readonly changes: readonly CircleChanges[];
}

/** The list of a key, a new one where there is none. */
export function entryOf<K, T>(lists: Map<K, T[]>, key: K): T[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}

/** The set of a key, a new one where there is none. */
export function setOf<K, T>(sets: Map<K, Set<T>>, key: K): Set<T> {
  let set = sets.get(key);
  if (set === undefined) {
    set = new Set();
    sets.set(key, set);
  }
  return set;
}
