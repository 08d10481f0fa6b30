import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PartialOptions } from "../../src/simulate/options.js";
import { writeSimulation } from "../../src/simulate/write.js";

/** Calls `work` with a folder of simulated data: the given one, or one made for the occasion and removed afterwards. */
export async function withSimulated<T>(
  given: string | undefined,
  options: PartialOptions,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return work(given);
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-bench-"));
  try {
    await writeSimulation(dir, options);
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
