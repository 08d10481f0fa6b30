/**
 * The most likely course of a subscriber through what was heard: staying at a known place, at a new one, or on the way. A hidden
 * semi-Markov model (stay-model.ts) decoded by the Viterbi algorithm (Rabiner 1989, A tutorial on hidden Markov models, III.B). A new
 * place is one state for each observation at which it may begin, scored by the cells heard there so far (a Polya urn filled up by the
 * radio model).
 */
import type { Block } from "./block.js";
import { PLACES, WAITING_MAX } from "./record.js";
import { AT_NEW, BEGUN_MOVING, MOVING, ON_WAY, StayModel, UNKNOWN } from "./stay-model.js";
import type { Stays } from "./stays.js";

/** States: 0 .. PLACES - 1 stay at that place; MOTION; NEW + i stays at a new place since observation i. */
export const MOTION = PLACES;
const START = PLACES + 1;
export const NEW = PLACES + 2;

const NONE = Number.NEGATIVE_INFINITY;

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
  /** Of one step: scores of what leaves each place, and each new one, with the best of these; the best way into the state in hand. */
  private readonly left = new Float64Array(PLACES);
  private readonly leftNew = new Float64Array(WAITING_MAX);
  private bestNew = NONE;
  private bestNewFrom = START;
  private best = NONE;
  private from = START;

  private stays!: Stays;
  private block!: Block;

  /** Fills `states` for the block; what the subscriber was doing before it stands in the record. */
  decode(stays: Stays, slot: number, block: Block): void {
    this.stays = stays;
    this.block = block;
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
    this.atNew[0] = AT_NEW;
    this.fromAtNew[0] = START;
  }

  private step(i: number): void {
    const { model } = this;
    model.take(i);
    const motion = i > 0 ? (this.inMotion[i - 1] as number) : model.before === MOVING ? 0 : NONE;
    const arrived = motion + model.arrive;
    this.leavePlaces(i);
    this.leaveNew(i);
    for (let p = 0; p < PLACES; p++) this.stepToPlace(i, p, arrived);
    this.stepToNew(i, arrived);
    this.continueNew(i);
    this.stepToMotion(i, motion);
  }

  /** Score of having been at a place up to observation `i`. */
  private wasAt(i: number, place: number): number {
    if (i > 0) return this.atPlace[(i - 1) * PLACES + place] as number;
    return this.model.before === place && this.model.exists[place] !== 0 ? 0 : NONE;
  }

  private leavePlaces(i: number): void {
    for (let p = 0; p < PLACES; p++) {
      const was = this.wasAt(i, p);
      this.left[p] = was === NONE ? NONE : was + this.model.leave(p);
    }
  }

  private leaveNew(i: number): void {
    const leave = this.model.leaveNew();
    this.bestNew = NONE;
    this.bestNewFrom = START;
    for (let s = 0; s < i; s++) {
      const left = (this.atNew[s] as number) + leave;
      this.leftNew[s] = left;
      if (left <= this.bestNew) continue;
      this.bestNew = left;
      this.bestNewFrom = NEW + s;
    }
  }

  private stepToPlace(i: number, p: number, arrived: number): void {
    const { model } = this;
    const at = i * PLACES + p;
    this.atPlace[at] = NONE;
    if (model.exists[p] === 0) return;
    this.best = this.wasAt(i, p) + model.stay(p);
    this.from = p;
    this.comeFromPlaces(p, model.x[p] as number, model.y[p] as number, model.share[p] as number);
    this.comeFromNew(i, model.x[p] as number, model.y[p] as number, model.share[p] as number);
    if (arrived + (model.share[p] as number) > this.best) {
      this.best = arrived + (model.share[p] as number);
      this.from = MOTION;
    }
    this.atPlace[at] = this.best + model.served(p, i);
    this.fromAtPlace[at] = this.from;
  }

  /** A stay at a new place begins with this observation. */
  private stepToNew(i: number, arrived: number): void {
    const { cells } = this.stays;
    const row = this.block.row[i] as number;
    this.best = arrived + AT_NEW;
    this.from = MOTION;
    this.comeFromPlaces(-1, cells.x[row] as number, cells.y[row] as number, AT_NEW);
    this.comeFromNew(i, cells.x[row] as number, cells.y[row] as number, AT_NEW);
    this.atNew[i] = this.best;
    this.fromAtNew[i] = this.from;
  }

  /** Looks for a better way into a state at x, y, begun with `share`, from the other places. */
  private comeFromPlaces(place: number, x: number, y: number, share: number): void {
    const { model } = this;
    for (let q = 0; q < PLACES; q++) {
      const left = (this.left[q] as number) + share;
      if (q === place || left <= this.best) continue;
      this.improve(left - model.hurry((model.x[q] as number) - x, (model.y[q] as number) - y), q);
    }
  }

  /** The same from the new places; where each is, only the cell it began with tells. */
  private comeFromNew(i: number, x: number, y: number, share: number): void {
    if (this.bestNew + share <= this.best) return;
    const { cells } = this.stays;
    for (let s = 0; s < i; s++) {
      const left = (this.leftNew[s] as number) + share;
      if (left <= this.best) continue;
      const row = this.block.row[s] as number;
      this.improve(left - this.model.hurry((cells.x[row] as number) - x, (cells.y[row] as number) - y), NEW + s);
    }
  }

  private improve(score: number, from: number): void {
    if (score <= this.best) return;
    this.best = score;
    this.from = from;
  }

  /** The new places go on: each is served by the cell as by those heard since it began. */
  private continueNew(i: number): void {
    const { block, model } = this;
    const row = block.row[i] as number;
    let alike = 0;
    let all = 0;
    for (let s = i - 1; s >= 0; s--) {
      all += block.weight[s] as number;
      if (block.row[s] === row) alike += block.weight[s] as number;
      const before = this.atNew[s] as number;
      if (before !== NONE) this.atNew[s] = before + model.stayNew() + model.servedNew(s, i, alike, all);
    }
  }

  private stepToMotion(i: number, motion: number): void {
    const { model } = this;
    this.best = motion + model.moveOn;
    this.from = MOTION;
    for (let p = 0; p < PLACES; p++) this.improve((this.left[p] as number) + ON_WAY, p);
    this.improve(this.bestNew + ON_WAY, this.bestNewFrom);
    this.inMotion[i] = this.best + model.servedOnWay(i);
    this.fromInMotion[i] = this.from;
  }

  private traceBack(last: number): void {
    this.best = this.inMotion[last] as number;
    let state = MOTION;
    for (let p = 0; p < PLACES; p++) {
      if ((this.atPlace[last * PLACES + p] as number) <= this.best) continue;
      this.best = this.atPlace[last * PLACES + p] as number;
      state = p;
    }
    for (let s = 0; s <= last; s++) {
      if ((this.atNew[s] as number) <= this.best) continue;
      this.best = this.atNew[s] as number;
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
