/**
 * Stays at new places, one for each observation at which such a stay may have begun. Each of them is judged by each further observation,
 * which is the most of what decoding has to do; so they are kept as likelihoods and judged without a logarithm.
 */
import type { Block } from "./block.js";
import { exp, ln, raiseAll } from "./logarithm.js";
import { WAITING_MAX } from "./record.js";
import { LEAST_CHANCE, NEW_MODEL_WEIGHT, type StayModel } from "./stay-model.js";

const NONE = Number.NEGATIVE_INFINITY;

/** Holds its columns, so that nothing is allocated for a block. */
export class NewPlaces {
  /** The best of them, as a score, and at which observation it began. */
  best = NONE;
  bestAt = 0;
  /**
   * Likelihood over exp(`scale`) of the stay begun at each observation: 1 at most. Beside the best it may vanish, where it is less than e^-700 of it. It
   * would not have become the best: an observation takes from that at most LEAST, and 31 follow at most.
   */
  readonly likelihood = new Float64Array(WAITING_MAX);
  scale = NONE;
  count = 0;
  /** 1 for the cell in hand, 0 for others: a sum of some of the weights in irregular turn costs less by a product than by a branch. */
  private readonly isCell = new Float64Array(WAITING_MAX);
  /** How likely the place of each is served by the cell of the observation in hand. */
  private readonly served = new Float64Array(WAITING_MAX);

  /** A block begins, in which no such stay has begun. */
  clear(): void {
    this.best = NONE;
    this.scale = NONE;
    this.count = 0;
  }

  /** Observation `i`, the next one, is heard: those begun before it go on, and one begins, with this score. */
  hear(model: StayModel, block: Block, i: number, score: number): void {
    this.scale += model.stayingNew + model.atRest(i);
    if (score > this.scale) this.rescale(score);
    this.likelihood[i] = score === NONE ? 0 : exp(score - this.scale);
    this.goOn(model, block, i);
    this.count = i + 1;
  }

  private rescale(scale: number): void {
    const { likelihood } = this;
    const fall = exp(this.scale - scale);
    for (let s = 0; s < this.count; s++) likelihood[s] = (likelihood[s] as number) * fall;
    this.scale = scale;
  }

  /** The place of each is served by the cell of observation `i` as by those heard since it began. */
  private goOn(model: StayModel, block: Block, i: number): void {
    this.askServed(model, block, i);
    const weight = block.weight[i] as number;
    if (weight !== 1) raiseAll(this.served, i, weight);
    const { likelihood, served } = this;
    let best = likelihood[i] as number;
    let bestAt = i;
    for (let s = i - 1; s >= 0; s--) {
      const now = (likelihood[s] as number) * (served[s] as number);
      likelihood[s] = now;
      // Of equally good ones the first.
      if (now < best) continue;
      best = now;
      bestAt = s;
    }
    this.best = this.scale + ln(best);
    this.bestAt = bestAt;
  }

  private askServed(model: StayModel, { weight }: Block, i: number): void {
    const { isCell, served } = this;
    const { cellOf, expected } = model;
    const cell = cellOf[i] as number;
    const from = model.expectedBy(cell);
    let alike = 0;
    let all = NEW_MODEL_WEIGHT;
    isCell[cell] = 1;
    for (let s = i - 1; s >= 0; s--) {
      const of = cellOf[s] as number;
      const weightThere = weight[s] as number;
      all += weightThere;
      alike += weightThere * (isCell[of] as number);
      served[s] = Math.max(LEAST_CHANCE, (alike + (expected[from + of] as number)) / all);
    }
    isCell[cell] = 0;
  }
}
