/** A street of cells with a few places beside it, and a tracker over it whose sink keeps what it is told. */
import { KINDS } from "../../src/signal/batch.js";
import { takeEvent } from "../../src/stay/observations.js";
import { cellRow, OPEN, OPEN_PLACE_8, PLACE_CELL, PLACES } from "../../src/stay/record.js";
import { endStays } from "../../src/stay/settle.js";
import type { FinishedStay, StayLeg, StayOptions, Stays } from "../../src/stay/stays.js";
import { SubscriberTable } from "../../src/stay/subscriber-table.js";
import { createCalendar, type HolidayKind } from "../../src/time/calendar.js";
import { cityOf } from "../geo/antennas.js";

/** The one subscriber there is, as slots. */
export const SUBSCRIBER = Uint32Array.of(0);

/** Rows of cells: a mast every 800 m along a street of 8 km, */
export const STREET = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** and second masts beside its two ends and near its middle, each 300 m from the one on the street; */
export const HOME = 0;
export const HOME_TOO = 11;
export const WORK = 10;
export const WORK_TOO = 12;
export const MIDDLE = 5;
export const MIDDLE_TOO = 13;
/** a suburb with two masts 5 km north of the middle, and a village 13 km south. */
export const SUBURB = 14;
export const SUBURB_TOO = 15;
export const VILLAGE = 16;

const mast = (x: number, y: number) => ({ x, y, range: 700 });
export const CITY = cityOf([
  ...STREET.map((i) => mast(800 * i - 4000, 0)),
  mast(-4000, 300),
  mast(4000, 300),
  mast(0, 300),
  mast(0, 5000),
  mast(300, 5000),
  mast(0, -13_000),
]);

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 24 * HOUR;
/** Local midnight before a Monday in Shanghai, which knows no summer time. */
export const MONDAY = Date.parse("2026-03-02T00:00:00+08:00") / 1000;

/** The limits of CIRCLES.md and round numbers, so that these tests do not move with the defaults. */
export const OPTIONS: StayOptions = {
  dwellSecMin: 10 * MINUTE,
  inferredDwellSecMin: HOUR,
  unobservedHoursMax: 3,
  joinSecMax: 15 * MINUTE,
  joinMetres: 300,
  teleportMetresPerSec: 100,
  silenceHoursMax: 8,
  windowDays: 28,
  absenceDaysMax: 56,
};

export type Told =
  | { readonly kind: "stay"; readonly stay: FinishedStay }
  | { readonly kind: "leg"; readonly leg: StayLeg }
  | { readonly kind: "teleport"; readonly timeSec: number; readonly cell: number; readonly events: number };

export interface Tracking {
  readonly stays: Stays;
  /** All that the sink was told, in order. */
  readonly told: Told[];
}

export function tracking(timeZone = "Asia/Shanghai", holidays: ReadonlyMap<string, HolidayKind> = new Map()): Tracking {
  const told: Told[] = [];
  const stays: Stays = {
    table: new SubscriberTable(),
    cells: CITY.cells,
    calendar: createCalendar(timeZone, holidays),
    options: OPTIONS,
    sink: {
      stay: (stay) => told.push({ kind: "stay", stay }),
      leg: (_, leg) => told.push({ kind: "leg", leg }),
      teleport: (_, timeSec, cell, events) => told.push({ kind: "teleport", timeSec, cell, events }),
    },
    pingPongEvents: 0,
  };
  stays.table.slotOf(0, 1);
  return { stays, told };
}

export const DATA = KINDS.indexOf("data");
export const HANDOVER = KINDS.indexOf("handover");
export const TAU = KINDS.indexOf("tau");

export interface Heard {
  readonly sec: number;
  readonly row: number;
  /** Index of KINDS; DATA where it is left out. */
  readonly kind?: number;
}

/** Events every `everyMinutes` from hour to hour after MONDAY, the end included, in these cells in turn. */
export function heard(fromHour: number, toHour: number, rows: readonly number[], everyMinutes = 10): Heard[] {
  const count = Math.floor(((toHour - fromHour) * 60) / everyMinutes + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => ({
    sec: Math.round(MONDAY + fromHour * HOUR + i * everyMinutes * MINUTE),
    row: rows[i % rows.length] as number,
  }));
}

/** The events to the end of the stream; `between` is called before each with its number. */
export function track(
  events: readonly Heard[],
  between: (tracking: Tracking, i: number) => void = () => undefined,
  into = tracking(),
): Tracking {
  for (const [i, { sec, row, kind = DATA }] of events.entries()) {
    between(into, i);
    takeEvent(into.stays, 0, sec, row, kind);
  }
  endStays(into.stays, 0);
  return into;
}

export function staysOf({ told }: Tracking): FinishedStay[] {
  return told.flatMap((one) => (one.kind === "stay" ? [one.stay] : []));
}

/** Hours after MONDAY, to the minute. */
export function hours(sec: number): number {
  return Math.round((sec - MONDAY) / MINUTE) / 60;
}

/** Main cell of each place of subscriber 0, -1 where the seat is free. */
export function placeCells({ stays }: Tracking): number[] {
  return Array.from({ length: PLACES }, (_, place) => {
    const packed = stays.table.words[stays.table.placeWord(0, place) + PLACE_CELL] as number;
    return packed === 0 ? -1 : cellRow(packed);
  });
}

/** Place that is open, -1 for none. */
export function openPlace({ stays }: Tracking): number {
  return (stays.table.bytes[(stays.table.restWord(0) + OPEN) * 4 + OPEN_PLACE_8] as number) - 1;
}
