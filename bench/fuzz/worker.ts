/** One target in a thread of its own: what hangs, or takes all memory, is seen from outside and ended. */
import { parentPort, workerData } from "node:worker_threads";
import { COST_LIMITS, fuzz } from "./run.js";
import { TARGETS } from "./targets.js";

/** What the thread is given. */
export interface WorkerTask {
  readonly target: string;
  readonly inputs: number;
  readonly seed: number;
  /** Inputs begun so far, shared with who watches. */
  readonly begun: SharedArrayBuffer;
}

const { target: name, inputs, seed, begun } = workerData as WorkerTask;
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new Error(`there is no target ${name}`);
const counter = new Int32Array(begun);
const onInput = () => void Atomics.add(counter, 0, 1);
await fuzz(target, {
  inputs,
  seed,
  limits: COST_LIMITS,
  onInput,
  onChunk: (report) => parentPort?.postMessage(report),
});
