/** From the tracker's results to entries of the diary. */
import type { Partition } from "../partition.js";
import type { FinishedStay } from "../stay/stays.js";
import { CANDIDATES_MAX, type DiaryEntry, STAY } from "./diary.js";
import { guessVenues } from "./venue-guess.js";
import { venueMapOf } from "./venue-map.js";

/** Arrival and departure that lie in a silence are even chances over it; a silence that long says no more. */
const UNSEEN_SEC_MAX = 45 * 60;

/** A stay as the diary keeps it: with the venues where it may have been. */
export function diaryStay({ city, calendar }: Partition, stay: FinishedStay): DiaryEntry {
  const { startSec, endSec } = stay;
  const cells = [{ row: stay.cell, weight: stay.events }];
  const error = Math.min(UNSEEN_SEC_MAX, ((1 - stay.confidence) * (endSec - startSec)) / 2) / Math.sqrt(3);
  return {
    kind: STAY,
    startSec,
    endSec,
    arrivalErrorSec: error,
    departureErrorSec: error,
    x: stay.x,
    y: stay.y,
    candidates: guessVenues(venueMapOf(city), calendar, { cells, startSec, endSec }, CANDIDATES_MAX),
    metro: 0,
    bus: 0,
  };
}
