/**
 * The diary of a subscriber: what the circle rules work on. One entry for each finished stay, each way between two stays, and each
 * touch of a station or airport heard on a way, for the days of the window.
 *
 * An entry is 2 words, one more for where and how well known a stay is, and one for each venue that it may have been at: so a stay is 12 to
 * 24 bytes, a touch 12, a way 8. Somebody with six stays and five ways a day keeps some 150 bytes a day, 4 kB in 28 days; who is heard
 * less keeps less. Where the diaries of all lie, diaries.ts knows.
 */
import { NONE } from "../geo/city.js";
import type { RowMap } from "../stay/row-map.js";

export const STAY = 1;
export const LEG = 2;
export const TOUCH = 3;
export type EntryKind = typeof STAY | typeof LEG | typeof TOUCH;

/** Candidate venues of an entry. */
export const CANDIDATES_MAX = 3;

export interface Candidate {
  readonly venue: number;
  readonly probability: number;
}

/**
 * What a stay, way or touch is entered with. Times in epoch seconds, errors in seconds (standard deviations), metres on the plane. Errors and
 * position are kept of stays alone: a way lies between two of them, and a touch is where its venue is.
 */
export interface DiaryEntry {
  readonly kind: EntryKind;
  readonly startSec: number;
  readonly endSec: number;
  readonly arrivalErrorSec: number;
  readonly departureErrorSec: number;
  readonly x: number;
  readonly y: number;
  readonly candidates: readonly Candidate[];
  /** Of a way: natural log likelihood ratios of metro and bus against any other. */
  readonly metro: number;
  readonly bus: number;
}

/** Words before the candidates, by kind of entry. */
const HEAD_WORDS = { [STAY]: 3, [LEG]: 2, [TOUCH]: 2 } as const;
export const ENTRY_WORDS_MAX = HEAD_WORDS[STAY] + CANDIDATES_MAX;
const MINUTE = 60;
const DURATION_MAX = 2 ** 13 - 1;
const ERROR_CODE_MAX = 63;
/** Positions are kept to 25 m, which no cell can tell. */
const GRID_METRES = 25;
const PROBABILITY_STEPS = 255;

/** Errors up to 4 hours in 6 bits, finer where they are small: the square of the code in sixteenths of a minute. */
function errorCode(seconds: number): number {
  return Math.min(ERROR_CODE_MAX, Math.round(Math.sqrt((16 * Math.max(0, seconds)) / MINUTE)));
}

/** Log ratios of -15.9 to 15.9 in steps of an eighth; 0 is minus infinity. */
function ratioCode(ratio: number): number {
  return ratio === Number.NEGATIVE_INFINITY ? 0 : Math.max(1, Math.min(255, Math.round(ratio * 8) + 128));
}

function ratioOf(code: number): number {
  return code === 0 ? Number.NEGATIVE_INFINITY : (code - 128) / 8;
}

function gridCode(metres: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(metres / GRID_METRES))) & 0xffff;
}

/** One subscriber's diary unpacked into columns; used again for the next one. */
export class DiaryView {
  count = 0;
  kind = new Uint8Array(512);
  startSec = new Float64Array(512);
  endSec = new Float64Array(512);
  arrivalErrorSec = new Float32Array(512);
  departureErrorSec = new Float32Array(512);
  x = new Float32Array(512);
  y = new Float32Array(512);
  metro = new Float32Array(512);
  bus = new Float32Array(512);
  /** Candidates of entry i: CANDIDATES_MAX * i and on. */
  candidates = new Uint8Array(512);
  venue = new Int32Array(512 * CANDIDATES_MAX);
  probability = new Float32Array(512 * CANDIDATES_MAX);

  private grow(): void {
    const twice = <T extends Uint8Array | Int32Array | Float32Array | Float64Array>(from: T): T => {
      const to = new (from.constructor as new (length: number) => T)(from.length * 2);
      to.set(from);
      return to;
    };
    this.kind = twice(this.kind);
    this.startSec = twice(this.startSec);
    this.endSec = twice(this.endSec);
    this.arrivalErrorSec = twice(this.arrivalErrorSec);
    this.departureErrorSec = twice(this.departureErrorSec);
    this.x = twice(this.x);
    this.y = twice(this.y);
    this.metro = twice(this.metro);
    this.bus = twice(this.bus);
    this.candidates = twice(this.candidates);
    this.venue = twice(this.venue);
    this.probability = twice(this.probability);
  }

  /** End of the entry that ended last, epoch seconds; 0 without any. */
  latestEnd(): number {
    let latest = 0;
    for (let i = 0; i < this.count; i++) latest = Math.max(latest, this.endSec[i] as number);
    return latest;
  }

  /** Adds the entry packed at `at`; returns its length in words. */
  add(words: Uint32Array, at: number): number {
    if (this.count === this.kind.length) this.grow();
    const i = this.count++;
    const head = words[at] as number;
    const second = words[at + 1] as number;
    const kind = kindOf(head);
    const start = (head >>> 6) * MINUTE;
    this.kind[i] = kind;
    this.startSec[i] = start;
    this.endSec[i] = start + (second >>> 19) * MINUTE;
    const isStay = kind === STAY;
    this.arrivalErrorSec[i] = isStay ? ((second >>> 13) & ERROR_CODE_MAX) ** 2 * (MINUTE / 16) : 0;
    this.departureErrorSec[i] = isStay ? ((second >>> 7) & ERROR_CODE_MAX) ** 2 * (MINUTE / 16) : 0;
    if (isStay) {
      const position = words[at + 2] as number;
      this.x[i] = ((position << 16) >> 16) * GRID_METRES;
      this.y[i] = (position >> 16) * GRID_METRES;
    } else if (kind === LEG) {
      this.metro[i] = ratioOf(second & 255);
      this.bus[i] = ratioOf((second >>> 8) & 255);
    }
    const candidates = head & 3;
    this.candidates[i] = candidates;
    const from = at + HEAD_WORDS[kind];
    for (let c = 0; c < candidates; c++) {
      const packed = words[from + c] as number;
      this.venue[i * CANDIDATES_MAX + c] = packed >>> 8;
      this.probability[i * CANDIDATES_MAX + c] = (packed & 255) / PROBABILITY_STEPS;
    }
    return HEAD_WORDS[kind] + candidates;
  }
}

/** Writes an entry as words into `item`; returns how many. */
export function packEntry(entry: DiaryEntry, item: Uint32Array): number {
  const start = Math.floor(entry.startSec / MINUTE);
  const minutes = Math.min(DURATION_MAX, Math.max(0, Math.round((entry.endSec - entry.startSec) / MINUTE)));
  const heads = HEAD_WORDS[entry.kind];
  let length: number = heads;
  for (const { venue, probability } of entry.candidates) {
    const code = Math.round(probability * PROBABILITY_STEPS);
    if (code === 0 || length === heads + CANDIDATES_MAX) continue;
    item[length++] = ((venue << 8) | Math.min(PROBABILITY_STEPS, code)) >>> 0;
  }
  item[0] = start * 64 + (entry.kind << 2) + (length - heads);
  item[1] = ((minutes << 19) | detailsOf(entry)) >>> 0;
  if (entry.kind === STAY) item[2] = (gridCode(entry.x) | (gridCode(entry.y) << 16)) >>> 0;
  return length;
}

/** What stands beside the length of an entry: the errors of a stay, the ratios of a way. */
function detailsOf({ kind, arrivalErrorSec, departureErrorSec, metro, bus }: DiaryEntry): number {
  if (kind === STAY) return (errorCode(arrivalErrorSec) << 13) | (errorCode(departureErrorSec) << 7);
  return kind === LEG ? ratioCode(metro) | (ratioCode(bus) << 8) : 0;
}

/** Writes the entry at `at` into `item` with rows and positions of other tables, without candidates that are no more; returns its words. */
export function moveEntry(
  words: Uint32Array,
  at: number,
  item: Uint32Array,
  { venue, x, y }: Pick<RowMap, "venue" | "x" | "y">,
): number {
  const head = words[at] as number;
  const kind = kindOf(head);
  const heads = HEAD_WORDS[kind];
  let length: number = heads;
  for (let c = 0; c < (head & 3); c++) {
    const packed = words[at + heads + c] as number;
    const row = venue[packed >>> 8] as number;
    if (row !== NONE) item[length++] = ((row << 8) | (packed & 255)) >>> 0;
  }
  item[0] = (head & ~3) + (length - heads);
  item[1] = words[at + 1] as number;
  if (kind !== STAY) return length;
  const position = words[at + 2] as number;
  const eastern = ((position << 16) >> 16) * GRID_METRES * x.scale + x.offset;
  const northern = (position >> 16) * GRID_METRES * y.scale + y.offset;
  item[2] = (gridCode(eastern) | (gridCode(northern) << 16)) >>> 0;
  return length;
}

function kindOf(head: number): EntryKind {
  return ((head >>> 2) & 3) as EntryKind;
}

/** Words of the entry at `at`. */
export function lengthAt(words: Uint32Array, at: number): number {
  const head = words[at] as number;
  return HEAD_WORDS[kindOf(head)] + (head & 3);
}

/** When the entry at `at` ended, epoch seconds. */
export function endAt(words: Uint32Array, at: number): number {
  return ((words[at] as number) >>> 6) * MINUTE + ((words[at + 1] as number) >>> 19) * MINUTE;
}
