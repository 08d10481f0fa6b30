/**
 * What the course of a subscriber through what was heard is judged by: how readily a place is left, where a stay begins, which cells
 * serve at a place and on the way. All scores are natural logarithms of probabilities. decode.ts looks for the best course.
 */
import type { Block } from "./block.js";
import { listLength, listWeight, weightInList } from "./cell-list.js";
import { commonGround } from "./common-ground.js";
import { hoursByUse, USES, useOf, VISITS } from "./leaving.js";
import { exp, ln } from "./logarithm.js";
import { movedAtRest } from "./moved.js";
import { placePosition } from "./place.js";
import {
  cellRow,
  cellWeight,
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
  WAITING_MAX,
} from "./record.js";
import type { Stays } from "./stays.js";
import { travelSeconds } from "./travel.js";

/** Arrivals and waking hours that a place is credited with before anything is known of it. */
const PRIOR_VISITS = 1;
const PRIOR_HOURS = 4;
/** Departures an hour awake from a place that nobody knows yet: visits last an hour or two. */
export const NEW_LEAVING_PER_HOUR = 0.9;
/** A gap counts as at least this long for a departure: people set out at any moment. */
const GAP_SEC_MIN = 180;
/** Chance that a stay begins at a place not kept in the record. */
const NEW_CHANCE = 0.22;
/** Probability of the first cell heard at a new place: some fifty cells lie where people go from somewhere. */
const NEW_CELL = 0.02;
/**
 * Observations that the radio model is worth against what was seen at a known place, and at a new one. At known places it is worth the more,
 * the more cells serve somebody at rest: where few do, a cell never heard there tells of a move. Their number grows with the logarithm of
 * the observations (Ewens's sampling formula); these are the cells and logarithms that everybody is credited with.
 */
const MODEL_WEIGHT = 3;
export const NEW_MODEL_WEIGHT = 2;
const PRIOR_CELLS = 4;
const PRIOR_LOGARITHM = 3;
/** A cell with this share of a place's observations is one of its own and needs no model. */
const OWN_SHARE = 0.05;
/** No cell is less likely than this (logarithm): some overshoot by kilometres, and plans have mistakes. */
const LEAST = -9;
export const LEAST_CHANCE = Math.exp(LEAST);
/** Seconds that a way lasts at the mean. */
const WAY_SEC = 900;
/** Chance that a phone is heard on the way at all. */
const HEARD_ON_WAY = 0.8;
/** Chance that somebody is on the way when first heard of. */
const BEGUN_ON_WAY = 0.05;
/** Probability of a cell on the way (logarithm), and seconds after which a moving phone has left a cell. */
const CELL_ON_WAY = Math.log(0.02);
const LEAVING_CELL_SEC = 200;
const LEAST_SAME_ON_WAY = Math.log(0.003);
/** Probability (logarithm) that a phone on the way came over into the cell by the network's own account (moved.ts), and that it did not. */
const MOVED_ON_WAY = Math.log(0.4);
const UNMOVED_ON_WAY = Math.log(0.6);
/** What each halving of the time a way needs costs, natural logarithm. */
const HURRY = 3;

/** A stay at a new place begins, with the first cell heard there. */
export const AT_NEW = Math.log(NEW_CHANCE * NEW_CELL);
/** On the way when first heard of. */
export const BEGUN_MOVING = Math.log(BEGUN_ON_WAY) + CELL_ON_WAY;
/** After a departure the phone is heard on the way, before it arrives. */
export const ON_WAY = Math.log(HEARD_ON_WAY);

/** No score and no share: those are at most 0, and above 0. */
const UNASKED = 1;

/** After so many seconds a way goes on, or ends. */
function moveOn(gap: number): number {
  return ln(exp(-gap / WAY_SEC) + 1e-12);
}

function arrive(gap: number): number {
  return ln(1 - exp(-gap / WAY_SEC) + 1e-6);
}

/**
 * Score of a departure in a silence in which so many are expected: the logarithm of 1 - exp(-expected). Where few are, that would lose digits, and
 * the series of the logarithm of sinh(x) / x is right to 1e-9.
 */
function leftScore(expected: number): number {
  if (expected > 0.5) return ln(1 - exp(-expected));
  const square = expected * expected;
  return ln(expected) - expected / 2 + square * (1 / 24 - square * (1 / 2880 - square / 181_440));
}

/** Both for silences of less than an hour, whole seconds as they are; UNASKED until one is met. */
const KNOWN_GAPS = 3600;
const MOVE_ON = new Float64Array(KNOWN_GAPS).fill(UNASKED);
const ARRIVE = new Float64Array(KNOWN_GAPS).fill(UNASKED);

function noteGap(gap: number): void {
  MOVE_ON[gap] = moveOn(gap);
  ARRIVE[gap] = arrive(gap);
}

/** The spots between which ways lead: the places, and from CELL_SPOT on the distinct cells of the block. */
export const CELL_SPOT = PLACES;
const SPOTS_MAX = CELL_SPOT + WAITING_MAX;
const UNTRAVELLED = -1;

/** What was before the first observation of a block: nothing known, or the state at its end. */
export const UNKNOWN = -2;
export const MOVING = -1;

/**
 * The model for one subscriber's block; holds its columns, so that nothing is allocated for a block. What is asked of every observation stands
 * in them, too: V8 makes an object of each fraction that a call takes or answers.
 */
export class StayModel {
  /** Of each place: whether it exists, and its position in metres. */
  readonly exists = new Uint8Array(PLACES);
  private readonly x = new Float64Array(PLACES);
  private readonly y = new Float64Array(PLACES);
  /** Of each place: its share of the stays that begin, as a score (last, that of a new one); departures an hour; what it is used for; observations. */
  readonly share = new Float64Array(PLACES + 1);
  private readonly leaving = new Float64Array(PLACES);
  private readonly use = new Uint8Array(PLACES);
  private readonly observed = new Float64Array(PLACES);
  private modelWeight = MODEL_WEIGHT;
  /** The distinct cells of the block, and which of them each observation has: most are heard again and again. */
  private cells = 0;
  private readonly cellRows = new Int32Array(WAITING_MAX);
  readonly cellOf = new Uint8Array(WAITING_MAX);
  /** How well each of them serves each place, and the ground it has in common with each other; UNASKED until somebody asks. */
  private readonly servedByCell = new Float64Array(PLACES * WAITING_MAX);
  readonly expected = new Float64Array(WAITING_MAX * WAITING_MAX);
  /** Seconds of the way between any two of the spots that there are; UNTRAVELLED until somebody asks. */
  private spots = CELL_SPOT;
  private readonly ways = new Float64Array(SPOTS_MAX * SPOTS_MAX);
  /** Place that was open before the block, MOVING, or UNKNOWN. */
  before = UNKNOWN;
  /** Scores of the silence before the observation in hand: of a way that went on, and of an arrival; of having stayed at each place. */
  moveOn = 0;
  arrive = 0;
  readonly staying = new Float64Array(PLACES);
  /** Of having left a new place, and of having stayed there. */
  leavingNew = 0;
  stayingNew = 0;
  /** How well its cell serves a phone at rest at each place, as a score. */
  readonly servedHere = new Float64Array(PLACES);
  /** Seconds of it, at least half a minute; its hours of an average day by the use of a place, as they count for staying and for leaving. */
  private gap = 0;
  private readonly hours = new Float64Array(USES);
  private readonly leastHours = new Float64Array(USES);
  private leavingHours = this.hours;
  /** Score of a phone at rest that the network says moved. */
  private movedAtRest = 0;

  private stays!: Stays;
  private slot = 0;
  private block!: Block;

  constructor() {
    this.share[PLACES] = AT_NEW;
  }

  /** Reads what the record knows of the subscriber. */
  read(stays: Stays, slot: number, block: Block): void {
    this.stays = stays;
    this.slot = slot;
    this.block = block;
    const { halves, words, bytes } = stays.table;
    const open = stays.table.restWord(slot) + OPEN;
    this.before = words[open + OPEN_FIRST] === 0 ? UNKNOWN : (bytes[open * 4 + OPEN_PLACE_8] as number) - 1;
    this.movedAtRest = movedAtRest(stays.table, slot);
    this.readCells();
    let visits = 0;
    let places = 0;
    let cells = PRIOR_CELLS;
    let logarithm = PRIOR_LOGARITHM;
    for (let p = 0; p < PLACES; p++) {
      const at = stays.table.placeWord(slot, p);
      this.exists[p] = halves[at * 2 + PLACE_SEEN_DAY_16] !== 0 && words[at + PLACE_CELL] !== 0 ? 1 : 0;
      if (this.exists[p] === 0) continue;
      const position = placePosition(stays, slot, p);
      this.x[p] = position.x;
      this.y[p] = position.y;
      const observed = listWeight(words, at + PLACE_CELL, PLACE_CELLS);
      this.observed[p] = observed;
      cells += listLength(words, at + PLACE_CELL, PLACE_CELLS) - 1;
      logarithm += Math.log(Math.max(1, observed));
      const own = (halves[at * 2 + PLACE_VISITS_16] as number) / 256;
      this.share[p] = own;
      this.leaving[p] = leavingRate(stays, slot, p);
      this.use[p] = useOf(stays, slot, p);
      visits += own;
      places++;
    }
    this.modelWeight = MODEL_WEIGHT * (cells / logarithm) ** 2;
    for (let p = 0; p < PLACES; p++)
      this.share[p] = Math.log(((1 - NEW_CHANCE) * ((this.share[p] as number) + 0.3)) / (visits + 0.3 * places));
  }

  private readCells(): void {
    const { block, cellRows, cellOf } = this;
    this.cells = 0;
    for (let i = 0; i < block.count; i++) {
      const row = block.row[i] as number;
      let cell = 0;
      while (cell < this.cells && cellRows[cell] !== row) cell++;
      if (cell === this.cells) cellRows[this.cells++] = row;
      cellOf[i] = cell;
    }
    this.spots = CELL_SPOT + this.cells;
    this.ways.fill(UNTRAVELLED, 0, this.spots * this.spots);
    this.servedByCell.fill(UNASKED, 0, this.cells * PLACES);
    for (let cell = 0; cell < this.cells; cell++) this.expected[cell * WAITING_MAX] = UNASKED;
  }

  /** Takes observation `i` in hand, with the silence before it; not for the first one of somebody UNKNOWN. */
  take(i: number): void {
    const { block, stays } = this;
    const before = this.heardBefore(i);
    this.gap = Math.max(30, (block.first[i] as number) - before);
    const second = stays.calendar.secondOfDay(before);
    hoursByUse(this.hours, second, this.gap);
    this.leavingHours = this.gap >= GAP_SEC_MIN ? this.hours : this.leastHours;
    if (this.gap < GAP_SEC_MIN) hoursByUse(this.leastHours, second, GAP_SEC_MIN);
    const known = this.gap < KNOWN_GAPS;
    if (known && MOVE_ON[this.gap] === UNASKED) noteGap(this.gap);
    this.moveOn = known ? (MOVE_ON[this.gap] as number) : moveOn(this.gap);
    this.arrive = known ? (ARRIVE[this.gap] as number) : arrive(this.gap);
    this.leavingNew = leftScore(NEW_LEAVING_PER_HOUR * (this.leavingHours[VISITS] as number));
    this.stayingNew = -NEW_LEAVING_PER_HOUR * (this.hours[VISITS] as number);
    this.judgePlaces(i);
  }

  private judgePlaces(i: number): void {
    const { exists, staying, servedHere, leaving, use, hours, servedByCell } = this;
    const weight = this.block.weight[i] as number;
    const rest = this.atRest(i);
    const cell = this.cellOf[i] as number;
    for (let place = 0; place < PLACES; place++) {
      if (exists[place] === 0) continue;
      staying[place] = -(leaving[place] as number) * (hours[use[place] as number] as number);
      if (servedByCell[cell * PLACES + place] === UNASKED) this.askServed(place, cell);
      servedHere[place] = weight * (servedByCell[cell * PLACES + place] as number) + rest;
    }
  }

  private heardBefore(i: number): number {
    const { table } = this.stays;
    return (i > 0 ? this.block.last[i - 1] : table.words[table.restWord(this.slot) + OPEN + OPEN_LAST]) as number;
  }

  /** The place was left in the silence; `staying` says that it was not. */
  leave(place: number): number {
    return leftScore((this.leaving[place] as number) * (this.leavingHours[this.use[place] as number] as number));
  }

  /** What it takes away that the way from one spot to another was made in less time than it takes; 0 or more. */
  hurry(from: number, to: number): number {
    const at = from * this.spots + to;
    if (this.ways[at] === UNTRAVELLED) this.travel(from, to);
    const needed = this.ways[at] as number;
    return this.gap >= needed ? 0 : HURRY * (needed / this.gap - 1);
  }

  private travel(from: number, to: number): void {
    const dx = this.spotX(from) - this.spotX(to);
    const dy = this.spotY(from) - this.spotY(to);
    this.ways[from * this.spots + to] = travelSeconds(Math.sqrt(dx * dx + dy * dy));
  }

  private spotX(spot: number): number {
    const { x } = this.stays.cells;
    return (spot < CELL_SPOT ? this.x[spot] : x[this.cellRows[spot - CELL_SPOT] as number]) as number;
  }

  private spotY(spot: number): number {
    const { y } = this.stays.cells;
    return (spot < CELL_SPOT ? this.y[spot] : y[this.cellRows[spot - CELL_SPOT] as number]) as number;
  }

  /** A phone at rest at a known place is served by the cell of observation `i`. */
  served(place: number, i: number): number {
    const cell = this.cellOf[i] as number;
    if (this.servedByCell[cell * PLACES + place] === UNASKED) this.askServed(place, cell);
    return (this.block.weight[i] as number) * (this.servedByCell[cell * PLACES + place] as number) + this.atRest(i);
  }

  private askServed(place: number, cell: number): void {
    const { stays, slot, modelWeight, servedByCell } = this;
    const { words } = stays.table;
    const row = this.cellRows[cell] as number;
    const at = stays.table.placeWord(slot, place) + PLACE_CELL;
    const own = weightInList(words, at, PLACE_CELLS, row);
    const all = this.observed[place] as number;
    if (own > OWN_SHARE * all) {
      servedByCell[cell * PLACES + place] = ln((own + 0.3) / (all + modelWeight));
      return;
    }
    const chance = (own + modelWeight * this.groundAtPlace(at, row)) / (all + modelWeight);
    servedByCell[cell * PLACES + place] = chance < LEAST_CHANCE ? LEAST : ln(chance);
  }

  /** Chance that a cell serves at a place: by the ground that it has in common with each of the cells known there, by their weights. */
  private groundAtPlace(at: number, row: number): number {
    const { words } = this.stays.table;
    let ground = 0;
    let weights = 0;
    for (let c = 0; c < PLACE_CELLS && words[at + c] !== 0; c++) {
      const packed = words[at + c] as number;
      weights += cellWeight(packed);
      ground += cellWeight(packed) * commonGround(this.stays.cells, cellRow(packed), row);
    }
    return ground / weights;
  }

  /** What it takes away that observation `i` is of a phone at rest. */
  atRest(i: number): number {
    return this.block.moved[i] === 0 ? 0 : this.movedAtRest;
  }

  /** Where the observations of a cell that the radio model is worth at a new place begin in `expected`: by the cell in which that began. */
  expectedBy(cell: number): number {
    const { cellRows, expected } = this;
    const { cells } = this.stays;
    const from = cell * WAITING_MAX;
    if (expected[from] !== UNASKED) return from;
    for (let other = 0; other < this.cells; other++)
      expected[from + other] =
        NEW_MODEL_WEIGHT * commonGround(cells, cellRows[other] as number, cellRows[cell] as number);
    return from;
  }

  /** Observation `i` is of a phone on the way, whose cells change within minutes. */
  servedOnWay(i: number): number {
    const { block } = this;
    const first = block.first[i] as number;
    const isSame = i > 0 && block.row[i] === block.row[i - 1];
    const gap = first - this.heardBefore(i);
    const cell = isSame ? Math.max(LEAST_SAME_ON_WAY, -gap / LEAVING_CELL_SEC) : CELL_ON_WAY;
    const kind = block.moved[i] === 0 ? UNMOVED_ON_WAY : MOVED_ON_WAY;
    return kind + cell - ((block.last[i] as number) - first) / LEAVING_CELL_SEC;
  }
}

/** Departures from a place an hour awake: its faded arrivals over its faded waking hours. */
export function leavingRate(stays: Stays, slot: number, place: number): number {
  const { halves } = stays.table;
  const at = stays.table.placeWord(slot, place) * 2;
  const visits = (halves[at + PLACE_VISITS_16] as number) / 256;
  const hours = (halves[at + PLACE_WAKING_MINUTES_16] as number) / 60;
  return (visits + PRIOR_VISITS) / (hours + PRIOR_HOURS);
}
