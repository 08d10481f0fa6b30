import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHeart } from "../../src/cluster/heart.js";
import { type NatsLedger, openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { type RunningNatsServer, startNatsServer } from "../../src/source/nats/server.js";
import { build, folder, until } from "../smoke/lifecircle.js";

const EVERY_MS = 100;
const SILENT_MS_MAX = 3000;
const BUSY_MS = 1500;

const place = folder();
const undo: (() => Promise<unknown>)[] = [];
let server: RunningNatsServer;
let ledger: NatsLedger;
beforeAll(async () => {
  build();
  server = await startNatsServer({ dataDir: place.path, port: 0 });
  const connection = await connectNats({ url: server.url }, { name: "test", retryMsMax: 5000 });
  ledger = await openNatsLedger(connection, 1);
  undo.push(
    () => connection.close(),
    () => server.close(),
  );
});
afterAll(async () => {
  for (const step of undo) await step();
  place.remove();
});

const newHeart = (everyMs = EVERY_MS, silentMsMax = SILENT_MS_MAX) => {
  const data = { connection: { url: server.url }, replicas: 1, everyMs, silentMsMax };
  const heart = startHeart(data, () => undefined);
  undo.unshift(() => heart.close());
  return heart;
};
const revisionOf = async (key: string) => (await ledger.get(key))?.revision ?? 0;

/** A close of a day: the thread does nothing else, the other test included. */
function busy(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test.concurrent("an engine that is busy goes on living, one that is busy for too long does not", async () => {
  const key = "engine.busy";
  await ledger.update(key, "0", 0);
  const heart = newHeart();
  const agos: number[] = [];
  heart.beat(key, (agoMs) => agos.push(agoMs));
  await until(async () => agos.length > 3, "beats");
  const before = await revisionOf(key);
  agos.length = 0;
  busy(BUSY_MS);
  expect(await revisionOf(key)).toBeGreaterThanOrEqual(before + BUSY_MS / EVERY_MS / 3);
  // What was renewed long ago counts from then.
  await until(async () => agos.some((agoMs) => agoMs < BUSY_MS / 2), "a beat of now");
  expect(Math.max(...agos)).toBeGreaterThan(BUSY_MS / 2);

  heart.alive();
  await sleep(SILENT_MS_MAX + 500);
  const after = await revisionOf(key);
  await sleep(5 * EVERY_MS);
  expect(await revisionOf(key)).toBe(after);
  heart.alive();
  await until(async () => (await revisionOf(key)) > after, "beats again");
});

test.concurrent("an entry that another engine removed is not made again, and a heart that rests writes nothing", async () => {
  const key = "engine.gone";
  await ledger.update(key, "0", 0);
  // Slow enough that a removal comes between two of them.
  const heart = newHeart(5 * EVERY_MS, 60_000);
  let beats = 0;
  heart.beat(key, () => beats++);
  await until(async () => beats > 2, "beats");
  while (!(await ledger.remove(key, await revisionOf(key))));
  await sleep(15 * EVERY_MS);
  expect(await ledger.get(key)).toBeNull();

  await ledger.update("engine.next", "0", 0);
  heart.beat("engine.next", () => beats++);
  const before = beats;
  await until(async () => beats > before + 2, "beats");
  await heart.rest();
  const rested = await revisionOf("engine.next");
  await sleep(15 * EVERY_MS);
  expect(await revisionOf("engine.next")).toBe(rested);
});
