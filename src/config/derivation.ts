import type { DerivationOptions } from "../partition.js";
import { readRules } from "./rules.js";
import type { Config } from "./schema.js";

const MINUTE_SEC = 60;

/** The limits of the derivation in the units that its loops use, and the circle rules. @throws UserError when these have faults */
export function derivationOptions(config: Config): DerivationOptions {
  const { time, cleaning, stays, anchors, circles, presence, h3 } = config;
  return {
    latenessMs: time.latenessMinutesMax * MINUTE_SEC * 1000,
    stays: {
      dwellSecMin: stays.dwellMinutesMin * MINUTE_SEC,
      inferredDwellSecMin: stays.inferredDwellMinutesMin * MINUTE_SEC,
      unobservedHoursMax: stays.unobservedHoursMax,
      joinSecMax: stays.joinMinutesMax * MINUTE_SEC,
      joinMetres: stays.joinMetres,
      teleportMetresPerSec: cleaning.teleportSpeedKmhMax / 3.6,
      silenceHoursMax: stays.silenceHoursMax,
      windowDays: anchors.windowDays,
      absenceDaysMax: stays.absenceDaysMax,
    },
    anchors: {
      observedDaysMin: anchors.observedDaysMin,
      anchorDaysMin: anchors.anchorDaysMin,
      secondHomeShareMin: anchors.secondHomeShareMin,
      dayShareMin: anchors.dayShareMin,
    },
    circles,
    rules: readRules(circles.rulesFile),
    presence,
    h3Resolution: h3.resolution,
  };
}
