import type { LifeFacts } from "../anchor/anchors.js";
import { type City, toLat, toLon } from "../geo/city.js";
import type { KeptPlace, LifeTallies, PortraitRow } from "../rows.js";

/** What the engine knows at the evaluation of one subscriber. */
export type KnownAtClose = Omit<PortraitRow, keyof LifeTallies | "places">;

/** The row of a portrait. @param cellsOf named cells of a place of the record, heaviest first */
export function portraitRow(
  city: City,
  known: KnownAtClose,
  life: LifeFacts,
  cellsOf: (place: number) => KeptPlace["cells"],
): PortraitRow {
  return {
    subscriberHi: known.subscriberHi,
    subscriberLo: known.subscriberLo,
    day: known.day,
    versionMs: known.versionMs,
    knownUntilSec: known.knownUntilSec,
    streamFirstDay: known.streamFirstDay,
    heard: known.heard,
    silentDays: known.silentDays,
    isForeign: known.isForeign,
    observedDays: life.observedDays,
    nightsObserved: life.nightsObserved,
    recentNightsObserved: life.recentNightsObserved,
    workdaysObserved: life.workdaysObserved,
    wakingMinutes: life.wakingMinutes,
    nightObservations: life.nightObservations,
    workObservations: life.workObservations,
    places: life.places.map((place) => ({
      lon: toLon(city.plane, place.x),
      lat: toLat(city.plane, place.y),
      sigma: place.sigma,
      nights: place.nights,
      recentNights: place.recentNights,
      workdays: place.workdays,
      nightMinutes: place.nightMinutes,
      workMinutes: place.workMinutes,
      wakingMinutes: place.wakingMinutes,
      seenDay: place.seenDay,
      cells: cellsOf(place.place),
    })),
  };
}
