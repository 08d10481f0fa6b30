import type { RadioCells } from "../geo/radio.js";
import type { Calendar } from "../time/calendar.js";
import type { SubscriberTable } from "./subscriber-table.js";

/** Limits of the stay rules; see `stays` in config/default.yaml. */
export interface StayOptions {
  /** A stay lasts at least this. */
  readonly dwellSecMin: number;
  /** A stay known from events of less than `dwellSecMin` lasts at least this by inference from the silence around it. */
  readonly inferredDwellSecMin: number;
  /** Nobody is said to have stayed longer than this before the first or after the last event at a place; hours of an average day. */
  readonly unobservedHoursMax: number;
  /** Two stays within `joinMetres` and less than this apart are one. */
  readonly joinSecMax: number;
  readonly joinMetres: number;
  /** Speed between footprints above which a move is impossible, metres a second. */
  readonly teleportMetresPerSec: number;
  /** A silence in which somebody awake would have left (see `readiness`) ends the stay; hours of an average day. */
  readonly silenceHoursMax: number;
  /** Days that a place is remembered for, counted in days on which the subscriber was observed. */
  readonly windowDays: number;
  /** After so many days without any event all places are forgotten. */
  readonly absenceDaysMax: number;
}

/** A finished stay as the tracker hands it on; positions on the city's plane. */
export interface FinishedStay {
  slot: number;
  startSec: number;
  endSec: number;
  x: number;
  y: number;
  sigma: number;
  /** Row of the cell heard most, and those heard with it, heaviest first; weights in independent observations. */
  cell: number;
  cells: readonly HeardCell[];
  events: number;
  confidence: number;
  /** Standard deviations of start and end, seconds: they lie somewhere in a silence. */
  arrivalErrorSec: number;
  departureErrorSec: number;
}

export interface HeardCell {
  readonly row: number;
  readonly weight: number;
}

/** What was heard on a way between two stays. */
export interface LegEvent {
  readonly timeSec: number;
  readonly row: number;
}

/** The way from one stay to the next; positions on the city's plane, metres. */
export interface StayLeg {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  /** Left and arrived, epoch seconds. */
  readonly startSec: number;
  readonly endSec: number;
  readonly events: readonly LegEvent[];
}

/** Where the tracker's results go; called in event-time order of each subscriber. */
export interface StaySink {
  stay(stay: FinishedStay): void;
  /** Told after the stay that it leads from and before the one that it leads to. */
  leg(slot: number, leg: StayLeg): void;
  /** `events` events from `timeSec` on at an impossible place, first in the cell of row `cell`. */
  teleport(slot: number, timeSec: number, cell: number, events: number): void;
}

/** Everything that the stay rules work on: one partition's subscribers, the city, and where results go. */
export interface Stays {
  readonly table: SubscriberTable;
  cells: RadioCells;
  calendar: Calendar;
  readonly options: StayOptions;
  readonly sink: StaySink;
  /** Cell changes at rest that were taken as what they are, events. */
  pingPongEvents: number;
}
