import { join } from "node:path";
import { replayLimits } from "../../src/cli/replay-engine.js";
import { derivationOptions } from "../../src/config/derivation.js";
import { loadConfig } from "../../src/config/load.js";
import type { Config } from "../../src/config/schema.js";
import { Engine } from "../../src/engine.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import type { Counts } from "../../src/partition.js";
import { readCityFolder } from "../../src/source/city-folder.js";
import { fileThread } from "../../src/source/file-thread.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import type { Source } from "../../src/source/source.js";
import type { StoreWriter } from "../../src/store/writer.js";

const LINE_BYTES_MAX = 65_536;
/** The same in every run, so that results can be compared. */
export const BENCH_KEY = "benchmark";

export interface Derivation {
  readonly counts: Counts;
  readonly seconds: number;
}

/** A pseudonymiser with the key of the benchmarks. */
export function benchPseudonymiser(): Pseudonymiser {
  return new Pseudonymiser(Buffer.from(BENCH_KEY));
}

/** The default configuration over a city folder, and the city. */
export async function openBenchCity(dir: string): Promise<{ config: Config; city: LoadedCity }> {
  const config = loadConfig({ env: {}, flags: { "geo.dir": dir } });
  const { city, faults } = await readCityFolder(dir);
  if (city === null) throw new Error(`${dir}: ${JSON.stringify(faults.slice(0, 3))}`);
  return { config, city };
}

/** A signalling file of a folder as a source, read once to its end. */
export function signallingOf(dir: string, config: Config, name = "signalling.csv"): Source {
  return fileThread({
    files: [join(dir, name)],
    partitions: config.stream.partitions,
    rowsPerBatch: config.stream.batchRows,
    pseudonymKey: Buffer.from(BENCH_KEY),
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    lineBytesMax: LINE_BYTES_MAX,
    closeAtEnd: true,
  });
}

/** Runs the engine over a source until it ends, as `lifecircle replay` does. */
export async function derive(
  source: Source,
  config: Config,
  city: LoadedCity,
  writer: StoreWriter,
): Promise<Derivation> {
  const startMs = performance.now();
  const engine = new Engine({
    source,
    city,
    options: derivationOptions(config),
    writer,
    checkpoints: null,
    metrics: createMetrics(),
    warn: console.error,
    limits: replayLimits(config),
  });
  const counts = await engine.run();
  return { counts, seconds: (performance.now() - startMs) / 1000 };
}
