/** What rules would make of the people of a store: sizes, overlaps, who would enter and who would leave. */
import type { CompiledCircle, CompiledRules } from "./compile-rules.js";
import type { Portrait } from "./portrait.js";
import { evidenceOf, keepsInSilence, scoresOf } from "./rule-circles.js";

/** Somebody at the last evaluation, and what the store says today. */
export interface Tried {
  /** Decimal pseudonym; they come in one order, each once. */
  readonly subscriber: string;
  readonly portrait: Portrait;
  readonly silentDays: number;
  /** Circles that the subscriber is in, region circles aside. */
  readonly held: readonly string[];
}

/** A number of people, and the first of them: equal groups have the same. */
export interface Group {
  count: number;
  first: string;
}

export type Change = "enters" | "leaves" | "stays";

export interface Example {
  readonly subscriber: string;
  readonly change: Change;
  readonly score: number;
  /** JSON, as memberships hold it. */
  readonly evidence: string;
}

/** What one rule makes of everybody tried. */
export interface CircleTrial {
  readonly circle: CompiledCircle;
  readonly members: Group;
  /** Members by score: the band i holds scores from i / BANDS on. */
  readonly bands: readonly Group[];
  readonly enters: Group;
  readonly leaves: Group;
  /** Members by present circle of another id, and those who are in it. */
  readonly together: ReadonlyMap<string, Group>;
  readonly examples: readonly Example[];
}

export const BANDS = 10;

export class Backtest {
  /** Everybody tried. */
  readonly people = newGroup();
  /** Present circles. */
  readonly present = new Map<string, Group>();
  readonly trials: readonly CircleTrial[];
  private readonly rules: CompiledRules;
  private readonly examplesMax: number;

  /**
   * @param wanted circles to try; those that they name are worked out with them
   * @param examplesMax examples of each change of a circle, at most
   */
  constructor(rules: CompiledRules, wanted: ReadonlySet<string>, examplesMax: number) {
    this.rules = rules;
    this.examplesMax = examplesMax;
    this.trials = rules.circles
      .filter(({ id }) => wanted.has(id))
      .map((circle) => ({
        circle,
        members: newGroup(),
        bands: Array.from({ length: BANDS }, newGroup),
        enters: newGroup(),
        leaves: newGroup(),
        together: new Map<string, Group>(),
        examples: [],
      }));
  }

  take(tried: Tried): void {
    const { portrait, subscriber, held } = tried;
    add(this.people, subscriber);
    for (const circle of held) add(groupIn(this.present, circle), subscriber);
    scoresOf(this.rules, portrait);
    for (const trial of this.trials) this.takeInto(trial, tried);
  }

  private takeInto(trial: CircleTrial, tried: Tried): void {
    const { circle } = trial;
    const { subscriber, portrait, held } = tried;
    const score = portrait.scores.get(circle.id) ?? 0;
    const was = held.includes(circle.id);
    const isIn = was ? score >= circle.leave || keepsInSilence(circle, tried.silentDays) : score >= circle.enter;
    if (isIn) {
      add(trial.members, subscriber);
      add(trial.bands[Math.min(BANDS - 1, Math.floor(score * BANDS))] as Group, subscriber);
      for (const other of held)
        if (other !== circle.id) add(groupIn(trial.together as Map<string, Group>, other), subscriber);
    }
    if (isIn && !was) add(trial.enters, subscriber);
    if (!isIn && was) add(trial.leaves, subscriber);
    if (isIn || was) this.keepExample(trial, isIn ? (was ? "stays" : "enters") : "leaves", score, tried);
  }

  private keepExample(trial: CircleTrial, change: Change, score: number, { subscriber, portrait }: Tried): void {
    const examples = trial.examples as Example[];
    if (examples.filter((one) => one.change === change).length >= this.examplesMax) return;
    examples.push({ subscriber, change, score, evidence: evidenceOf(trial.circle, portrait) });
  }
}

function newGroup(): Group {
  return { count: 0, first: "" };
}

function add(group: Group, subscriber: string): void {
  if (group.count++ === 0) group.first = subscriber;
}

function groupIn(groups: Map<string, Group>, circle: string): Group {
  let group = groups.get(circle);
  if (group === undefined) {
    group = newGroup();
    groups.set(circle, group);
  }
  return group;
}
