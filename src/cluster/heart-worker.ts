/** The thread of heart.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { connectNats } from "../source/nats/connect.js";
import type { HeartData, HeartOrder, HeartSign } from "./heart.js";
import type { Ledger } from "./ledger.js";
import { openNatsLedger } from "./nats-ledger.js";

const { connection, replicas, everyMs, silentMsMax } = workerData as HeartData;

let key: string | null = null;
let revision = 0;
let aliveMs = performance.now();
/** The renewal under way. */
let renewing: Promise<void> = Promise.resolve();

const say = (sign: HeartSign) => parentPort?.postMessage(sign);

/** Renews once. An entry that is gone was removed by somebody who took the engine for dead, and is not made again. */
async function renew(ledger: Ledger): Promise<void> {
  const mine = key;
  if (mine === null || performance.now() - aliveMs > silentMsMax) return;
  if (revision === 0) return follow(ledger, mine);
  const sentNs = process.hrtime.bigint();
  const written = await ledger.update(mine, String(sentNs), revision);
  if (written !== null) {
    revision = written;
    say({ kind: "renewed", sentNs });
    return;
  }
  await follow(ledger, mine);
}

/** The engine's own round was first, or the entry is new here; the next beat is ours. */
async function follow(ledger: Ledger, mine: string): Promise<void> {
  const entry = await ledger.get(mine);
  if (entry !== null) revision = entry.revision;
  else if (key === mine) key = null;
}

async function obey(order: HeartOrder): Promise<void> {
  aliveMs = performance.now();
  if (order.kind === "beat") {
    key = order.key;
    revision = 0;
  } else if (order.kind === "rest") {
    key = null;
    await renewing;
    say({ kind: "resting" });
  }
}

parentPort?.on("message", (order: HeartOrder) => void obey(order));
const client = await connectNats(connection, { name: "lifecircle heart", retryMsMax: Number.POSITIVE_INFINITY });
const ledger = await openNatsLedger(client, replicas);
let isRenewing = false;
setInterval(() => {
  if (isRenewing) return;
  isRenewing = true;
  // A server that does not answer is asked again with the next beat.
  renewing = renew(ledger)
    .catch(() => undefined)
    .finally(() => {
      isRenewing = false;
    });
}, everyMs);
