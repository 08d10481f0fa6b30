/**
 * The circles of the rules at the close of a day: each rule gives a score, two thresholds make memberships of the scores, and what
 * changes is told. Between the thresholds everybody stays as they are, so nobody flickers.
 */
import { type Dimension, loggedRow, type MembershipRow } from "../rows.js";
import type { CompiledCircle, CompiledRules } from "./compile-rules.js";
import type { Condition, Fact } from "./condition.js";
import type { Portrait } from "./portrait.js";
import type { MembershipSink } from "./region-rows.js";
import { possibleCircles } from "./screen.js";
import type { Held, Standings } from "./standing.js";

/** A score that moved by less is not told again. */
const TOLD_STEP = 0.02;
/** `seen` that moved by fewer days is not told again: whoever lives by a rule is seen every day. */
const TOLD_DAYS = 3;
/** With so many silent days in the window, what was not seen in it may well have happened elsewhere. */
const SILENT_DAYS_MAX = 6;

export interface RuleEvaluation {
  readonly rules: CompiledRules;
  readonly standings: Standings;
  /** Number of each circle of the rules in the standings, and place in the rules of each number; -1 where it has no rule. */
  readonly numbers: Int32Array;
  readonly ruleOf: Int32Array;
  /** By number: place of a membership among those of the subscriber in hand + 1; 0 for all others, once asked, and between two subscribers. */
  readonly heldAt: Uint16Array;
  /** The circles to ask of the subscriber in hand. */
  readonly possible: Uint16Array;
  readonly sink: MembershipSink;
  /** City day that was closed, and the event time of the evaluation, epoch ms. */
  readonly day: number;
  readonly versionMs: number;
  /** First instant of a city day, epoch ms. */
  readonly dayStartMs: (day: number) => number;
}

/** What an evaluation needs, once for all subscribers. */
export function ruleEvaluation(
  parts: Omit<RuleEvaluation, "numbers" | "ruleOf" | "heldAt" | "possible">,
): RuleEvaluation {
  const { rules, standings, sink, day, versionMs, dayStartMs } = parts;
  const numbers = Int32Array.from(rules.circles, (circle) => standings.numberOf(circle.id, circle.dimension));
  const ruleOf = new Int32Array(standings.names.length).fill(-1);
  for (const [circle, number] of numbers.entries()) ruleOf[number] = circle;
  const heldAt = new Uint16Array(standings.names.length);
  const possible = new Uint16Array(numbers.length);
  // By name: what begins with a spread has another shape each time, and all that is compiled for it is compiled again.
  return { rules, standings, numbers, ruleOf, heldAt, possible, sink, day, versionMs, dayStartMs };
}

export interface Subscriber {
  readonly slot: number;
  readonly subscriberHi: number;
  readonly subscriberLo: number;
  /** Days of the window on which a known subscriber was silent. */
  readonly silentDays: number;
}

/**
 * Probability that a rule holds. It only falls with each condition, so once it must be below `least` the rest is not asked and the answer
 * is 0.
 */
export function scoreOf(circle: CompiledCircle, portrait: Portrait, least = 0): number {
  const { needs, conditions } = circle;
  for (let n = 0; n < needs.length; n++) if ((portrait.features & (needs[n] as number)) === 0) return 0;
  if (least > 0) {
    let most = 1;
    for (let c = 0; c < conditions.length; c++) {
      most *= (conditions[c] as Condition).most(portrait);
      if (most < least) return 0;
    }
  }
  let score = 1;
  for (let c = 0; c < conditions.length; c++) {
    score *= (conditions[c] as Condition).chance(portrait);
    if (score === 0 || score < least) return 0;
  }
  return score;
}

/** Probabilities of all rules, in their order; those that rules name stand in `portrait.scores`. */
export function scoresOf({ circles }: CompiledRules, portrait: Portrait): number[] {
  portrait.scores.clear();
  return circles.map((circle) => {
    const score = scoreOf(circle, portrait, 0);
    portrait.scores.set(circle.id, score);
    return score;
  });
}

/** Who was silent is not thrown out for what was not seen. */
export function keepsInSilence(circle: CompiledCircle, silentDays: number): boolean {
  return circle.countsVisits && silentDays > SILENT_DAYS_MAX;
}

/** The rule, and the facts that a person would check, as JSON. */
export function evidenceOf(circle: CompiledCircle, portrait: Portrait): string {
  return `{"rule":${quoted(circle.id)},"facts":${listText(circle.conditions, (condition) => factText(condition.fact(portrait)))}}`;
}

/** Texts that evidence is made of, as JSON: of conditions, venues and dates, so the same ones come again and again. */
const QUOTED = new Map<string, string>();
const QUOTED_MAX = 16_384;

function quoted(text: string): string {
  let json = QUOTED.get(text);
  if (json === undefined) {
    json = JSON.stringify(text);
    if (QUOTED.size >= QUOTED_MAX) QUOTED.clear();
    QUOTED.set(text, json);
  }
  return json;
}

function listText<Item>(items: readonly Item[], textOf: (item: Item) => string): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) text += (i > 0 ? "," : "") + textOf(items[i] as Item);
  return `${text}]`;
}

/** A fact as JSON, numbers to three decimals; put together by hand, which takes a third of the time of rounding a copy first. */
function factText({ what, chance, asked, found, minutes, days, venues, of }: Fact): string {
  let text = `{"what":${quoted(what)},"chance":${rounded(chance)}`;
  if (asked !== undefined) text += `,"asked":${rounded(asked)}`;
  if (found !== undefined) text += `,"found":${rounded(found)}`;
  if (minutes !== undefined) text += `,"minutes":${rounded(minutes)}`;
  if (days !== undefined) text += `,"days":${listText(days, quoted)}`;
  if (venues !== undefined) text += `,"venues":${listText(venues, quoted)}`;
  if (of !== undefined) text += `,"of":${listText(of, factText)}`;
  return `${text}}`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Brings the circles of the rules of one subscriber up to date with its portrait. */
export function updateRuleCircles(evaluation: RuleEvaluation, subscriber: Subscriber, portrait: Portrait): void {
  const { rules, standings, numbers, ruleOf, heldAt, possible } = evaluation;
  const before = standings.hasAny(subscriber.slot) ? standings.held(subscriber.slot) : NOTHING;
  for (let h = 0; h < before.length; h++) heldAt[(before[h] as Held).circle] = h + 1;
  const after: Held[] = [];
  portrait.scores.clear();
  const count = possibleCircles(rules.screen, portrait, possible);
  for (let p = 0; p < count; p++) {
    const number = numbers[possible[p] as number] as number;
    const at = heldAt[number] as number;
    heldAt[number] = 0;
    const was = at === 0 ? null : (before[at - 1] as Held);
    ask(evaluation, subscriber, portrait, possible[p] as number, was, after);
  }
  for (let h = 0; h < before.length; h++) {
    const was = before[h] as Held;
    if (heldAt[was.circle] === 0) continue;
    heldAt[was.circle] = 0;
    const circle = ruleOf[was.circle] as number;
    if (circle >= 0) ask(evaluation, subscriber, portrait, circle, was, after);
    else leaveVanished(evaluation, subscriber, was);
  }
  if (before.length > 0 || after.length > 0) standings.set(subscriber.slot, after);
}

const NOTHING: readonly Held[] = [];

/** Asks one circle, and adds it to `after` where the subscriber is in it afterwards. */
function ask(
  evaluation: RuleEvaluation,
  subscriber: Subscriber,
  portrait: Portrait,
  place: number,
  was: Held | null,
  after: Held[],
): void {
  const circle = evaluation.rules.circles[place] as CompiledCircle;
  const score = scoreOf(circle, portrait, was === null && !circle.isNamed ? circle.enter : 0);
  if (score === 0 && was === null) return;
  if (circle.isNamed) portrait.scores.set(circle.id, score);
  const held = step(evaluation, subscriber, portrait, circle, score, was);
  if (held !== null) after.push(held);
}

function leaveVanished(evaluation: RuleEvaluation, subscriber: Subscriber, was: Held): void {
  const { names, dimensions } = evaluation.standings;
  const id = names[was.circle] as string;
  const because = { rule: id, because: "there is no such rule any more" };
  leave(evaluation, subscriber, id, dimensions[was.circle] as Dimension, was, because);
}

/** Enters, keeps or leaves one circle; what is held afterwards, or null. */
function step(
  evaluation: RuleEvaluation,
  subscriber: Subscriber,
  portrait: Portrait,
  circle: CompiledCircle,
  score: number,
  was: Held | null,
): Held | null {
  const { day, standings } = evaluation;
  if (was === null && score < circle.enter) return null;
  if (was !== null && score < circle.leave) {
    // The membership stays as it was told.
    if (keepsInSilence(circle, subscriber.silentDays)) return was;
    leave(evaluation, subscriber, circle.id, circle.dimension, was, {
      rule: circle.id,
      because: `the score is ${score.toFixed(2)}, below ${circle.leave}`,
    });
    return null;
  }
  let seen = -1;
  for (const condition of circle.conditions) seen = Math.max(seen, condition.seen(portrait));
  const seenDay = seen < 0 ? day : portrait.window.firstDay + seen;
  const isStronger = was !== null && score >= was.logged + evaluation.rules.strengthenedBy;
  const logged = was === null || isStronger || score < was.logged ? score : was.logged;
  const held = {
    circle: was?.circle ?? standings.numberOf(circle.id, circle.dimension),
    sinceDay: was?.sinceDay ?? day,
    score,
    logged,
    seenDay,
  };
  if (
    was !== null &&
    !isStronger &&
    Math.abs(score - was.score) < TOLD_STEP &&
    Math.abs(seenDay - was.seenDay) < TOLD_DAYS
  )
    return { circle: was.circle, sinceDay: was.sinceDay, score: was.score, logged, seenDay: was.seenDay };
  const row = rowOf(evaluation, subscriber, circle.id, circle.dimension, held, evidenceOf(circle, portrait), false);
  evaluation.sink.memberships.push(row);
  if (was === null) evaluation.sink.membershipLog.push(loggedRow(row, "entered"));
  else if (isStronger) evaluation.sink.membershipLog.push(loggedRow(row, "strengthened"));
  return held;
}

function leave(
  evaluation: RuleEvaluation,
  subscriber: Subscriber,
  circle: string,
  dimension: Dimension,
  was: Held,
  because: object,
): void {
  const row = rowOf(evaluation, subscriber, circle, dimension, { ...was, score: 0 }, JSON.stringify(because), true);
  evaluation.sink.memberships.push(row);
  evaluation.sink.membershipLog.push(loggedRow(row, "left"));
}

function rowOf(
  { versionMs, dayStartMs }: RuleEvaluation,
  { subscriberHi, subscriberLo }: Subscriber,
  circle: string,
  dimension: Dimension,
  held: Held,
  evidence: string,
  gone: boolean,
): MembershipRow {
  return {
    subscriberHi,
    subscriberLo,
    dimension,
    circle,
    score: held.score,
    sinceMs: dayStartMs(held.sinceDay),
    seenMs: Math.min(versionMs, dayStartMs(held.seenDay + 1) - 1000),
    evidence,
    versionMs,
    gone,
  };
}
