/** A made-up city for the attackers of the tests: people in circles, of whom questions may be asked. */
import { type Bits, bitsFor, countBits, setBit } from "../../src/audience/bitset.js";
import { evaluateForCount, type Sets } from "../../src/audience/evaluate.js";
import type { Expression } from "../../src/audience/expression.js";
import { type ToldSet, toldOf } from "../../src/audience/told.js";
import { Disclosure } from "../../src/insight/disclosure.js";
import { type SipKey, sipHash } from "../../src/insight/siphash.js";

export const K = 15;
export const PEOPLE = 640;
const IDS = {
  hiOf: (id: number) => Math.imul(id, 0x9e37_79b9) >>> 0,
  loOf: (id: number) => Math.imul(id, 0x85eb_ca6b) >>> 0,
};

/** A city of people in circles, of whom an attacker may ask; who is in which circle is by chance. */
export class City {
  readonly sets: Sets;
  readonly disclosure: Disclosure;
  private readonly circles = new Map<string, Bits>();
  private readonly key: SipKey;

  constructor(seed: number) {
    this.key = [seed, seed + 1, 7, 9];
    this.disclosure = new Disclosure({ peopleMin: K, key: [9, seed, 3, seed + 5] });
    const everybody = bitsFor(PEOPLE);
    for (let id = 0; id < PEOPLE; id++) setBit(everybody, id);
    this.sets = {
      everybody,
      of: (leaf) => this.circle("circle" in leaf ? leaf.circle : ""),
    };
  }

  /** People of a circle: `c3:40` has about 40 % of all, drawn by its name. */
  circle(name: string): Bits {
    let bits = this.circles.get(name);
    if (bits === undefined) {
      const share = Number(name.split(":")[1] ?? 0) / 100;
      bits = bitsFor(PEOPLE);
      for (let id = 0; id < PEOPLE; id++)
        if ((sipHash(this.key, `${name}|${id}`)[0] as number) / 2 ** 32 < share) setBit(bits, id);
      this.circles.set(name, bits);
    }
    return bits;
  }

  put(name: string, ids: Iterable<number>): void {
    const bits = bitsFor(PEOPLE);
    for (const id of ids) setBit(bits, id);
    this.circles.set(name, bits);
  }

  count(expression: Expression): number {
    return countBits(evaluateForCount(expression, this.sets, K));
  }

  ask(expression: Expression): number | null {
    return this.set(expression).told;
  }

  set(expression: Expression): ToldSet {
    return toldOf(evaluateForCount(expression, this.sets, K), IDS, this.disclosure);
  }
}

export const circle = (name: string): Expression => ({ circle: name });
