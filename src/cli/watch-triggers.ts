import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { LoadedCity } from "../geo/load.js";
import type { StoreClient } from "../store/client.js";
import { readTriggers, triggersVersion } from "../store/triggers.js";
import { triggerCompiler } from "../trigger/compile-triggers.js";
import type { Trigger } from "../trigger/trigger.js";

/** Milliseconds between two looks at the store. */
const LOOK_MS = 2000;

export interface TriggersWatch {
  /** The triggers when they have changed, at the first call in any case; null while they have not. */
  changed(): readonly Trigger[] | null;
  close(): void;
}

/** Milliseconds for which fences are worked out before the stream has its turn. */
const SLICE_MS = 10;

/** Works the fences out in slices: ten thousand at once take seconds, in which no event would be taken. */
async function prepared(city: LoadedCity, triggers: readonly Trigger[]): Promise<void> {
  let sliceMs = performance.now();
  for (const _ of triggerCompiler(city).prepare(triggers)) {
    if (performance.now() - sliceMs < SLICE_MS) continue;
    await nextTurn();
    sliceMs = performance.now();
  }
}

/** Reads the triggers, and looks for changes from then on; a store that does not answer is asked again. */
export async function watchTriggers(
  client: StoreClient,
  city: () => LoadedCity,
  warn: (message: string) => void,
): Promise<TriggersWatch> {
  let version = await triggersVersion(client);
  let latest: readonly Trigger[] | null = await readTriggers(client);
  await prepared(city(), latest);
  const stop = new AbortController();
  const look = async () => {
    let isWarned = false;
    for (;;) {
      await pause(LOOK_MS, undefined, { signal: stop.signal, ref: false });
      try {
        const now = await triggersVersion(client);
        if (now !== version) {
          const triggers = await readTriggers(client);
          await prepared(city(), triggers);
          latest = triggers;
        }
        version = now;
        isWarned = false;
      } catch (error) {
        if (!isWarned)
          warn(`the triggers cannot be read (${error instanceof Error ? error.message : error}); trying again`);
        isWarned = true;
      }
    }
  };
  // Ends when it is told to stop, and no other way.
  look().catch(() => undefined);
  return {
    changed() {
      const triggers = latest;
      latest = null;
      return triggers;
    },
    close: () => stop.abort(),
  };
}
