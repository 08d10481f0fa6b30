/** From an expression and the sets of its leaves to the set of its people. */
import { isLowEffect } from "../insight/disclosure.js";
import {
  addAll,
  atLeastOf,
  type Bits,
  countBits,
  countBoth,
  countEither,
  countWithout,
  keepBoth,
  takeAway,
} from "./bitset.js";
import { type Expression, isLeaf, type Leaf } from "./expression.js";
import { printAudience } from "./print.js";

export interface Sets {
  /** Everybody who can be in an audience; `not` is the rest of these. */
  readonly everybody: Bits;
  /** The set of a leaf, as long as that of everybody; it is only read. */
  of(leaf: Leaf): Bits;
}

/** The people of an expression, in a set of its own. */
export function evaluate(expression: Expression, sets: Sets): Bits {
  const people = setOf(expression, { sets, effectMin: 0 });
  keepBoth(people, sets.everybody);
  return people;
}

/**
 * The same without each condition, at any place of the expression, that changes what it stands in by fewer than `effectMin` people: with
 * and without it the number is the same, so that the two together tell nothing of these few. Conditions are looked at in the order
 * of their texts, so it does not matter how they were ordered.
 */
export function evaluateForCount(expression: Expression, sets: Sets, effectMin: number): Bits {
  // As if it read `everybody and (...)`: what excludes a few of all people must not count either.
  const people = started(sets.everybody, { sets, effectMin });
  change(people, expression, { sets, effectMin }, KEEP_BOTH);
  return people.bits;
}

interface Question {
  readonly sets: Sets;
  /** 0 takes every condition. */
  readonly effectMin: number;
}

/** A set that is being made, and how many are in it, where that is needed. */
interface Made {
  readonly bits: Bits;
  count: number;
}

/** A way to change a set by another, and how many are in it afterwards. */
interface Act {
  readonly apply: (bits: Bits, other: Bits) => void;
  readonly countAfter: (bits: Bits, other: Bits) => number;
}

const KEEP_BOTH: Act = { apply: keepBoth, countAfter: countBoth };
const ADD_ALL: Act = { apply: addAll, countAfter: countEither };
const TAKE_AWAY: Act = { apply: takeAway, countAfter: countWithout };

function started(bits: Bits, { effectMin }: Question): Made {
  return { bits: bits.slice(), count: effectMin === 0 ? 0 : countBits(bits) };
}

function setOf(expression: Expression, question: Question): Bits {
  const { sets } = question;
  if (isLeaf(expression)) return sets.of(expression).slice();
  if ("not" in expression) {
    const rest = started(sets.everybody, question);
    change(rest, expression.not, question, TAKE_AWAY);
    return rest.bits;
  }
  if ("of" in expression) return countedSet(expression.atLeast, expression.of, question);
  const isAll = "all" in expression;
  const made = isAll ? started(sets.everybody, question) : { bits: new Uint32Array(sets.everybody.length), count: 0 };
  for (const operand of inOrder(isAll ? expression.all : expression.any, question))
    change(made, operand, question, isAll ? KEEP_BOTH : ADD_ALL);
  return made.bits;
}

function inOrder(operands: readonly Expression[], { effectMin }: Question): readonly Expression[] {
  if (effectMin === 0) return operands;
  const texts = new Map(operands.map((operand) => [operand, printAudience(operand)]));
  const rank = (operand: Expression) => texts.get(operand) as string;
  return [...operands].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** Changes a set by an operand, unless that changes too little. */
function change(made: Made, operand: Expression, question: Question, { apply, countAfter }: Act): void {
  const other = isLeaf(operand) ? question.sets.of(operand) : setOf(operand, question);
  if (question.effectMin > 0) {
    const count = countAfter(made.bits, other);
    if (count === made.count || isLowEffect(made.count, count, question.effectMin)) return;
    made.count = count;
  }
  apply(made.bits, other);
}

function countedSet(atLeast: number, operands: readonly Expression[], question: Question): Bits {
  const parts = inOrder(operands, question).map((operand) => setOf(operand, question));
  let made = atLeastOf(parts, atLeast);
  if (question.effectMin === 0) return made;
  for (let i = 0; i < parts.length; i++) {
    const without = atLeastOf(parts.toSpliced(i, 1, new Uint32Array(made.length)), atLeast);
    if (!isLowEffect(countBits(without), countBits(made), question.effectMin)) continue;
    parts[i] = new Uint32Array(made.length);
    made = without;
  }
  return made;
}
