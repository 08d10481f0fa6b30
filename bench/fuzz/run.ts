/** Gives a target its inputs, chunk by chunk, and keeps what fails, made minimal. */
import fc from "fast-check";
import type { OpenTarget, Target } from "./target.js";

/** Inputs of one chunk; a chunk has a seed of its own, the one before it plus one, so it can be replayed alone. */
export const CHUNK_INPUTS = 1000;
const FAILURES_MAX = 20;

/** Time to make a failing input small. */
const SHRINK_MS_MAX = 20_000;

/** What one input may take; absent, nothing is measured. */
export interface CostLimits {
  readonly msMax: number;
  /** Growth of the process for one input, heap aside: a base, and so much for each byte of the input. */
  readonly growthBytesMax: number;
  readonly growthPerByteMax: number;
}

export const COST_LIMITS: CostLimits = { msMax: 5000, growthBytesMax: 64 * 2 ** 20, growthPerByteMax: 100 };

export interface Failure {
  readonly target: string;
  /** `--only TARGET --inputs N --seed S` gives it again. */
  readonly seed: number;
  readonly inputs: number;
  readonly says: string;
  /** The smallest input found that fails. */
  readonly input: string;
}

export interface TargetReport {
  readonly target: string;
  readonly inputs: number;
  readonly seconds: number;
  /** Rows (files, requests) taken, and refused by reason. */
  readonly verdicts: Record<string, number>;
  readonly failures: Failure[];
}

export interface RunOptions {
  readonly inputs: number;
  readonly seed: number;
  readonly limits: CostLimits | null;
  /** Told before each input. */
  readonly onInput?: () => void;
  /** Told after each chunk. */
  readonly onChunk?: (report: TargetReport) => void;
}

export async function fuzz(target: Target, options: RunOptions): Promise<TargetReport> {
  const started = performance.now();
  const opened = await target.open();
  const verdicts: Record<string, number> = {};
  const failures: Failure[] = [];
  let done = 0;
  const report = (): TargetReport => {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { target: target.name, inputs: done, seconds, verdicts, failures };
  };
  try {
    for (let seed = options.seed; done < options.inputs && failures.length < FAILURES_MAX; seed++) {
      const inputs = Math.min(CHUNK_INPUTS, options.inputs - done);
      const failure = await runChunk(opened, { ...options, seed, inputs }, verdicts);
      if (failure !== null) failures.push({ target: target.name, seed, inputs, ...failure });
      done += inputs;
      options.onChunk?.(report());
    }
  } finally {
    await opened.close();
  }
  return report();
}

async function runChunk(
  opened: OpenTarget<unknown>,
  { inputs, seed, limits, onInput }: RunOptions,
  verdicts: Record<string, number>,
): Promise<Pick<Failure, "says" | "input"> | null> {
  let failedMs = 0;
  const judge = async (input: unknown) => {
    try {
      return limits === null ? await opened.judge(input) : await costed(opened, input, limits);
    } catch (error) {
      if (failedMs === 0) failedMs = Date.now();
      throw error;
    }
  };
  const property = fc.asyncProperty(opened.inputs, async (input) => {
    onInput?.();
    if (failedMs !== 0 && Date.now() - failedMs > SHRINK_MS_MAX) return;
    const verdict = await judge(input);
    for (const [name, count] of Object.entries(verdict)) verdicts[name] = (verdicts[name] ?? 0) + count;
  });
  const result = await fc.check(property, { seed, numRuns: inputs });
  if (!result.failed) return null;
  const error = result.errorInstance;
  const says = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { says, input: opened.show(result.counterexample?.[0]) };
}

/** The verdict on an input, which fails when it costs more than it may. */
async function costed(opened: OpenTarget<unknown>, input: unknown, limits: CostLimits) {
  const before = heldBytes();
  const startedMs = performance.now();
  const verdict = await opened.judge(input);
  const ms = performance.now() - startedMs;
  const grown = heldBytes() - before;
  if (ms > limits.msMax) throw new Error(`it took ${Math.round(ms)} ms`);
  const growthMax = opened.growthBytesMax ?? limits.growthBytesMax;
  if (grown > growthMax + limits.growthPerByteMax * opened.bytes(input))
    throw new Error(`the process grew by ${Math.round(grown / 2 ** 20)} MB`);
  return verdict;
}

function heldBytes(): number {
  const { rss, arrayBuffers } = process.memoryUsage();
  return rss + arrayBuffers;
}
