/** The thread of `fileThread`: reads files into deliveries, and hands over the memory of their columns. */
import { parentPort, workerData } from "node:worker_threads";
import type { EventBatch } from "../signal/batch.js";
import { UserError } from "../signal/user-error.js";
import { fileSource } from "./file.js";
import { DELIVERIES_AHEAD_MAX, type FileThreadData, type FileThreadMessage } from "./file-thread.js";
import { Pseudonymiser } from "./pseudonym.js";

const { options, after } = workerData as FileThreadData;
let underWay = 0;
let onTaken: (() => void) | null = null;

parentPort?.on("message", () => {
  underWay--;
  onTaken?.();
});

function say(message: FileThreadMessage, buffers: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, buffers);
}

/** The memory of a batch: each of its columns is a copy of its own (signal/batch-builder.ts). */
function buffersOf(batch: EventBatch | null): ArrayBuffer[] {
  return batch === null
    ? []
    : Object.values(batch).flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []));
}

async function read(): Promise<void> {
  const { pseudonymKey, ...rest } = options;
  const source = fileSource({ ...rest, pseudonymiser: new Pseudonymiser(pseudonymKey), clock: Date.now });
  for await (const delivery of source.deliveries(after)) {
    underWay++;
    say({ kind: "delivery", delivery }, buffersOf(delivery.batch));
    while (underWay >= DELIVERIES_AHEAD_MAX) {
      await new Promise<void>((taken) => {
        onTaken = taken;
      });
    }
  }
  say({ kind: "ended" });
}

read().then(
  () => parentPort?.close(),
  (error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const { message, mend } = error;
    say({
      kind: "failed",
      message: mend === null ? message : message.slice(0, message.lastIndexOf("\n  mend: ")),
      mend,
    });
    parentPort?.close();
  },
);
