import { UserError } from "../signal/user-error.js";
import type { PartialOptions } from "./options.js";

/**
 * Cities under parameters that no rule of the engine was tuned on, one question each: what is derived from the default city must hold in
 * these too.
 */
export const VARIATIONS: Readonly<Record<string, { readonly about: string; readonly options: PartialOptions }>> = {
  "sparse-sites": { about: "45 % of the outdoor sites are on air", options: { siteShare: 0.45 } },
  "few-events": {
    about: "half of the usual events, more unequal between people",
    options: { traffic: { eventsPerDay: 30, eventsPerDaySigma: 0.8 } },
  },
  "many-events": {
    about: "phones heard 160 times a day in short bursts",
    options: { traffic: { eventsPerDay: 160, eventsPerDaySigma: 0.4, burstEvents: 2 } },
  },
  "twenty-a-day": {
    about: "a probe that keeps 20 rows of each person's day",
    options: { traffic: { eventsPerDayMax: 20 } },
  },
  "long-timers": {
    about: "idle phones are silent for 4 to 8 hours",
    options: { traffic: { periodicUpdateMinutes: [240, 480] } },
  },
  "rough-shadowing": {
    about: "11 dB of shadowing that changes within 40 m, sites little alike",
    options: { radio: { shadowingSigmaDb: 11, shadowingCorrelationM: 40, siteCorrelation: 0.25 } },
  },
  "smooth-radio": {
    about: "flat loss of 33 dB a decade, 5 dB of shadowing over 200 m",
    options: { radio: { pathLossSlopeDb: 33, shadowingSigmaDb: 5, shadowingCorrelationM: 200 } },
  },
  "steep-loss": {
    about: "44 dB a decade, rooms 6 dB apart",
    options: { radio: { pathLossSlopeDb: 44, roomSigmaDb: 6 } },
  },
  "restless-cells": {
    about: "7 dB of fading, hardly any hysteresis, one event in eight by the second best cell",
    options: { radio: { fadingSigmaDb: 7, driftSigmaDb: 6.5, hysteresisDb: 1, pingPongShare: 0.12 } },
  },
  "silent-nights": {
    about: "six phones in ten are off at night",
    options: { traffic: { nightOffShare: 0.6, phoneOffShare: 0.05 } },
  },
  "irregular-hours": {
    about: "hours spread by 40 minutes, work 20 minutes later, a fifth of the office days at home",
    options: { habits: { hoursSigmaMinutes: 40, laterHours: 0.33, homeOfficeShare: 0.2 } },
  },
  "lively-city": {
    about: "more leisure, travel and events, more people with a liking for them",
    options: {
      habits: { leisure: 1.4, travel: 1.6, eventVisits: 1.3, fans: 1.4 },
      happenings: { music: 0.6, sport: 0.5, expo: 0.9 },
    },
  },
  "many-confounders": {
    about: "a third live next door to something, and lookalikes of all kinds are three to four times as many",
    options: {
      confounders: {
        nextDoorShare: 0.35,
        nextDoorM: 250,
        aboveOfficeShare: 0.04,
        newResidentShare: 0.05,
        longTripShare: 0.04,
        campusParentShare: 0.05,
        officialBusinessShare: 0.05,
        officeCallerShare: 0.5,
        promenadeShare: 0.08,
        bedsideShare: 0.03,
        stayUpShare: 0.4,
      },
    },
  },
  "golden-week": {
    about: "28 days with the holidays of October and their make-up days",
    options: { start: "2025-09-17" },
  },
  "dirty-feed": {
    about: "four times the usual dirt",
    options: {
      dirt: {
        duplicateShare: 0.016,
        lateMinutesShare: 0.016,
        lateHoursShare: 0.002,
        unknownCellShare: 0.008,
        malformedShare: 0.0032,
        teleportShare: 0.0048,
        wrongClockShare: 0.0002,
      },
    },
  },
  "calm-radio": {
    about: "phones at rest keep their cell: 1 dB of fading and of drift, 8 dB of hysteresis",
    options: { radio: { fadingSigmaDb: 1, driftSigmaDb: 1, hysteresisDb: 8 } },
  },
};

/** Options of the variation of a name. Throws UserError with all names. */
export function variationNamed(name: string): PartialOptions {
  const found = Object.hasOwn(VARIATIONS, name) ? VARIATIONS[name] : undefined;
  if (found !== undefined) return found.options;
  throw new UserError(`simulate: ${name} is no variation`, `give one of ${Object.keys(VARIATIONS).join(" ")}`);
}
