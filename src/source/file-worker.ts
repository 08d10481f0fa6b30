/** The thread of `fileThread`: reads files into deliveries, and hands over the memory of their columns. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../signal/user-error.js";
import { fileSource } from "./file.js";
import {
  DELIVERIES_AHEAD_MAX,
  DELIVERIES_AHEAD_MIN,
  type FileThreadData,
  type FileThreadMessage,
} from "./file-thread.js";
import { buffersOf, tellError } from "./hand-over.js";
import { Pseudonymiser } from "./pseudonym.js";

const { options, after, underWay } = workerData as FileThreadData;

function say(message: FileThreadMessage, buffers: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, buffers);
}

/** The thread has nothing else to do, so it may stand still. */
function waitUntilTaken(): void {
  let left = Atomics.load(underWay, 0);
  while (left > DELIVERIES_AHEAD_MIN) {
    Atomics.wait(underWay, 0, left);
    left = Atomics.load(underWay, 0);
  }
}

async function read(): Promise<void> {
  const { pseudonymKey, ...rest } = options;
  const source = fileSource({ ...rest, pseudonymiser: new Pseudonymiser(pseudonymKey), clock: Date.now });
  for await (const delivery of source.deliveries(after)) {
    const before = Atomics.add(underWay, 0, 1);
    say({ kind: "delivery", delivery }, buffersOf(delivery));
    if (before + 1 === DELIVERIES_AHEAD_MAX) waitUntilTaken();
  }
  say({ kind: "ended" });
}

try {
  await read();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say({ kind: "failed", error: tellError(error) });
}
