/**
 * Does any input crash the product, hang it, blow up its memory, or get lost? Mutated good inputs for every format and for the HTTP API.
 * `npm run fuzz -- [--inputs N] [--seed S] [--only TARGET] [--json]`; a failing input is printed minimal, with the command that gives
 * it again. Exit code 1 when one fails. The test of the same name runs it tiny.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { CHUNK_INPUTS, type TargetReport } from "./fuzz/run.js";
import type { Target } from "./fuzz/target.js";
import { TARGETS } from "./fuzz/targets.js";
import type { WorkerTask } from "./fuzz/worker.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";

const INPUTS = 20_000;
const MILLION = 1_000_000;
/** An input that takes longer hangs. */
const HANG_MS = 30_000;
const LOOK_MS = 1000;
const STACK_LINES = 5;
const HEAP_MB_MAX = 1500;

interface Task {
  readonly target: Target;
  readonly inputs: number;
  readonly seed: number;
}

/** Runs a target in a thread until it ends, hangs or dies. */
async function watched({ target, inputs, seed }: Task): Promise<TargetReport> {
  const begun = new SharedArrayBuffer(4);
  const counter = new Int32Array(begun);
  const workerData: WorkerTask = { target: target.name, inputs, seed, begun };
  const worker = new Worker(new URL("./fuzz/worker.js", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  let report: TargetReport = { target: target.name, inputs: 0, seconds: 0, verdicts: {}, failures: [] };
  worker.on("message", (message: TargetReport) => {
    report = message;
  });
  const died = (says: string): TargetReport => {
    const at = { target: target.name, seed: seed + Math.floor(report.inputs / CHUNK_INPUTS), inputs: CHUNK_INPUTS };
    const input = `input ${Atomics.load(counter, 0) - report.inputs} of the chunk`;
    return { ...report, failures: [...report.failures, { ...at, says, input }] };
  };
  return new Promise((resolve) => {
    let last = -1;
    let lastMs = Date.now();
    const look = setInterval(() => {
      const now = Atomics.load(counter, 0);
      if (now !== last) [last, lastMs] = [now, Date.now()];
      if (Date.now() - lastMs < HANG_MS) return;
      clearInterval(look);
      resolve(died(`it hangs: no end after ${HANG_MS / 1000} s`));
      void worker.terminate();
    }, LOOK_MS);
    worker.once("error", (error) => {
      clearInterval(look);
      resolve(died(`the thread died: ${error.stack ?? error.message}`));
    });
    worker.once("exit", () => {
      clearInterval(look);
      resolve(report);
    });
  });
}

/** Every target with its share of the inputs, at least one. */
function tasksOf(inputs: number, seed: number, only: string | undefined): Task[] {
  if (only !== undefined) {
    const target = TARGETS.find(({ name }) => name === only);
    if (target === undefined) throw new Error(`--only takes one of ${TARGETS.map(({ name }) => name).join(", ")}`);
    return [{ target, inputs, seed }];
  }
  return TARGETS.map((target) => ({
    target,
    inputs: Math.max(1, Math.round((inputs * target.perMillion) / MILLION)),
    seed,
  }));
}

function print(report: TargetReport): void {
  const refused = Object.entries(report.verdicts).filter(([name]) => name !== "taken");
  const told = refused.map(([name, count]) => `${name} ${count}`).join(", ");
  const head = `${report.target}: ${report.inputs} inputs in ${report.seconds} s, ${report.failures.length} failed`;
  console.log(`${head}; taken ${report.verdicts.taken ?? 0}${told === "" ? "" : `, ${told}`}`);
  for (const { target, seed, inputs, says, input } of report.failures) {
    console.log(`  ${says.split("\n", STACK_LINES).join("\n    ")}\n  input: ${input}`);
    console.log(`  again: npm run fuzz -- --only ${JSON.stringify(target)} --inputs ${inputs} --seed ${seed}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: String(INPUTS) },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      only: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  const reports: TargetReport[] = [];
  for (const task of tasksOf(inputs, seed, values.only)) {
    const report = await watched(task);
    reports.push(report);
    if (!values.json) print(report);
  }
  const total = reports.reduce((sum, report) => sum + report.inputs, 0);
  const failed = reports.reduce((sum, report) => sum + report.failures.length, 0);
  if (values.json) console.log(JSON.stringify({ machine: machine(), seed, inputs: total, failed, targets: reports }));
  else console.log(`${total} inputs with seed ${seed}, ${failed} failed (${machine()})`);
  process.exitCode = failed > 0 ? 1 : 0;
}

if (isMain(import.meta.url)) await main();
