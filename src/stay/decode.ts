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
/** Where a new place stands in columns of places; a stay there that is entered from nowhere else is entered from MOTION. */
const AT_NEW_PLACE = PLACES;

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
  /** The best of what leaves new places, and which it is; the score of having been on the way. */
  private bestNew = NONE;
  private bestNewFrom = START;
  private motion = NONE;
  /**
   * Scores of being at each place and, last, at a new one: as it was, or arrived; then the best, before the observation itself is judged, and
   * where that comes from.
   */
  private readonly entered = new Float64Array(PLACES + 1);
  private readonly enteredFrom = new Int32Array(PLACES + 1);

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
    this.motion = i > 0 ? (this.inMotion[i - 1] as number) : model.before === MOVING ? 0 : NONE;
    this.leavePlaces(i);
    this.leaveNew(i);
    for (let p = 0; p < PLACES; p++) this.stepToPlace(i, p);
    this.stepToNew(i);
    model.stayAtNew(this.atNew, i);
    this.stepToMotion(i);
  }

  /**
   * Scores of having been at each place up to observation `i`. What leaves a place scores less; how much less is worked out in `askLeft`,
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

  private askLeft(p: number): void {
    this.left[p] = (this.was[p] as number) + this.model.leave(p);
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
    const { model, entered, enteredFrom } = this;
    const at = i * PLACES + p;
    this.atPlace[at] = NONE;
    if (model.exists[p] === 0) return;
    entered[p] = (this.was[p] as number) + (model.staying[p] as number);
    this.enter(p, p);
    const arrived = this.motion + model.arrive + (model.share[p] as number);
    if (arrived > (entered[p] as number)) {
      entered[p] = arrived;
      enteredFrom[p] = MOTION;
    }
    this.atPlace[at] = (entered[p] as number) + (model.servedHere[p] as number);
    this.fromAtPlace[at] = enteredFrom[p] as number;
  }

  /** A stay at a new place begins with this observation. */
  private stepToNew(i: number): void {
    const { model, entered } = this;
    entered[AT_NEW_PLACE] = this.motion + model.arrive + AT_NEW;
    this.enter(CELL_SPOT + (model.cellOf[i] as number), AT_NEW_PLACE);
    this.atNew[i] = (entered[AT_NEW_PLACE] as number) + model.atRest(i);
    this.fromAtNew[i] = this.enteredFrom[AT_NEW_PLACE] as number;
  }

  /** The best way into a stay at a spot, that of place `p` or of a new one: as `entered` has it, or from another place, or from a new one. */
  private enter(spot: number, p: number): void {
    const { model, was, left, leftCell } = this;
    const share = model.share[p] as number;
    let best = this.entered[p] as number;
    // As it was, or where that is a new place, arrived.
    let from = p;
    for (let q = 0; q < PLACES; q++) {
      if (q === spot || (was[q] as number) + share <= best) continue;
      if (left[q] === UNASKED) this.askLeft(q);
      const leaving = (left[q] as number) + share;
      if (leaving <= best) continue;
      const score = leaving - model.hurry(q, spot);
      if (score <= best) continue;
      best = score;
      from = q;
    }
    if (this.bestNew + share > best) {
      for (let cell = 0; cell < this.cellsLeft; cell++) {
        const leaving = (leftCell[cell] as number) + share;
        if (leaving <= best) continue;
        const score = leaving - model.hurry(CELL_SPOT + cell, spot);
        if (score <= best) continue;
        best = score;
        from = this.leftCellFrom[cell] as number;
      }
    }
    this.entered[p] = best;
    this.enteredFrom[p] = from;
  }

  private stepToMotion(i: number): void {
    const { model, was, left } = this;
    let best = this.motion + model.moveOn;
    let from = MOTION;
    for (let p = 0; p < PLACES; p++) {
      if ((was[p] as number) + ON_WAY <= best) continue;
      if (left[p] === UNASKED) this.askLeft(p);
      const leaving = (left[p] as number) + ON_WAY;
      if (leaving <= best) continue;
      best = leaving;
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
