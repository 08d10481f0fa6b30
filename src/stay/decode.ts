/**
 * The most likely course of a subscriber through what was heard: staying at a known place, at a new one, or on the way. A hidden
 * semi-Markov model (stay-model.ts) decoded by the Viterbi algorithm (Rabiner 1989, A tutorial on hidden Markov models, III.B). A new
 * place is one state for each observation at which it may begin, scored by the cells heard there so far (a Polya urn filled up by the
 * radio model).
 */
import type { Block } from "./block.js";
import { PLACES, WAITING_MAX } from "./record.js";
import { AT_NEW, BEGUN_MOVING, CELL_SPOT, MOVING, ON_WAY, StayModel, UNKNOWN } from "./stay-model.js";
import type { Stays } from "./stays.js";

/** States: 0 .. PLACES - 1 stay at that place; MOTION; NEW + i stays at a new place since observation i. */
export const MOTION = PLACES;
const START = PLACES + 1;
export const NEW = PLACES + 2;

const NONE = Number.NEGATIVE_INFINITY;
/** No score: those are at most 0. */
const UNASKED = 1;

/** Decodes blocks; holds the trellis, so that nothing is allocated for a block. */
export class Decoder {
  /** After `decode`: the state at each observation. */
  readonly states = new Int32Array(WAITING_MAX);
  private readonly model = new StayModel();
  private readonly atPlace = new Float64Array(WAITING_MAX * PLACES);
  private readonly fromAtPlace = new Int32Array(WAITING_MAX * PLACES);
  private readonly inMotion = new Float64Array(WAITING_MAX);
  private readonly fromInMotion = new Int32Array(WAITING_MAX);
  private readonly atNew = new Float64Array(WAITING_MAX);
  private readonly fromAtNew = new Int32Array(WAITING_MAX);
  /** Of one step: scores before it of each place, and of what leaves each. */
  private readonly was = new Float64Array(PLACES);
  private readonly left = new Float64Array(PLACES);
  /** The same of the new places, the best begun in each of the first `cellsLeft` cells of the block, and which it is. */
  private cellsLeft = 0;
  private readonly leftCell = new Float64Array(WAITING_MAX);
  private readonly leftCellFrom = new Int32Array(WAITING_MAX);
  /** Score of an arrival; the best of what leaves new places; where the state in hand is entered from. */
  private arrived = NONE;
  private bestNew = NONE;
  private bestNewFrom = START;
  private from = START;

  /** Fills `states` for the block; what the subscriber was doing before it stands in the record. */
  decode(stays: Stays, slot: number, block: Block): void {
    this.model.read(stays, slot, block);
    for (let i = 0; i < block.count; i++)
      if (i === 0 && this.model.before === UNKNOWN) this.begin();
      else this.step(i);
    this.traceBack(block.count - 1);
  }

  /** The first observation of a subscriber: anything may be. */
  private begin(): void {
    const { model } = this;
    for (let p = 0; p < PLACES; p++) {
      this.atPlace[p] = model.exists[p] === 0 ? NONE : (model.share[p] as number) + model.served(p, 0);
      this.fromAtPlace[p] = START;
    }
    this.inMotion[0] = BEGUN_MOVING;
    this.fromInMotion[0] = START;
    this.atNew[0] = AT_NEW + model.atRest(0);
    this.fromAtNew[0] = START;
  }

  private step(i: number): void {
    const { model } = this;
    model.take(i);
    const motion = i > 0 ? (this.inMotion[i - 1] as number) : model.before === MOVING ? 0 : NONE;
    this.arrived = motion + model.arrive;
    this.leavePlaces(i);
    this.leaveNew(i);
    for (let p = 0; p < PLACES; p++) this.stepToPlace(i, p);
    this.stepToNew(i);
    model.stayAtNew(this.atNew, i);
    this.stepToMotion(i, motion);
  }

  /**
   * Scores of having been at each place up to observation `i`. What leaves a place scores less; how much less is worked out in `leftPlace`,
   * when it matters.
   */
  private leavePlaces(i: number): void {
    const { model, was, left, atPlace } = this;
    for (let p = 0; p < PLACES; p++) {
      const score =
        i > 0 ? (atPlace[(i - 1) * PLACES + p] as number) : model.before === p && model.exists[p] !== 0 ? 0 : NONE;
      was[p] = score;
      left[p] = UNASKED;
    }
  }

  private leftPlace(p: number): number {
    if (this.left[p] === UNASKED) this.left[p] = (this.was[p] as number) + this.model.leave(p);
    return this.left[p] as number;
  }

  /** Of the new places begun in one cell the best is enough: the ways from all of them are the same. */
  private leaveNew(i: number): void {
    const { atNew, leftCell, leftCellFrom } = this;
    const { cellOf } = this.model;
    const leave = this.model.leaveNew();
    this.bestNew = NONE;
    this.bestNewFrom = START;
    this.cellsLeft = 0;
    for (let s = 0; s < i; s++) {
      const left = (atNew[s] as number) + leave;
      const cell = cellOf[s] as number;
      if (cell === this.cellsLeft) leftCell[this.cellsLeft++] = NONE;
      if (left <= (leftCell[cell] as number)) continue;
      leftCell[cell] = left;
      leftCellFrom[cell] = NEW + s;
      if (left <= this.bestNew) continue;
      this.bestNew = left;
      this.bestNewFrom = NEW + s;
    }
  }

  private stepToPlace(i: number, p: number): void {
    const { model } = this;
    const at = i * PLACES + p;
    this.atPlace[at] = NONE;
    if (model.exists[p] === 0) return;
    const share = model.share[p] as number;
    this.from = p;
    let best = this.enter(p, share, (this.was[p] as number) + model.stay(p));
    if (this.arrived + share > best) {
      best = this.arrived + share;
      this.from = MOTION;
    }
    this.atPlace[at] = best + model.served(p, i);
    this.fromAtPlace[at] = this.from;
  }

  /** A stay at a new place begins with this observation. */
  private stepToNew(i: number): void {
    this.from = MOTION;
    const entered = this.enter(CELL_SPOT + (this.model.cellOf[i] as number), AT_NEW, this.arrived + AT_NEW);
    this.atNew[i] = entered + this.model.atRest(i);
    this.fromAtNew[i] = this.from;
  }

  /**
   * Score of the best way into a stay at a spot, which is then `from`: as it was, with the score `least`, or from another place, or from a
   * new one. A stay that begins there takes `share`.
   */
  private enter(spot: number, share: number, least: number): number {
    const { model, was, leftCell } = this;
    let best = least;
    for (let q = 0; q < PLACES; q++) {
      if (q === spot || (was[q] as number) + share <= best) continue;
      const left = this.leftPlace(q) + share;
      if (left <= best) continue;
      const score = left - model.hurry(q, spot);
      if (score <= best) continue;
      best = score;
      this.from = q;
    }
    if (this.bestNew + share <= best) return best;
    for (let cell = 0; cell < this.cellsLeft; cell++) {
      const left = (leftCell[cell] as number) + share;
      if (left <= best) continue;
      const score = left - model.hurry(CELL_SPOT + cell, spot);
      if (score <= best) continue;
      best = score;
      this.from = this.leftCellFrom[cell] as number;
    }
    return best;
  }

  private stepToMotion(i: number, motion: number): void {
    const { model, was } = this;
    let best = motion + model.moveOn;
    let from = MOTION;
    for (let p = 0; p < PLACES; p++) {
      if ((was[p] as number) + ON_WAY <= best) continue;
      const left = this.leftPlace(p) + ON_WAY;
      if (left <= best) continue;
      best = left;
      from = p;
    }
    if (this.bestNew + ON_WAY > best) {
      best = this.bestNew + ON_WAY;
      from = this.bestNewFrom;
    }
    this.inMotion[i] = best + model.servedOnWay(i);
    this.fromInMotion[i] = from;
  }

  private traceBack(last: number): void {
    let best = this.inMotion[last] as number;
    let state = MOTION;
    for (let p = 0; p < PLACES; p++) {
      if ((this.atPlace[last * PLACES + p] as number) <= best) continue;
      best = this.atPlace[last * PLACES + p] as number;
      state = p;
    }
    for (let s = 0; s <= last; s++) {
      if ((this.atNew[s] as number) <= best) continue;
      best = this.atNew[s] as number;
      state = NEW + s;
    }
    for (let i = last; i >= 0; i--) {
      this.states[i] = state;
      if (state < PLACES) state = this.fromAtPlace[i * PLACES + state] as number;
      else if (state === MOTION) state = this.fromInMotion[i] as number;
      else if (state === NEW + i) state = this.fromAtNew[i] as number;
    }
  }
}
