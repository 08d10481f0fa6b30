/**
 * The most likely course of a subscriber through what was heard: staying at a known place, at a new one, or on the way. A hidden
 * semi-Markov model decoded by the Viterbi algorithm (Rabiner 1989, A tutorial on hidden Markov models, III.B). A new place is one state
 * for each observation at which it may begin, scored by the cells heard there so far (a Polya urn filled up by the radio model).
 */
import type { Block } from "./block.js";
import { listWeight, weightInList } from "./cell-list.js";
import { placePosition, placeWord } from "./place.js";
import {
  cellRow,
  OPEN,
  OPEN_FIRST,
  OPEN_LAST,
  OPEN_PLACE_8,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_SEEN_DAY_16,
  PLACE_VISITS_16,
  PLACE_WAKING_MINUTES_16,
  PLACES,
  RECORD_WORDS,
  WAITING_MAX,
} from "./record.js";
import type { Stays } from "./stays.js";
import { silenceHours, travelSeconds } from "./travel.js";

/** States: 0 .. PLACES - 1 stay at that place; MOTION; NEW + i stays at a new place since observation i. */
export const MOTION = PLACES;
const START = PLACES + 1;
export const NEW = PLACES + 2;

/** Arrivals and waking hours that a place is credited with before anything is known of it. */
const PRIOR_VISITS = 1;
const PRIOR_HOURS = 4;
/** Departures an hour awake from a place that nobody knows yet: visits last some two hours. */
const NEW_LEAVING_PER_HOUR = 0.6;
/** A gap counts as at least this long for a departure: people set out at any moment. */
const GAP_SEC_MIN = 180;
/** Chance that a stay begins at a place not kept in the record. */
const NEW_CHANCE = 0.35;
/** Probability of the first cell heard at a new place: some thirty cells lie where people go from somewhere. */
const NEW_CELL = 0.03;
/** Observations that the radio model is worth against what was seen at a known place, and at a new one. */
const MODEL_WEIGHT = 4;
const NEW_MODEL_WEIGHT = 3;
/** A cell with this share of a place's observations is one of its own and needs no model. */
const OWN_SHARE = 0.05;
/** No cell is less likely than this (logarithm): some overshoot by kilometres, and plans have mistakes. */
const LEAST = -9;
/** Seconds that a way lasts at the mean. */
const WAY_SEC = 1500;
/** Chance that a phone is heard on the way at all. */
const HEARD_ON_WAY = 0.5;
/** Probability of a cell on the way, and seconds after which a moving phone has left a cell. */
const CELL_ON_WAY = 0.02;
const LEAVING_CELL_SEC = 200;
const LEAST_SAME_ON_WAY = 0.003;
/** What each halving of the time a way needs costs, natural logarithm. */
const HURRY = 3;

const NONE = Number.NEGATIVE_INFINITY;

/** Decodes blocks; holds the trellis, so that nothing is allocated for a block. */
export class Decoder {
  /** After `decode`: the state at each observation. */
  readonly states = new Int32Array(WAITING_MAX);
  private readonly atPlace = new Float64Array(WAITING_MAX * PLACES);
  private readonly fromAtPlace = new Int32Array(WAITING_MAX * PLACES);
  private readonly inMotion = new Float64Array(WAITING_MAX);
  private readonly fromInMotion = new Int32Array(WAITING_MAX);
  private readonly atNew = new Float64Array(WAITING_MAX);
  private readonly fromAtNew = new Int32Array(WAITING_MAX);
  /** Of each place: whether it exists, position, logarithm of its share of the arrivals, departures an hour, observations. */
  private readonly exists = new Uint8Array(PLACES);
  private readonly x = new Float64Array(PLACES);
  private readonly y = new Float64Array(PLACES);
  private readonly share = new Float64Array(PLACES);
  private readonly leaving = new Float64Array(PLACES);
  private readonly observed = new Float64Array(PLACES);
  /** Of one step: scores of what leaves each place, and of the cell at each place. */
  private readonly left = new Float64Array(PLACES);
  private readonly served = new Float64Array(PLACES);

  private stays!: Stays;
  private slot = 0;
  private block!: Block;

  /** Fills `states` for the block; what the subscriber was doing before it stands in the record. */
  decode(stays: Stays, slot: number, block: Block): void {
    this.stays = stays;
    this.slot = slot;
    this.block = block;
    this.readPlaces();
    for (let i = 0; i < block.count; i++) this.step(i);
    this.traceBack(block.count - 1);
  }

  private readPlaces(): void {
    const { stays, slot } = this;
    const { halves, words } = stays.table;
    let visits = 0;
    let places = 0;
    for (let p = 0; p < PLACES; p++) {
      const at = placeWord(slot, p);
      this.exists[p] = halves[at * 2 + PLACE_SEEN_DAY_16] !== 0 && words[at + PLACE_CELL] !== 0 ? 1 : 0;
      if (this.exists[p] === 0) continue;
      const position = placePosition(stays, slot, p);
      this.x[p] = position.x;
      this.y[p] = position.y;
      this.observed[p] = listWeight(words, at + PLACE_CELL, PLACE_CELLS);
      const own = (halves[at * 2 + PLACE_VISITS_16] as number) / 256;
      this.share[p] = own;
      this.leaving[p] = leavingRate(stays, slot, p);
      visits += own;
      places++;
    }
    for (let p = 0; p < PLACES; p++)
      this.share[p] = Math.log(((1 - NEW_CHANCE) * ((this.share[p] as number) + 0.3)) / (visits + 0.3 * places));
  }

  private step(i: number): void {
    const { block, stays, slot } = this;
    const record = slot * RECORD_WORDS;
    const open = record + OPEN;
    const isKnown = i > 0 || stays.table.words[open + OPEN_FIRST] !== 0;
    const before = i > 0 ? (block.last[i - 1] as number) : (stays.table.words[open + OPEN_LAST] as number);
    const first = block.first[i] as number;
    const weight = block.weight[i] as number;
    const row = block.row[i] as number;
    for (let p = 0; p < PLACES; p++) if (this.exists[p] !== 0) this.served[p] = weight * this.logServed(p, row);
    if (!isKnown) {
      this.begin(i);
      return;
    }
    const gap = Math.max(30, first - before);
    const second = stays.calendar.secondOfDay(before);
    const hours = silenceHours(second, gap);
    const leavingHours = gap >= GAP_SEC_MIN ? hours : silenceHours(second, GAP_SEC_MIN);
    const openPlace = i > 0 ? -2 : (stays.table.bytes[open * 4 + OPEN_PLACE_8] as number) - 1;

    let best = NONE;
    let bestFrom = START;
    for (let p = 0; p < PLACES; p++) {
      const was = i > 0 ? (this.atPlace[(i - 1) * PLACES + p] as number) : openPlace === p ? 0 : NONE;
      this.left[p] =
        this.exists[p] === 0 || was === NONE
          ? NONE
          : was + Math.log(-Math.expm1(-(this.leaving[p] as number) * leavingHours));
      if ((this.left[p] as number) > best) {
        best = this.left[p] as number;
        bestFrom = p;
      }
    }
    const motion = i > 0 ? (this.inMotion[i - 1] as number) : openPlace === -1 ? 0 : NONE;
    const { leftNew, newFrom } = this.bestOfNew(i, leavingHours);
    if (leftNew > best) {
      best = leftNew;
      bestFrom = newFrom;
    }
    const stillMoving = Math.exp(-gap / WAY_SEC);
    const arrived = motion + Math.log(1 - stillMoving + 1e-6);
    for (let p = 0; p < PLACES; p++)
      if (this.exists[p] !== 0) this.stepToPlace(i, p, gap, hours, openPlace, arrived, leftNew, newFrom);
      else this.atPlace[i * PLACES + p] = NONE;
    const fresh = this.stepToNew(i, gap, arrived, leftNew, newFrom);
    this.continueNew(i, hours);
    this.atNew[i] = fresh;
    const moveOn = motion + Math.log(stillMoving + 1e-12);
    const moveOff = best + Math.log(HEARD_ON_WAY);
    this.inMotion[i] = Math.max(moveOn, moveOff) + this.logOnWay(i, first - before);
    this.fromInMotion[i] = moveOn >= moveOff ? MOTION : bestFrom;
  }

  /** The first observation of a subscriber: anything may be. */
  private begin(i: number): void {
    for (let p = 0; p < PLACES; p++) {
      this.atPlace[i * PLACES + p] =
        this.exists[p] === 0 ? NONE : (this.share[p] as number) + (this.served[p] as number);
      this.fromAtPlace[i * PLACES + p] = START;
    }
    this.inMotion[i] = Math.log(0.05 * CELL_ON_WAY);
    this.fromInMotion[i] = START;
    this.atNew[i] = Math.log(NEW_CHANCE * NEW_CELL);
    this.fromAtNew[i] = START;
  }

  private bestOfNew(i: number, leavingHours: number): { leftNew: number; newFrom: number } {
    let best = NONE;
    let from = START;
    for (let s = 0; s < i; s++) {
      if ((this.atNew[s] as number) <= best) continue;
      best = this.atNew[s] as number;
      from = NEW + s;
    }
    return { leftNew: best + Math.log(-Math.expm1(-NEW_LEAVING_PER_HOUR * leavingHours)), newFrom: from };
  }

  private stepToPlace(
    i: number,
    p: number,
    gap: number,
    hours: number,
    openPlace: number,
    arrived: number,
    leftNew: number,
    newFrom: number,
  ): void {
    const was = i > 0 ? (this.atPlace[(i - 1) * PLACES + p] as number) : openPlace === p ? 0 : NONE;
    let best = was - (this.leaving[p] as number) * hours;
    let from = p;
    const share = this.share[p] as number;
    const x = this.x[p] as number;
    const y = this.y[p] as number;
    for (let q = 0; q < PLACES; q++) {
      const left = (this.left[q] as number) + share;
      if (q === p || left <= best) continue;
      const score = left - hurry((this.x[q] as number) - x, (this.y[q] as number) - y, gap);
      if (score <= best) continue;
      best = score;
      from = q;
    }
    if (leftNew + share > best) {
      const row = this.block.row[newFrom - NEW] as number;
      const { cells } = this.stays;
      const score = leftNew + share - hurry((cells.x[row] as number) - x, (cells.y[row] as number) - y, gap);
      if (score > best) {
        best = score;
        from = newFrom;
      }
    }
    if (arrived + share > best) {
      best = arrived + share;
      from = MOTION;
    }
    this.atPlace[i * PLACES + p] = best + (this.served[p] as number);
    this.fromAtPlace[i * PLACES + p] = from;
  }

  /** A stay at a new place begins with this observation. */
  private stepToNew(i: number, gap: number, arrived: number, leftNew: number, newFrom: number): number {
    const { cells } = this.stays;
    const row = this.block.row[i] as number;
    const x = cells.x[row] as number;
    const y = cells.y[row] as number;
    let best = arrived;
    let from = MOTION;
    for (let q = 0; q < PLACES; q++) {
      if ((this.left[q] as number) <= best) continue;
      const score = (this.left[q] as number) - hurry((this.x[q] as number) - x, (this.y[q] as number) - y, gap);
      if (score <= best) continue;
      best = score;
      from = q;
    }
    if (leftNew > best) {
      const old = this.block.row[newFrom - NEW] as number;
      const score = leftNew - hurry((cells.x[old] as number) - x, (cells.y[old] as number) - y, gap);
      if (score > best) {
        best = score;
        from = newFrom;
      }
    }
    this.fromAtNew[i] = from;
    return best + Math.log(NEW_CHANCE * NEW_CELL);
  }

  /** The new places go on: each is served by the cell as by those heard since it began. */
  private continueNew(i: number, hours: number): void {
    const { block, stays } = this;
    const row = block.row[i] as number;
    const weight = block.weight[i] as number;
    let alike = 0;
    let all = 0;
    for (let s = i - 1; s >= 0; s--) {
      const own = block.row[s] as number;
      all += block.weight[s] as number;
      if (own === row) alike += block.weight[s] as number;
      const before = this.atNew[s] as number;
      if (before === NONE) continue;
      const model = stays.commonGround.of(own, row);
      const served = Math.log((alike + NEW_MODEL_WEIGHT * model) / (all + NEW_MODEL_WEIGHT));
      this.atNew[s] = before - NEW_LEAVING_PER_HOUR * hours + weight * Math.max(LEAST, served);
    }
  }

  /** Logarithm of the probability that a phone at rest at a place is served by the cell. */
  private logServed(p: number, row: number): number {
    const { stays, slot } = this;
    const { words } = stays.table;
    const at = placeWord(slot, p) + PLACE_CELL;
    const own = weightInList(words, at, PLACE_CELLS, row);
    const all = this.observed[p] as number;
    if (own > OWN_SHARE * all) return Math.log((own + 0.3) / (all + MODEL_WEIGHT));
    const model = stays.commonGround.of(cellRow(words[at] as number), row);
    return Math.max(LEAST, Math.log((own + MODEL_WEIGHT * model) / (all + MODEL_WEIGHT)));
  }

  /** Logarithm of the probability of the observation on the way: cells change within minutes. */
  private logOnWay(i: number, gap: number): number {
    const { block } = this;
    const isSame = i > 0 && block.row[i] === block.row[i - 1];
    const cell = isSame ? Math.max(LEAST_SAME_ON_WAY, Math.exp(-gap / LEAVING_CELL_SEC)) : CELL_ON_WAY;
    return Math.log(cell) - ((block.last[i] as number) - (block.first[i] as number)) / LEAVING_CELL_SEC;
  }

  private traceBack(last: number): void {
    let state = MOTION;
    let best = this.inMotion[last] as number;
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

/** Departures from a place an hour awake: its faded arrivals over its faded waking hours. */
export function leavingRate(stays: Stays, slot: number, place: number): number {
  const { halves } = stays.table;
  const at = placeWord(slot, place) * 2;
  const visits = (halves[at + PLACE_VISITS_16] as number) / 256;
  const hours = (halves[at + PLACE_WAKING_MINUTES_16] as number) / 60;
  return (visits + PRIOR_VISITS) / (hours + PRIOR_HOURS);
}

/** What it costs (natural logarithm) that a way was made in less time than it takes. */
function hurry(dx: number, dy: number, gap: number): number {
  const needed = travelSeconds(Math.sqrt(dx * dx + dy * dy));
  return gap >= needed ? 0 : HURRY * (needed / gap - 1);
}
