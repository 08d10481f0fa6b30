import type { Category } from "../geo/city.js";
import type { HappeningRates } from "./happenings.js";
import type { Role } from "./person.js";
import { ROLE_WEIGHTS } from "./roles.js";

/** Radio propagation and cell choice. */
export interface RadioOptions {
  /** Loss per decade of distance, dB (3GPP TR 36.942 macro cells: 37.6). */
  readonly pathLossSlopeDb: number;
  /** Standard deviation of the log-normal shadowing, dB. */
  readonly shadowingSigmaDb: number;
  /** Distance over which the shadowing changes, metres. */
  readonly shadowingCorrelationM: number;
  /** Share of the shadowing's variance that all sites have in common at a place. */
  readonly siteCorrelation: number;
  /** What differs between two rooms of one premises, dB: a person keeps it at a place. */
  readonly roomSigmaDb: number;
  /** What changes at a place from hour to hour (where the phone lies, doors, load of the cells), dB. */
  readonly driftSigmaDb: number;
  /** Standard deviation from one event to the next (fast fading), dB. */
  readonly fadingSigmaDb: number;
  /** By how much another cell must be better than the serving one while the serving one is fresh, dB. */
  readonly hysteresisDb: number;
  /** Half-life of the hysteresis, seconds. */
  readonly hysteresisHalfLifeSeconds: number;
  /** Chance that an event is served by the second best cell, as networks that share their load do. */
  readonly pingPongShare: number;
}

/** How often a phone is heard. */
export interface TrafficOptions {
  /** Median over people of the events of a day (log-normal), without the periodic updates. */
  readonly eventsPerDay: number;
  /** Standard deviation of the logarithm of that number. */
  readonly eventsPerDaySigma: number;
  /** Mean events of a burst, and mean seconds between them. */
  readonly burstEvents: number;
  readonly burstGapSeconds: number;
  /** Bounds of a phone's periodic update timer, minutes. */
  readonly periodicUpdateMinutes: readonly [number, number];
  /** Chance that a phone runs empty or is switched off during a day. */
  readonly phoneOffShare: number;
  /** Share of people whose phone is off every night. */
  readonly nightOffShare: number;
  /** Rows kept of each person's day, drawn evenly from all, as a sampling probe keeps them; Infinity keeps all, 0 none: the truth alone. */
  readonly eventsPerDayMax: number;
}

/** Shares of rows that are spoilt. */
export interface DirtOptions {
  readonly duplicateShare: number;
  readonly lateMinutesShare: number;
  readonly lateHoursShare: number;
  readonly unknownCellShare: number;
  readonly malformedShare: number;
  readonly teleportShare: number;
  readonly wrongClockShare: number;
}

/** How often people do what the preference and behaviour circles ask for; 1 is the usual of each factor. */
export interface HabitOptions {
  readonly leisure: number;
  readonly health: number;
  readonly travel: number;
  readonly eventVisits: number;
  /** Factor to the share of people who have a liking or a need (malls, films, events, flights, an illness) at all. */
  readonly fans: number;
  /** Spread of the daily hours around a person's own, minutes (standard deviation). */
  readonly hoursSigmaMinutes: number;
  /** Hours by which work begins and ends later than usual; schools keep theirs. */
  readonly laterHours: number;
  /** Chance that an office worker spends a working day at home. */
  readonly homeOfficeShare: number;
}

/** Shares of people who look like members of a circle; each among those whom it suits. */
export interface ConfounderOptions {
  /** Live next door to a venue of the listed categories, within so many metres of its edge. */
  readonly nextDoorShare: number;
  readonly nextDoorM: number;
  readonly nextDoorTo: readonly Category[];
  readonly aboveOfficeShare: number;
  readonly newResidentShare: number;
  readonly longTripShare: number;
  readonly campusParentShare: number;
  readonly officialBusinessShare: number;
  readonly officeCallerShare: number;
  readonly promenadeShare: number;
  readonly bedsideShare: number;
  readonly stayUpShare: number;
}

export interface SimulationOptions {
  readonly subscribers: number;
  /** Days to simulate; Infinity for a feed without an end. */
  readonly days: number;
  readonly seed: number;
  /** First local day, `YYYY-MM-DD`. */
  readonly start: string;
  /** Share of the network's sites that are on air; the rest stays in the files but serves nobody. */
  readonly siteShare: number;
  readonly radio: RadioOptions;
  readonly traffic: TrafficOptions;
  readonly dirt: DirtOptions;
  readonly habits: HabitOptions;
  /** Relative number of people of each role. */
  readonly roles: Readonly<Record<Role, number>>;
  readonly confounders: ConfounderOptions;
  readonly happenings: HappeningRates;
}

export const DEFAULT_OPTIONS: SimulationOptions = {
  subscribers: 2000,
  days: 28,
  seed: 1,
  start: "2025-03-03",
  siteShare: 1,
  radio: {
    pathLossSlopeDb: 37.6,
    shadowingSigmaDb: 8,
    shadowingCorrelationM: 80,
    siteCorrelation: 0.5,
    roomSigmaDb: 3,
    driftSigmaDb: 5,
    fadingSigmaDb: 4.5,
    hysteresisDb: 4,
    hysteresisHalfLifeSeconds: 120,
    pingPongShare: 0,
  },
  traffic: {
    eventsPerDay: 62,
    eventsPerDaySigma: 0.6,
    burstEvents: 3,
    burstGapSeconds: 45,
    periodicUpdateMinutes: [54, 180],
    phoneOffShare: 0.02,
    nightOffShare: 0.05,
    eventsPerDayMax: Number.POSITIVE_INFINITY,
  },
  dirt: {
    duplicateShare: 0.004,
    lateMinutesShare: 0.004,
    lateHoursShare: 0.0005,
    unknownCellShare: 0.002,
    malformedShare: 0.0008,
    teleportShare: 0.0012,
    wrongClockShare: 0.00005,
  },
  habits: {
    leisure: 1,
    health: 1,
    travel: 1,
    eventVisits: 1,
    fans: 1,
    hoursSigmaMinutes: 12,
    laterHours: 0,
    homeOfficeShare: 0,
  },
  roles: ROLE_WEIGHTS,
  confounders: {
    nextDoorShare: 0.12,
    nextDoorM: 400,
    nextDoorTo: [
      "university",
      "school",
      "hospital",
      "stadium",
      "office",
      "metro_station",
      "mall",
      "factory",
      "government",
      "concert_hall",
    ],
    aboveOfficeShare: 0.01,
    newResidentShare: 0.015,
    longTripShare: 0.01,
    campusParentShare: 0.015,
    officialBusinessShare: 0.015,
    officeCallerShare: 0.15,
    promenadeShare: 0.02,
    bedsideShare: 0.008,
    stayUpShare: 0.1,
  },
  happenings: { music: 0.5, sport: 0.4, expo: 0.75 },
};

/** Any of the options, at both levels; what is left out keeps its default. */
export type PartialOptions = {
  readonly [K in keyof SimulationOptions]?: SimulationOptions[K] extends object
    ? Partial<SimulationOptions[K]>
    : SimulationOptions[K];
};
