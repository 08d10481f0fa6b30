/** From an expression and the sets of its leaves to the set of its people. */
import { isLowEffect } from "../insight/disclosure.js";
import { addAll, atLeastOf, type Bits, countBits, keepBoth, takeAway } from "./bitset.js";
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
  const people = sets.everybody.slice();
  change(people, expression, { sets, effectMin }, keepBoth);
  return people;
}

interface Question {
  readonly sets: Sets;
  /** 0 takes every condition. */
  readonly effectMin: number;
}

function setOf(expression: Expression, question: Question): Bits {
  const { sets } = question;
  if (isLeaf(expression)) return sets.of(expression).slice();
  if ("not" in expression) {
    const rest = sets.everybody.slice();
    change(rest, expression.not, question, takeAway);
    return rest;
  }
  if ("of" in expression) return countedSet(expression.atLeast, expression.of, question);
  const isAll = "all" in expression;
  const made = isAll ? sets.everybody.slice() : new Uint32Array(sets.everybody.length);
  for (const operand of inOrder(isAll ? expression.all : expression.any, question))
    change(made, operand, question, isAll ? keepBoth : addAll);
  return made;
}

function inOrder(operands: readonly Expression[], { effectMin }: Question): readonly Expression[] {
  if (effectMin === 0) return operands;
  const texts = new Map(operands.map((operand) => [operand, printAudience(operand)]));
  const rank = (operand: Expression) => texts.get(operand) as string;
  return [...operands].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

type Act = (bits: Bits, other: Bits) => void;

/** Changes a set by an operand, unless that changes too little. */
function change(made: Bits, operand: Expression, question: Question, act: Act): void {
  const other = isLeaf(operand) ? question.sets.of(operand) : setOf(operand, question);
  const before = question.effectMin === 0 ? null : made.slice();
  act(made, other);
  if (before === null) return;
  if (isLowEffect(countBits(before), countBits(made), question.effectMin)) made.set(before);
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
