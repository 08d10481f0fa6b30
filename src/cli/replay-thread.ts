/** A thread of `ReplayThreads`: an engine over the deliveries that it is sent, with its own way to the store. */
import { on } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Counts } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import { tellError } from "../source/hand-over.js";
import type { Delivery, Source } from "../source/source.js";
import type { Store } from "../store/client.js";
import { StoreError } from "../store/store-error.js";
import { openCity } from "./city.js";
import { loadOptOut } from "./privacy.js";
import { pseudonymKey } from "./pseudonym.js";
import { runReplayEngine } from "./replay-engine.js";
import type { ReplayThreadData, ReplayThreadMessage, ReplayThreadOrder } from "./replay-threads.js";
import { attachConfiguredStore, storeFailed } from "./store.js";

/** Deliveries of which one message tells that they were taken: each waking of the other thread costs. */
const TAKEN_AT_ONCE = 8;

const { config, warns } = workerData as ReplayThreadData;

function say(message: ReplayThreadMessage): void {
  parentPort?.postMessage(message);
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`);
}

type Orders = AsyncIterableIterator<ReplayThreadOrder>;

async function* ordersTo(port: MessagePort): Orders {
  for await (const [order] of on(port, "message")) yield order as ReplayThreadOrder;
}

/** The store to write into, once it is there. */
async function storeOf(orders: Orders): Promise<Store> {
  const { value: order } = await orders.next();
  if (order?.kind !== "begin") throw new Error(`got ${order?.kind}, expected to be told of the store first`);
  return attachConfiguredStore(config, order.store, (fault) =>
    warn(`the store fails (${fault.message}); trying again`),
  );
}

/** The deliveries sent here; the next one is asked for when the last is dealt with. */
async function* deliveriesOf(orders: Orders): AsyncGenerator<Delivery> {
  let taken = 0;
  for await (const order of orders) {
    if (order.kind !== "delivery") return;
    yield order.delivery;
    if (++taken < TAKEN_AT_ONCE) continue;
    say({ kind: "taken", deliveries: taken });
    taken = 0;
  }
}

async function derive(port: MessagePort): Promise<void> {
  const orders = ordersTo(port);
  const city = await openCity(config.geo.dir, warns ? warn : () => undefined);
  const optedOut = loadOptOut(config, await pseudonymKey(config, true));
  say({ kind: "ready" });
  const store = await storeOf(orders);
  const source: Source = {
    deliveries: () => deliveriesOf(orders),
    acknowledge: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const onEpoch = (totals: Counts) => say({ kind: "counted", totals });
  const totals = await runReplayEngine({ config, city, store, source, optedOut, warn, onEpoch });
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
