import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import { Engine, type EngineLimits } from "../engine.js";
import type { LoadedCity } from "../geo/load.js";
import { createMetrics } from "../metrics/metrics.js";
import type { Counts } from "../partition.js";
import type { Exclusion } from "../signal/exclusion.js";
import type { PrivacyWatch } from "../signal/privacy-watch.js";
import type { Source } from "../source/source.js";
import type { Store } from "../store/client.js";
import { createGatheringWriter } from "../store/gathering-writer.js";
import { StoreError } from "../store/store-error.js";
import { openScratch } from "./scratch.js";
import { REPLAY_WRITER_LIMITS } from "./store.js";

/** An epoch of a replay: its rows are encoded while they are young, so that the collector never has to move them. */
const EPOCH_ROWS = 4096;

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

export function replayLimits({ store }: Config): EngineLimits {
  return {
    flushRowsMax: Math.min(EPOCH_ROWS, store.flushRowsMax),
    flushMsMax: store.flushSecondsMax * 1000,
    checkpointMs: Number.POSITIVE_INFINITY,
  };
}

/** Runs the engine of a replay, which starts from nothing and keeps no state, until all its rows are durable. */
export async function runReplayEngine(parts: ReplayParts): Promise<Counts> {
  const { config, city, store, source, optedOut, warn, onEpoch } = parts;
  const writer = createGatheringWriter(store, REPLAY_WRITER_LIMITS);
  const scratch = openScratch(config, warn);
  const engine = new Engine({
    source,
    city,
    options: { ...derivationOptions(config), scratch },
    writer,
    checkpoints: null,
    privacy: fixedOptOut(optedOut),
    metrics: createMetrics(),
    warn,
    limits: replayLimits(config),
    onEpoch,
  });
  try {
    const totals = await engine.run();
    await writer.flush();
    return totals;
  } catch (error) {
    // What was read before a source broke off is kept.
    if (!(error instanceof StoreError)) await writer.flush();
    throw error;
  } finally {
    scratch.close();
  }
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
