/**
 * The most likely course of a subscriber through what was heard: staying at a known place, at a new one, or on the way. A hidden
 * semi-Markov model (stay-model.ts) decoded by the Viterbi algorithm (Rabiner 1989, A tutorial on hidden Markov models, III.B). A new
 * place is one state for each observation at which it may begin, scored by the cells heard there so far (a Polya urn filled up by the
 * radio model).
 */
import type { Block } from "./block.js";
import { exp, ln } from "./logarithm.js";
import { NewPlaces } from "./new-places.js";
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

/** So much less is less whatever logarithms are rounded to. */
const SURELY_LESS = 1 - 1e-9;

/** Decodes blocks; holds the trellis, so that nothing is allocated for a block. */
export class Decoder {
  /** After `decode`: the state at each observation. */
  readonly states = new Int32Array(WAITING_MAX);
  private readonly model = new StayModel();
  private readonly atPlace = new Float64Array(WAITING_MAX * PLACES);
  private readonly fromAtPlace = new Int32Array(WAITING_MAX * PLACES);
  private readonly inMotion = new Float64Array(WAITING_MAX);
  private readonly fromInMotion = new Int32Array(WAITING_MAX);
  private readonly newPlaces = new NewPlaces();
  private readonly fromAtNew = new Int32Array(WAITING_MAX);
  /** Of one step: scores before it of each place, and of what leaves each. */
  private readonly was = new Float64Array(PLACES);
  private readonly left = new Float64Array(PLACES);
  /** The best of what leaves a place, and which. */
  private leftBest = NONE;
  private leftBestPlace = START;
  /** The score of what leaves the best of the new places, and that of having been on the way. */
  private leftNew = NONE;
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
    this.newPlaces.clear();
    for (let i = 0; i < block.count; i++)
      if (i === 0 && this.model.before === UNKNOWN) this.begin(block);
      else this.step(block, i);
    this.traceBack(block.count - 1);
  }

  /** The first observation of a subscriber: anything may be. */
  private begin(block: Block): void {
    const { model } = this;
    for (let p = 0; p < PLACES; p++) {
      this.atPlace[p] = model.exists[p] === 0 ? NONE : (model.share[p] as number) + model.served(p, 0);
      this.fromAtPlace[p] = START;
    }
    this.inMotion[0] = BEGUN_MOVING;
    this.fromInMotion[0] = START;
    this.newPlaces.hear(model, block, 0, AT_NEW + model.atRest(0));
    this.fromAtNew[0] = START;
  }

  private step(block: Block, i: number): void {
    const { model, newPlaces } = this;
    model.take(i);
    this.motion = i > 0 ? (this.inMotion[i - 1] as number) : model.before === MOVING ? 0 : NONE;
    this.leavePlaces(i);
    this.leftNew = newPlaces.best + model.leavingNew;
    for (let p = 0; p < PLACES; p++) this.stepToPlace(i, p);
    this.stepToNew(i);
    this.stepToMotion(i);
    newPlaces.hear(model, block, i, (this.entered[AT_NEW_PLACE] as number) + model.atRest(i));
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
    this.compareLeft();
  }

  private compareLeft(): void {
    const { was, left } = this;
    this.leftBest = NONE;
    this.leftBestPlace = START;
    for (let p = 0; p < PLACES; p++) {
      if ((was[p] as number) <= this.leftBest) continue;
      this.askLeft(p);
      if ((left[p] as number) <= this.leftBest) continue;
      this.leftBest = left[p] as number;
      this.leftBestPlace = p;
    }
  }

  private askLeft(p: number): void {
    this.left[p] = (this.was[p] as number) + this.model.leave(p);
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
    this.fromAtNew[i] = this.enteredFrom[AT_NEW_PLACE] as number;
  }

  /** The best way into a stay at a spot, that of place `p` or of a new one: as `entered` has it, or from another place, or from a new one. */
  private enter(spot: number, p: number): void {
    const { model, entered, enteredFrom } = this;
    const share = model.share[p] as number;
    // As it was, or where that is a new place, arrived.
    enteredFrom[p] = p;
    if (this.leftBest + share > (entered[p] as number)) {
      const hurry = this.leftBestPlace === spot ? Number.POSITIVE_INFINITY : model.hurry(this.leftBestPlace, spot);
      if (this.leftBest + share - hurry > (entered[p] as number)) {
        entered[p] = this.leftBest + share - hurry;
        enteredFrom[p] = this.leftBestPlace;
      }
      // Where there was time for that way, no other place is better to have left.
      if (hurry > 0) this.enterFromPlaces(spot, p);
    }
    if (this.leftNew + share > (entered[p] as number)) {
      const { bestAt } = this.newPlaces;
      const hurry = model.hurry(CELL_SPOT + (model.cellOf[bestAt] as number), spot);
      if (this.leftNew + share - hurry > (entered[p] as number)) {
        entered[p] = this.leftNew + share - hurry;
        enteredFrom[p] = NEW + bestAt;
      }
      if (hurry > 0) this.enterFromNew(spot, p);
    }
  }

  private enterFromPlaces(spot: number, p: number): void {
    const { model, was, left } = this;
    const share = model.share[p] as number;
    let best = this.entered[p] as number;
    for (let q = 0; q < PLACES; q++) {
      if (q === spot || (was[q] as number) + share <= best) continue;
      if (left[q] === UNASKED) this.askLeft(q);
      const leaving = (left[q] as number) + share;
      if (leaving <= best) continue;
      const score = leaving - model.hurry(q, spot);
      if (score <= best) continue;
      best = score;
      this.enteredFrom[p] = q;
    }
    this.entered[p] = best;
  }

  private enterFromNew(spot: number, p: number): void {
    const { model } = this;
    const { likelihood, count, scale } = this.newPlaces;
    const leaving = scale + model.leavingNew + (model.share[p] as number);
    let best = this.entered[p] as number;
    // What is not likelier needs no logarithm.
    let least = exp(best - leaving) * SURELY_LESS;
    for (let s = 0; s < count; s++) {
      if ((likelihood[s] as number) <= least) continue;
      const hurry = model.hurry(CELL_SPOT + (model.cellOf[s] as number), spot);
      const score = leaving + ln(likelihood[s] as number) - hurry;
      if (score <= best) continue;
      best = score;
      if (hurry === 0) least = (likelihood[s] as number) * SURELY_LESS;
      this.enteredFrom[p] = NEW + s;
    }
    this.entered[p] = best;
  }

  private stepToMotion(i: number): void {
    const { model } = this;
    let best = this.motion + model.moveOn;
    let from = MOTION;
    if (this.leftBest + ON_WAY > best) {
      best = this.leftBest + ON_WAY;
      from = this.leftBestPlace;
    }
    if (this.leftNew + ON_WAY > best) {
      best = this.leftNew + ON_WAY;
      from = NEW + this.newPlaces.bestAt;
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
    if (this.newPlaces.best > best) state = NEW + this.newPlaces.bestAt;
    for (let i = last; i >= 0; i--) {
      this.states[i] = state;
      if (state < PLACES) state = this.fromAtPlace[i * PLACES + state] as number;
      else if (state === MOTION) state = this.fromInMotion[i] as number;
      else if (state === NEW + i) state = this.fromAtNew[i] as number;
    }
  }
}
