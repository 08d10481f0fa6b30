import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import { Engine } from "../engine.js";
import type { LoadedCity } from "../geo/load.js";
import { createMetrics } from "../metrics/metrics.js";
import type { Counts } from "../partition.js";
import type { Exclusion } from "../signal/exclusion.js";
import type { PrivacyWatch } from "../signal/privacy-watch.js";
import type { Source } from "../source/source.js";
import type { Store } from "../store/client.js";
import { createStoreWriter } from "../store/writer.js";
import { WRITER_LIMITS } from "./store.js";

export interface ReplayParts {
  readonly config: Config;
  readonly city: LoadedCity;
  readonly store: Store;
  readonly source: Source;
  readonly optedOut: Exclusion;
  readonly warn: (message: string) => void;
  /** Told of all that was counted, after every epoch. */
  readonly onEpoch: (totals: Counts) => void;
}

/** The engine of a replay: it starts from nothing and keeps no state. */
export function replayEngine({ config, city, store, source, optedOut, warn, onEpoch }: ReplayParts): Engine {
  return new Engine({
    source,
    city,
    options: derivationOptions(config),
    writer: createStoreWriter(store, WRITER_LIMITS),
    checkpoints: null,
    privacy: fixedOptOut(optedOut),
    metrics: createMetrics(),
    warn,
    limits: {
      flushRowsMax: config.store.flushRowsMax,
      flushMsMax: config.store.flushSecondsMax * 1000,
      checkpointMs: Number.POSITIVE_INFINITY,
    },
    onEpoch,
  });
}

/** The opt-out list as it was at the start. Erasure orders are none of a replay's: it keeps no state and reads what it is given. */
function fixedOptOut(exclusion: Exclusion): PrivacyWatch {
  let isTaken = false;
  return {
    changed() {
      if (isTaken) return null;
      isTaken = true;
      return { exclusion, forget: [], upToMs: 0 };
    },
    forgotten: () => undefined,
  };
}
