import { DAY_MS, HOUR_MS, MINUTE_MS } from "./calendar.js";
import { KIND, NO_PEER } from "./contacts.js";
import type { DirtOptions } from "./options.js";
import type { Random } from "./random.js";
import { RowBuffer } from "./row-buffer.js";

/** Ways in which a row's text is spoilt; the number in a row buffer is the index. */
export const FLAWS = [
  "none",
  "unknown_cell",
  "bad_cell",
  "bad_time",
  "missing_fields",
  "bad_kind",
  "no_subscriber",
] as const;
const UNKNOWN_CELL = 1;
const FIRST_MALFORMED = 2;

/** Gives every row its arrival and spoils a share of them: a copy of the rows as the collecting network would deliver them. */
export function deliver(sound: RowBuffer, cells: number, options: DirtOptions, random: Random): RowBuffer {
  const rows = new RowBuffer();
  for (let i = 0; i < sound.count; i++) {
    const timeMs = sound.timeMs[i] as number;
    sound.arrivalMs[i] = timeMs + delayMs(options, random);
    spoil(sound, i, rows, cells, options, random);
  }
  return rows;
}

/** Most rows are there within seconds, some minutes late, a few hours late. */
function delayMs(options: DirtOptions, random: Random): number {
  const draw = random.next();
  if (draw < options.lateHoursShare) return random.range(1, 7) * HOUR_MS;
  if (draw < options.lateHoursShare + options.lateMinutesShare) return random.range(1, 14) * MINUTE_MS;
  return 300 + random.exponential(1500);
}

function spoil(
  sound: RowBuffer,
  i: number,
  rows: RowBuffer,
  cells: number,
  options: DirtOptions,
  random: Random,
): void {
  const timeMs = sound.timeMs[i] as number;
  const arrivalMs = sound.arrivalMs[i] as number;
  const person = sound.person[i] as number;
  const { duplicateShare, unknownCellShare, malformedShare, teleportShare, wrongClockShare } = options;
  const shares = [malformedShare, unknownCellShare, wrongClockShare, duplicateShare, teleportShare];
  const fate = fateOf(random.next(), shares);
  if (fate === 0) sound.flaw[i] = FIRST_MALFORMED + random.int(FLAWS.length - FIRST_MALFORMED);
  if (fate === 1) sound.flaw[i] = UNKNOWN_CELL;
  if (fate === 2)
    sound.timeMs[i] = random.chance(0.5) ? random.int(100_000_000) : timeMs + random.range(20, 4000) * DAY_MS;
  rows.take(sound, i);
  if (fate === 3) {
    if (random.chance(0.3)) {
      const last = i > 0 && sound.person[i - 1] === person ? (sound.cell[i - 1] as number) : random.int(cells);
      rows.add(timeMs, person, last, KIND.data, NO_PEER, arrivalMs);
    }
    sound.arrivalMs[i] = arrivalMs + random.range(0, 3000);
    rows.take(sound, i);
  } else if (fate === 4) {
    const elsewhere = timeMs + random.range(5, 90) * 1000;
    rows.add(elsewhere, person, random.int(cells), KIND.data, NO_PEER, elsewhere + 300 + random.exponential(1500));
  }
}

/** Index of the share that a draw in [0, 1) falls into; the number of shares where it falls into none. */
function fateOf(draw: number, shares: readonly number[]): number {
  let below = 0;
  let fate = 0;
  for (; fate < shares.length; fate++) {
    below += shares[fate] as number;
    if (draw < below) break;
  }
  return fate;
}
