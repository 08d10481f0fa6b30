/**
 * The record of a subscriber: one layout, known only here. Everybody has a line, which is all that most events touch, and a word of signs;
 * the lines of all subscribers lie together, so those of a minute's events are neighbours in memory. The rest and the places are packed but
 * for those of one subscriber at a time (packed-records.ts); the runs that wait and have no room in the line lie in chunks
 * (earlier-runs.ts). Offsets count 32-bit words unless they end in `16` (half words) or `8` (bytes); those that begin with `LINE_` count
 * from word `slot * LINE_WORDS` of the lines, with `SIGN_` from word `slot` of the signs, with `PLACE_` from the first word of a place, the
 * others from that of the rest. Times are epoch seconds in uint32 (good until 2106), 0 = none; masks have one bit an observed day, bit 0 the current one.
 */

/** A line of the cache. */
export const LINE_WORDS = 16;

/** Places a subscriber keeps. */
export const PLACES = 5;
/** Cells a place remembers, heaviest first. */
export const PLACE_CELLS = 8;

/** The line. */
export const LINE_OBSERVED_DAYS = 0;
export const LINE_NIGHTS_OBSERVED = 1;
export const LINE_WORKDAYS_OBSERVED = 2;
export const LINE_DAY_16 = 6; // city day of bit 0
export const LINE_WAKING_MINUTES_16 = 7; // faded dwell of waking hours at all places
/** Faded counts of observations a minute or more apart at places, in the night hours and in the working hours of working days. */
export const LINE_NIGHT_OBSERVATIONS_16 = 8;
export const LINE_WORK_OBSERVATIONS_16 = 9;
export const LINE_WAITING_COUNT_8 = 20;
/** Anchors that the store has of this subscriber, a byte for each of ANCHOR_KINDS: place + 1 of rank 1 in its lower half, of rank 2 above. */
export const LINE_ANCHORS_TOLD_8 = [21, 22, 23] as const;
export const LINE_WAITING_BASE = 6;
/** Type allocation code of the device last heard of, 0 = none was. */
export const LINE_DEVICE = 7;
/**
 * Observations that wait to be decoded: runs of events in one cell. Two words each: seconds since LINE_WAITING_BASE (21 bits, 24 days) and
 * length of the run in seconds (11 bits); cell row (20 bits), whether the phone moved into the cell (1 bit), and number of events (11
 * bits). The newest stand in the line, LINE_RUNS at most; when another comes they go to the earlier ones together.
 */
const LINE_WAITING = 8;
export const LINE_RUNS = 4;
export const RUN_WORDS = 2;
export const RUN_LENGTH_BITS = 11;
/** Longest run, and the mask of its length; a power that is worked out at each event is a call. */
export const RUN_LENGTH_MAX = 2 ** RUN_LENGTH_BITS - 1;
export const RUN_EVENTS_MAX = 2 ** 11 - 1;
const RUN_MOVED = RUN_EVENTS_MAX + 1;
export const WAITING_MAX = 32;

/** Cells that an open or finished stay keeps of its own, heaviest first. */
export const STAY_CELLS = 4;

/** What the network's word of a move is worth (moved.ts): a word that everybody has, since phones at rest tell it before all else. */
export const SIGN_PERIOD_16 = 0; // silence before a periodic update, seconds
export const SIGN_PERIOD_SURE_8 = 2; // updates that agreed on it, less those that did not
export const SIGN_TRUST_8 = 3; // how seldom it is heard of a move at rest

/** The rest: what the subscriber was last found doing: staying at a place, or on the way (no place); FIRST = 0 means nothing is known. */
export const OPEN = 0;
export const OPEN_FIRST = 0;
export const OPEN_LAST = 1;
/** Estimated arrival, at or before the first event. */
export const OPEN_START = 2;
/** Dwell up to here is already in the books of the place. */
export const OPEN_ACCOUNTED = 3;
export const OPEN_ROW = 4; // cell row last heard
export const OPEN_CELL = 5; // STAY_CELLS packed cells
export const OPEN_EVENTS_16 = 2 * (OPEN_CELL + STAY_CELLS);
export const OPEN_ARRIVAL_ERROR_16 = OPEN_EVENTS_16 + 1; // standard deviation, seconds / 2
export const OPEN_PLACE_8 = 2 * (OPEN_ARRIVAL_ERROR_16 + 1); // place + 1
const OPEN_WORDS = OPEN_CELL + STAY_CELLS + 2;

/** A finished stay that waits for its successor, since two at one place with little between them are one. */
export const FINISHED = OPEN + OPEN_WORDS;
export const FINISHED_START = 0;
export const FINISHED_END = 1; // 0 = none waits
export const FINISHED_X = 2; // float
export const FINISHED_Y = 3; // float
export const FINISHED_SIGMA = 4; // float
export const FINISHED_CELL = 5; // STAY_CELLS packed cells
export const FINISHED_EVENTS_16 = 2 * (FINISHED_CELL + STAY_CELLS);
export const FINISHED_ARRIVAL_ERROR_16 = FINISHED_EVENTS_16 + 1;
export const FINISHED_DEPARTURE_ERROR_16 = FINISHED_EVENTS_16 + 2;
export const FINISHED_PLACE_8 = 2 * (FINISHED_EVENTS_16 + 3); // place + 1
export const FINISHED_CONFIDENCE_8 = FINISHED_PLACE_8 + 1; // 0..255
export const FINISHED_WORDS = FINISHED_CELL + STAY_CELLS + 2;

/** Standing of the home and day circles: what was last told to the store. */
export const STANDING_HOME = FINISHED + FINISHED_WORDS;
export const STANDING_CELL = 0; // row + 1, 0 = not a member
export const STANDING_REGION = 1; // region + 1
export const STANDING_SINCE_16 = 4; // city day a level, five of them
export const STANDING_SCORE_8 = 18; // score in 1/255 as last logged
export const STANDING_PLACE_8 = 19; // place + 1
const STANDING_WORDS = 5;
export const STANDING_DAY = STANDING_HOME + STANDING_WORDS;

export const REST_WORDS = STANDING_DAY + STANDING_WORDS;

/** Words of the rest, each with one that is mostly the same: begin of a stay and what of it was entered, days since when a circle is held. */
export const MOSTLY_ALIKE = Uint32Array.of(
  ...[OPEN + OPEN_START, OPEN + OPEN_FIRST],
  ...[OPEN + OPEN_ACCOUNTED, OPEN + OPEN_LAST],
  ...[STANDING_HOME + STANDING_SINCE_16 / 2 + 1, STANDING_HOME + STANDING_SINCE_16 / 2],
  ...[STANDING_DAY + STANDING_SINCE_16 / 2 + 1, STANDING_DAY + STANDING_SINCE_16 / 2],
);

/** A place. What every place has, and what it has only while a circle is held through it, are words of their own: zeros take no room. */
export const PLACE_CELL = 0; // PLACE_CELLS packed cells
export const PLACE_NIGHTS = PLACE_CELL + PLACE_CELLS;
export const PLACE_WORKDAYS = PLACE_NIGHTS + 1;
/** Region + 1 and cell row + 1 that the active circles held through this place were told with; 0 while none is held. */
export const PLACE_TOLD_REGION = PLACE_WORKDAYS + 1;
export const PLACE_TOLD_CELL = PLACE_TOLD_REGION + 1;
const PLACE_HALF = 2 * (PLACE_TOLD_CELL + 1);
export const PLACE_WAKING_MINUTES_16 = PLACE_HALF;
export const PLACE_SEEN_DAY_16 = PLACE_HALF + 1; // city day last seen, 0 = the place is free
export const PLACE_SINCE_DAY_16 = PLACE_HALF + 2; // city day first seen
export const PLACE_VISITS_16 = PLACE_HALF + 3; // faded number of arrivals, in 1/256
export const PLACE_NIGHT_MINUTES_16 = PLACE_HALF + 4;
export const PLACE_WORK_MINUTES_16 = PLACE_HALF + 5;
export const PLACE_ACTIVE_SINCE_16 = PLACE_HALF + 6;
const PLACE_BYTE = 2 * (PLACE_HALF + 7);
/** Minutes / 4 of the current day as far as they matter, 15 at most: of its night in the lower half, of its working hours above. */
export const PLACE_TODAY_8 = PLACE_BYTE;
export const PLACE_ACTIVE_8 = PLACE_BYTE + 1; // bit L - 1: the active circle of level L is held through this place
export const PLACE_WORDS = Math.ceil((PLACE_BYTE + 2) / 4);

/** Of `count` runs that wait, those that do not stand in the line. */
export function earlierRuns(count: number): number {
  return count === 0 ? 0 : (count - 1) & -LINE_RUNS;
}

/** Word of run number `run` in the line, where it is one of the newest. */
export function lineRun(slot: number, run: number): number {
  return slot * LINE_WORDS + LINE_WAITING + (run % LINE_RUNS) * RUN_WORDS;
}

/** Second word of a run. */
export function packRun(row: number, moved: number, events: number): number {
  return ((row << WEIGHT_BITS) | (moved * RUN_MOVED) | events) >>> 0;
}

/** Row, move and events of a packed run; the row stands where that of a packed cell does. */
export const runRow = cellRow;

export function runMoved(packed: number): number {
  return (packed & RUN_MOVED) === 0 ? 0 : 1;
}

export function runEvents(packed: number): number {
  return packed & RUN_EVENTS_MAX;
}

/**
 * A packed cell: row in the upper 20 bits (up to a million rows), then its weight in 1/16 of an observation (12 bits). 0 is no cell: a
 * cell in a list was observed.
 */
const WEIGHT_BITS = 12;
const WEIGHT_UNIT = 16;
const WEIGHT_CODE_MAX = 2 ** WEIGHT_BITS - 1;
/** Weight that a packed cell holds at most, observations. */
export const CELL_WEIGHT_MAX = WEIGHT_CODE_MAX / WEIGHT_UNIT;
export const CELL_ROWS_MAX = 2 ** (32 - WEIGHT_BITS);

/** Packs a row and a weight in observations; a weight too small to be told from 0 is the least there is. */
export function packCell(row: number, weight: number): number {
  return ((row << WEIGHT_BITS) | Math.max(1, Math.round(weight * WEIGHT_UNIT))) >>> 0;
}

export function cellRow(packed: number): number {
  return packed >>> WEIGHT_BITS;
}

/** Weight of a packed cell, observations. */
export function cellWeight(packed: number): number {
  return (packed & WEIGHT_CODE_MAX) / WEIGHT_UNIT;
}
