/** A thread of `replayInThreads`: an engine over the deliveries that it is sent, with its own way to the store. */
import { on } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import type { Counts } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import { tellError } from "../source/hand-over.js";
import type { Delivery, Source } from "../source/source.js";
import { StoreError } from "../store/store-error.js";
import { openCity } from "./city.js";
import { loadOptOut } from "./privacy.js";
import { pseudonymKey } from "./pseudonym.js";
import { replayEngine } from "./replay-engine.js";
import type { ReplayThreadData, ReplayThreadMessage, ReplayThreadOrder } from "./replay-threads.js";
import { attachConfiguredStore, storeFailed } from "./store.js";

/** Deliveries of which one message tells that they were taken: each waking of the other thread costs. */
const TAKEN_AT_ONCE = 8;

const { config, store: running } = workerData as ReplayThreadData;

function say(message: ReplayThreadMessage): void {
  parentPort?.postMessage(message);
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** The deliveries sent here; the next one is asked for when the last is dealt with. */
async function* deliveriesSent(orders: AsyncIterable<unknown[]>): AsyncGenerator<Delivery> {
  let taken = 0;
  for await (const [sent] of orders) {
    const order = sent as ReplayThreadOrder;
    if (order.kind === "end") return;
    yield order.delivery;
    if (++taken < TAKEN_AT_ONCE) continue;
    say({ kind: "taken", deliveries: taken });
    taken = 0;
  }
}

async function derive(port: NonNullable<typeof parentPort>): Promise<void> {
  const orders = on(port, "message");
  const source: Source = {
    deliveries: () => deliveriesSent(orders),
    acknowledge: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  // The thread that started this one has told what is doubtful about the city.
  const city = await openCity(config.geo.dir, () => undefined);
  const optedOut = loadOptOut(config, await pseudonymKey(config, true));
  const store = attachConfiguredStore(config, running, (fault) =>
    warn(`the store fails (${fault.message}); trying again`),
  );
  const onEpoch = (totals: Counts) => say({ kind: "counted", totals });
  const engine = replayEngine({ config, city, store, source, optedOut, warn, onEpoch });
  const totals = await engine.run();
  await store.close();
  say({ kind: "ended", totals });
}

if (parentPort === null) throw new Error("replay-thread.js is for a thread of lifecircle replay");
try {
  await derive(parentPort);
} catch (error) {
  if (error instanceof UserError) say({ kind: "failed", error: tellError(error) });
  else if (error instanceof StoreError) say({ kind: "failed", error: tellError(storeFailed(error)) });
  else throw error;
}
