/** From the tracker's results to entries of the diary. */
import type { LoadedCity } from "../geo/load.js";
import type { FinishedStay, StayLeg } from "../stay/stays.js";
import type { Calendar } from "../time/calendar.js";
import { CANDIDATES_MAX, type DiaryEntry, LEG, STAY, TOUCH } from "./diary.js";
import { gatesHeard } from "./gate.js";
import { readLeg, type Touch } from "./transit.js";
import { guessVenues } from "./venue-guess.js";
import { venueMapOf } from "./venue-map.js";

/** Stations touched with less probability than this are not worth their words. */
const TOUCHED_MIN = 0.1;

/** Where entries are made: the city, and the calendar that knows its habits. */
export interface DiaryPlace {
  readonly city: LoadedCity;
  readonly calendar: Calendar;
}

/** A stay as the diary keeps it: with the venues where it may have been. */
export function diaryStay({ city, calendar }: DiaryPlace, stay: FinishedStay): DiaryEntry {
  return {
    kind: STAY,
    startSec: stay.startSec,
    endSec: stay.endSec,
    arrivalErrorSec: stay.arrivalErrorSec,
    departureErrorSec: stay.departureErrorSec,
    x: stay.x,
    y: stay.y,
    candidates: guessVenues(venueMapOf(city), calendar, stay, CANDIDATES_MAX),
    metro: 0,
    bus: 0,
  };
}

/** A way between two stays: what it says of the mode, and the stations and airports touched on it, in the order of their ends. */
export function diaryLeg({ city }: DiaryPlace, leg: StayLeg): DiaryEntry[] {
  const { touched, evidence } = readLeg(venueMapOf(city), leg);
  const gates = gatesHeard(venueMapOf(city), leg);
  const way: DiaryEntry = {
    kind: LEG,
    startSec: leg.startSec,
    endSec: leg.endSec,
    arrivalErrorSec: 0,
    departureErrorSec: 0,
    x: 0,
    y: 0,
    candidates: [],
    metro: evidence.metro,
    bus: evidence.bus,
  };
  // So it is of most ways; what is pushed to an empty array gets room for seventeen.
  if (touched.length === 0 && gates.length === 0) return [way];
  const entries: DiaryEntry[] = [];
  for (const one of touched) if (one.probability >= TOUCHED_MIN) entries.push(touchEntry(city, one));
  for (const one of gates) entries.push(touchEntry(city, one));
  if (entries.length > 1) entries.sort((a, b) => a.endSec - b.endSec);
  entries.push(way);
  return entries;
}

function touchEntry({ venues }: LoadedCity, { venue, probability, firstSec, lastSec }: Touch): DiaryEntry {
  return {
    kind: TOUCH,
    startSec: firstSec,
    endSec: lastSec,
    arrivalErrorSec: 0,
    departureErrorSec: 0,
    x: venues.x[venue] as number,
    y: venues.y[venue] as number,
    candidates: [{ venue, probability }],
    metro: 0,
    bus: 0,
  };
}
