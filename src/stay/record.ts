/**
 * The fixed-size record of a subscriber: one layout, known only here. Offsets count 32-bit words unless they end in `16` (half words)
 * or `8` (bytes); a record starts at word `slot * RECORD_WORDS`. Times are epoch seconds in uint32 (good until 2106), 0 = none;
 * masks have one bit an observed day, bit 0 the current one.
 */

/** Places a subscriber keeps. */
export const PLACES = 5;
/** Cells a place remembers, heaviest first. */
export const PLACE_CELLS = 8;

/** Header. */
export const KEY_LO = 0;
export const KEY_HI = 1;
export const OBSERVED_DAYS = 2;
export const NIGHTS_OBSERVED = 3;
export const WORKDAYS_OBSERVED = 4;
export const DAY_16 = 10; // city day of bit 0
export const WAKING_MINUTES_16 = 11; // faded dwell of waking hours at all places
/** Anchors that the store has of this subscriber: bit 2k for rank 1 and 2k + 1 for rank 2 of ANCHOR_KINDS[k]. */
export const ANCHORS_TOLD_8 = 24;
/** Faded counts of observations a minute or more apart at places, in the night hours and in the working hours of working days. */
export const NIGHT_OBSERVATIONS_16 = 13;
export const WORK_OBSERVATIONS_16 = 14;
const HEADER_WORDS = 8;

/** The segment in hand (`SEGMENT`) and the one that may replace it (`PENDING`) have the same form; FIRST = 0 means there is none. */
export const SEGMENT = HEADER_WORDS;
export const SEGMENT_FIRST = 0;
export const SEGMENT_LAST = 1;
/** Estimated arrival, at or before the first event; unknown (0) for the pending one. */
export const SEGMENT_START = 2;
/** Dwell up to here is already in the books of the place. */
export const SEGMENT_ACCOUNTED = 3;
export const SEGMENT_X = 4; // float, mean of the events' footprints
export const SEGMENT_Y = 5; // float
export const SEGMENT_WEIGHT = 6; // float
/** Of the pending segment: how much better its cells are explained by a move than by the place in hand; float, natural logarithm. */
export const SEGMENT_EVIDENCE = 7; // float
export const SEGMENT_CELL = 8; // packed cells, heaviest first
export const SEGMENT_CELLS = 6;
export const SEGMENT_EVENTS_16 = 28;
export const SEGMENT_PLACE_8 = 58; // place + 1, 0 = none yet
const SEGMENT_WORDS = 15;

export const PENDING = SEGMENT + SEGMENT_WORDS;

/** A finished stay that waits for its successor, since two at one place with little between them are one. */
export const FINISHED = PENDING + SEGMENT_WORDS;
export const FINISHED_START = 0;
export const FINISHED_END = 1;
export const FINISHED_X = 2; // float
export const FINISHED_Y = 3; // float
export const FINISHED_SIGMA = 4; // float
export const FINISHED_CELL = 5; // row + 1
export const FINISHED_EVENTS_16 = 12;
export const FINISHED_PLACE_8 = 26;
export const FINISHED_CONFIDENCE_8 = 27; // 0..255
const FINISHED_WORDS = 7;

/** Standing of the home and day circles: what was last told to the store. */
export const STANDING_HOME = FINISHED + FINISHED_WORDS;
export const STANDING_CELL = 0; // row + 1, 0 = not a member
export const STANDING_REGION = 1; // region + 1
export const STANDING_SINCE_16 = 4; // city day a level, five of them
export const STANDING_SCORE_8 = 18; // score in 1/255 as last logged
export const STANDING_PLACE_8 = 19; // place + 1
const STANDING_WORDS = 5;
export const STANDING_DAY = STANDING_HOME + STANDING_WORDS;

export const PLACE = STANDING_DAY + STANDING_WORDS;
export const PLACE_CELL = 0; // PLACE_CELLS packed cells
export const PLACE_NIGHTS = PLACE_CELL + PLACE_CELLS;
export const PLACE_WORKDAYS = PLACE_NIGHTS + 1;
/** Region + 1 and cell row + 1 that the active circles held through this place were told with; 0 while none is held. */
export const PLACE_TOLD_REGION = PLACE_WORKDAYS + 1;
export const PLACE_TOLD_CELL = PLACE_TOLD_REGION + 1;
const PLACE_HALF = 2 * (PLACE_TOLD_CELL + 1);
export const PLACE_NIGHT_MINUTES_16 = PLACE_HALF;
export const PLACE_WORK_MINUTES_16 = PLACE_HALF + 1;
export const PLACE_WAKING_MINUTES_16 = PLACE_HALF + 2;
export const PLACE_SEEN_DAY_16 = PLACE_HALF + 3; // city day last seen, 0 = the place is free
export const PLACE_SINCE_DAY_16 = PLACE_HALF + 4; // city day first seen
export const PLACE_ACTIVE_SINCE_16 = PLACE_HALF + 5;
const PLACE_BYTE = 2 * (PLACE_HALF + 6);
export const PLACE_TODAY_NIGHT_8 = PLACE_BYTE; // minutes / 4 of the current day
export const PLACE_TODAY_WORK_8 = PLACE_BYTE + 1;
export const PLACE_ACTIVE_8 = PLACE_BYTE + 2; // bit L - 1: the active circle of level L is held through this place
export const PLACE_WORDS = (PLACE_BYTE + 4) / 4;

export const RECORD_WORDS = PLACE + PLACES * PLACE_WORDS;
export const RECORD_BYTES = RECORD_WORDS * 4;

/**
 * A packed cell: row in the upper 20 bits (up to a million rows), then two counts of 6 bits: observations in working hours, and in the rest
 * of the time. 0 is no cell: a cell in a list was observed at least once.
 */
const COUNT_BITS = 6;
export const CELL_COUNT_MAX = 2 ** COUNT_BITS - 1;
export const CELL_ROWS_MAX = 2 ** (32 - 2 * COUNT_BITS);

export function packCell(row: number, rest: number, work: number): number {
  return ((row << (2 * COUNT_BITS)) | (work << COUNT_BITS) | rest) >>> 0;
}

export function cellRow(packed: number): number {
  return packed >>> (2 * COUNT_BITS);
}

export function cellRest(packed: number): number {
  return packed & CELL_COUNT_MAX;
}

export function cellWork(packed: number): number {
  return (packed >>> COUNT_BITS) & CELL_COUNT_MAX;
}

export function cellWeight(packed: number): number {
  return cellRest(packed) + cellWork(packed);
}
