import { setTimeout as pause } from "node:timers/promises";
import type { StoreClient } from "../store/client.js";
import { readTriggers, triggersVersion } from "../store/triggers.js";
import type { Trigger } from "../trigger/trigger.js";

/** Milliseconds between two looks at the store. */
const LOOK_MS = 2000;

export interface TriggersWatch {
  /** The triggers when they have changed, at the first call in any case; null while they have not. */
  changed(): readonly Trigger[] | null;
  close(): void;
}

/** Reads the triggers, and looks for changes from then on; a store that does not answer is asked again. */
export async function watchTriggers(client: StoreClient, warn: (message: string) => void): Promise<TriggersWatch> {
  let version = await triggersVersion(client);
  let latest: readonly Trigger[] | null = await readTriggers(client);
  const stop = new AbortController();
  const look = async () => {
    let isWarned = false;
    for (;;) {
      await pause(LOOK_MS, undefined, { signal: stop.signal, ref: false });
      try {
        const now = await triggersVersion(client);
        if (now !== version) latest = await readTriggers(client);
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
