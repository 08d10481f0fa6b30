/** Rows that the circle rules work on, beyond the stays. */
import type { PortraitRow, WayRow } from "../rows.js";
import { objectCodec } from "./encode.js";
import {
  putDateTime,
  putEpochMs,
  putFloat32,
  putFloat64,
  putLength,
  putString,
  putUInt8,
  putUInt16,
  putUInt32,
  putUInt64,
  type RowBuffer,
} from "./rowbinary.js";

const HALF_MAX = 65_535;

export const ways = objectCodec<WayRow>({
  table: "ways_rows",
  columns: ["subscriber", "start", "end", "metro", "bus", "touched"],
  encode(buffer, row) {
    putUInt64(buffer, row.subscriberHi, row.subscriberLo);
    putDateTime(buffer, row.startMs);
    putDateTime(buffer, row.endMs);
    putFloat32(buffer, row.metro);
    putFloat32(buffer, row.bus);
    putLength(buffer, row.touched.length);
    for (const { venue, probability, firstMs, lastMs } of row.touched) {
      putString(buffer, venue);
      putFloat32(buffer, probability);
      putDateTime(buffer, firstMs);
      putDateTime(buffer, lastMs);
    }
  },
});

export const portraits = objectCodec<PortraitRow>({
  table: "portraits_rows",
  columns: [
    "subscriber",
    "day",
    "known_until",
    "stream_first_day",
    "heard",
    "silent_days",
    "is_foreign",
    "observed_days",
    "nights_observed",
    "recent_nights_observed",
    "working_days_observed",
    "waking_minutes",
    "night_observations",
    "work_observations",
    "places",
    "version",
  ],
  encode(buffer, row) {
    putUInt64(buffer, row.subscriberHi, row.subscriberLo);
    putUInt16(buffer, row.day);
    putUInt32(buffer, row.knownUntilSec);
    putUInt16(buffer, row.streamFirstDay);
    putUInt32(buffer, row.heard);
    putUInt8(buffer, row.silentDays);
    putUInt8(buffer, row.isForeign ? 1 : 0);
    for (const days of [row.observedDays, row.nightsObserved, row.recentNightsObserved, row.workdaysObserved])
      putUInt8(buffer, days);
    for (const amount of [row.wakingMinutes, row.nightObservations, row.workObservations]) putHalf(buffer, amount);
    putPlaces(buffer, row.places);
    putEpochMs(buffer, row.versionMs);
  },
});

function putPlaces(buffer: RowBuffer, places: PortraitRow["places"]): void {
  putLength(buffer, places.length);
  for (const place of places) {
    putFloat64(buffer, place.lon);
    putFloat64(buffer, place.lat);
    putFloat32(buffer, place.sigma);
    putUInt8(buffer, place.nights);
    putUInt8(buffer, place.recentNights);
    putUInt8(buffer, place.workdays);
    putHalf(buffer, place.nightMinutes);
    putHalf(buffer, place.workMinutes);
    putHalf(buffer, place.wakingMinutes);
    putUInt16(buffer, place.seenDay);
    putLength(buffer, place.cells.length);
    for (const { cell, weight } of place.cells) {
      putString(buffer, cell);
      putFloat32(buffer, weight);
    }
  }
}

function putHalf(buffer: RowBuffer, value: number): void {
  putUInt16(buffer, Math.min(HALF_MAX, Math.round(value)));
}
