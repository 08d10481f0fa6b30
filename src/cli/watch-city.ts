/** The reference data of a city folder, looked at while a command runs: what is good is taken, what is not leaves the old ones in force. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { remapBetween } from "../checkpoint/remap.js";
import { CITY_FILES, type LoadedCity } from "../geo/load.js";
import { UserError } from "../signal/user-error.js";
import { openCity } from "./city.js";

/** Milliseconds between two looks at the files; what has changed must stay as it is for one of them before it is read. */
const LOOK_MS = 1000;

export interface CityWatch {
  /** The reference data in force. */
  readonly city: LoadedCity;
  /** Those that came into force since the last call; null when there are none. */
  changed(): LoadedCity | null;
  close(): void;
}

export interface CityWatchOptions {
  readonly warn: (message: string) => void;
  /** Told of each change of the folder, whether it was taken. */
  readonly onChange?: (isTaken: boolean) => void;
}

/**
 * Opens a city folder and watches it. Changed files are checked as a whole; with a fault in any of them, or of another city than the one
 * in force, they are refused: `warn` is told of all faults, and the next look waits for the files to change again.
 *
 * @throws UserError with all faults when the folder cannot be used now
 */
export async function watchCity(dir: string, { warn, onChange }: CityWatchOptions): Promise<CityWatch> {
  let judged = signature(dir);
  let city = await openCity(dir, warn);
  let seen = judged;
  let isTaken = true;
  let isLooking = false;

  const look = async () => {
    const now = signature(dir);
    const isSettled = now === seen;
    seen = now;
    if (!isSettled || now === judged) return;
    judged = now;
    try {
      const next = await openCity(dir, warn);
      remapBetween(city, next);
      city = next;
      isTaken = false;
      onChange?.(true);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warn(`${error.message}\nthe reference data of before stay in force`);
      onChange?.(false);
    }
  };
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    await look().finally(() => {
      isLooking = false;
    });
  }, LOOK_MS);
  timer.unref();

  return {
    get city() {
      return city;
    },
    changed() {
      if (isTaken) return null;
      isTaken = true;
      return city;
    },
    close: () => clearInterval(timer),
  };
}

/** Tells two states of the files apart without reading them. */
function signature(dir: string): string {
  return CITY_FILES.map((name) => {
    const stat = statSync(join(dir, name), { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  }).join(" ");
}
