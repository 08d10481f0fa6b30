import { UserError } from "../signal/user-error.js";
import { dayOfDate } from "./calendar.js";
import type { HappeningRates } from "./happenings.js";

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

/** How often people do what the preference and behaviour circles ask for; 1 is the default of each. */
export interface HabitOptions {
  readonly leisure: number;
  readonly health: number;
  readonly travel: number;
  readonly eventVisits: number;
  /** Spread of the daily hours around a person's own, minutes (standard deviation). */
  readonly hoursSigmaMinutes: number;
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
  },
  traffic: {
    eventsPerDay: 62,
    eventsPerDaySigma: 0.6,
    burstEvents: 3,
    burstGapSeconds: 45,
    periodicUpdateMinutes: [54, 180],
    phoneOffShare: 0.02,
    nightOffShare: 0.05,
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
  habits: { leisure: 1, health: 1, travel: 1, eventVisits: 1, hoursSigmaMinutes: 12 },
  happenings: { music: 0.5, sport: 0.4, expo: 0.75 },
};

/** Any of the options, at both levels; what is left out keeps its default. */
export type PartialOptions = {
  readonly [K in keyof SimulationOptions]?: SimulationOptions[K] extends object
    ? Partial<SimulationOptions[K]>
    : SimulationOptions[K];
};

/** Fills in the defaults and checks what a user may have mistyped. Throws UserError naming the option. */
export function resolveOptions(given: PartialOptions): SimulationOptions {
  const options: SimulationOptions = {
    ...DEFAULT_OPTIONS,
    ...given,
    radio: { ...DEFAULT_OPTIONS.radio, ...given.radio },
    traffic: { ...DEFAULT_OPTIONS.traffic, ...given.traffic },
    dirt: { ...DEFAULT_OPTIONS.dirt, ...given.dirt },
    habits: { ...DEFAULT_OPTIONS.habits, ...given.habits },
    happenings: { ...DEFAULT_OPTIONS.happenings, ...given.happenings },
  };
  require(Number.isInteger(options.subscribers) &&
    options.subscribers >= 1, "subscribers", options.subscribers, "a whole number from 1");
  const endless = options.days === Number.POSITIVE_INFINITY;
  require(endless ||
    (Number.isInteger(options.days) && options.days >= 1), "days", options.days, "a whole number from 1");
  require(Number.isSafeInteger(options.seed), "seed", options.seed, "a whole number");
  require(!Number.isNaN(dayOfDate(options.start)), "start", options.start, "a date YYYY-MM-DD");
  require(options.siteShare > 0 &&
    options.siteShare <= 1, "siteShare", options.siteShare, "a share above 0 and up to 1");
  require(options.traffic.eventsPerDay > 0, "eventsPerDay", options.traffic.eventsPerDay, "a number above 0");
  for (const [name, share] of Object.entries(options.dirt))
    require(share >= 0 && share <= 0.5, name, share, "a share from 0 to 0.5");
  return options;
}

function require(ok: boolean, name: string, got: unknown, expected: string): void {
  if (!ok) throw new UserError(`simulate: ${name} is ${String(got)}`, `give ${expected}`);
}
