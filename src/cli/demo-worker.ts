/**
 * The demo city in a thread of its own: living a day takes seconds, for which the engine would stand still. Each message asks for the
 * next day; the answer is a `DemoDay`.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { csvLine, SIGNALLING_HEADER } from "../simulate/rows.js";
import { type SimulatedDay, Simulation } from "../simulate/simulation.js";

export interface DemoWorkerData {
  readonly folder: string;
  readonly subscribers: number;
  readonly seed: number;
  /** Days that need not be written again; they are lived all the same, since later days follow from them. */
  readonly done: number;
}

export interface DemoDay {
  /** 1 is the first day. */
  readonly number: number;
  /** Local date, YYYY-MM-DD. */
  readonly date: string;
  readonly rows: number;
  /** Its signalling as CSV. */
  readonly file: string;
}

const { folder, subscribers, seed, done } = workerData as DemoWorkerData;
const days = new Simulation({ subscribers, seed, days: Number.POSITIVE_INFINITY }).days();
let number = 0;

parentPort?.on("message", () => {
  let day = nextDay();
  while (number <= done) day = nextDay();
  const file = join(folder, `${day.date}.csv`);
  write(file, day);
  parentPort?.postMessage({ number, date: day.date, rows: day.rows, file } satisfies DemoDay);
});

function nextDay(): SimulatedDay {
  const next = days.next();
  if (next.done === true) throw new Error("the demo city ran out of days");
  number++;
  return next.value;
}

function write(path: string, day: SimulatedDay): void {
  const file = openSync(path, "w");
  try {
    writeSync(file, SIGNALLING_HEADER);
    for (const rows of day.batches()) writeSync(file, rows.map(csvLine).join(""));
  } finally {
    closeSync(file);
  }
}
