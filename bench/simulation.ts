/**
 * `npm run simulation -- [--seeds N] [--seed S] [--json]`: engines that share a stream by leases, in virtual time. The engine, the leases, the
 * checkpoints, the pull from the stream and the derivation are those of the product; the services around them (bench/simulation) lose
 * calls and answers, are slow or away, deliver twice and out of order, and processes are killed or paused at any call. For every seed
 * the tables must equal an undisturbed engine's, nothing may be acknowledged that is not saved, and no engine may write what another has.
 * Diaries lie on disks that are full at times, reference data change, and of who is forgotten nothing may be left when an engine says so.
 *
 * With --seed one seed is run, and what happened is printed: the same every time.
 */
import { parseArgs } from "node:util";
import { makeInput } from "./simulation/input.js";
import { runSeed, type SeedResult } from "./simulation/run.js";
import { isMain } from "./support/main.js";

export interface SimulationResult {
  readonly seeds: number;
  readonly wrong: readonly { readonly seed: number; readonly says: string }[];
  /** Names everything that happened in all of them. */
  readonly digests: readonly string[];
  /** What went wrong and what followed, counted over all seeds. */
  readonly counts: Readonly<Record<string, number>>;
  readonly rowsCompared: number;
  readonly simulatedHours: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function simulate(
  from: number,
  seeds: number,
  progress?: (done: number) => void,
): Promise<SimulationResult> {
  const startMs = performance.now();
  const input = await makeInput();
  const results: SeedResult[] = [];
  const counts: Record<string, number> = {};
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, input);
    results.push({ ...result, log: [] });
    for (const [what, count] of Object.entries(result.counts)) counts[what] = (counts[what] ?? 0) + count;
    progress?.(results.length);
  }
  const { user, system } = process.cpuUsage();
  return {
    seeds,
    wrong: results.flatMap(({ seed, wrong }) => (wrong === null ? [] : [{ seed, says: wrong }])),
    digests: results.map(({ digest }) => digest),
    counts,
    rowsCompared: input.expected.size * seeds,
    simulatedHours: results.reduce((sum, { simulatedSeconds }) => sum + simulatedSeconds, 0) / 3600,
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: "string" }, seed: { type: "string" }, json: { type: "boolean", default: false } },
  });
  if (values.seed !== undefined && values.seeds === undefined) {
    const { log, ...result } = await runSeed(Number(values.seed), await makeInput(), true);
    if (values.json) console.log(JSON.stringify(result));
    else console.log([...log, JSON.stringify(result, null, 2)].join("\n"));
    process.exitCode = result.wrong === null ? 0 : 1;
    return;
  }
  const isSeen = process.stderr.isTTY && !values.json;
  const result = await simulate(Number(values.seed ?? 1), Number(values.seeds ?? 1000), (done) => {
    if (isSeen && done % 10 === 0) process.stderr.write(`\r${done} seeds`);
  });
  const { digests: _, ...told } = result;
  if (values.json) console.log(JSON.stringify(told));
  else {
    for (const { seed, says } of result.wrong) console.log(`seed ${seed}: ${says}`);
    console.log(told);
  }
  process.exitCode = result.wrong.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) await main();
