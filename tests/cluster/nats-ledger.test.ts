import { expect, test } from "vitest";
import { type NatsLedger, openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { until } from "../smoke/lifecircle.js";
import { client, later, startServer, tempDir } from "../source/nats/harness.js";

async function opened(url: string): Promise<NatsLedger> {
  const ledger = await openNatsLedger(await client(url), 1);
  later(() => ledger.close());
  return ledger;
}

const shows = (ledger: NatsLedger, key: string, value: string | undefined) =>
  until(() => ledger.entries().get(key)?.value === value, `${key} as ${value}`);

test("an entry is written only by whom has seen its last writing, and others see it", async () => {
  const { url } = await startServer();
  const [one, two] = [await opened(url), await opened(url)];
  const first = await one.update("partition.1", "a", 0);
  expect(first).toBeGreaterThan(0);
  expect(await two.update("partition.1", "b", 0)).toBeNull();
  expect(await two.get("partition.1")).toEqual({ value: "a", revision: first });
  const second = await two.update("partition.1", "b", first ?? 0);
  expect(await one.update("partition.1", "c", first ?? 0)).toBeNull();
  await shows(one, "partition.1", "b");
  expect(await one.remove("partition.1", first ?? 0)).toBe(false);
  expect(await one.remove("partition.1", second ?? 0)).toBe(true);
  expect(await two.get("partition.1")).toBeNull();
  await shows(two, "partition.1", undefined);
  // A removed entry keeps its revision: a late write does not bring it back.
  expect(await two.update("partition.1", "late", second ?? 0)).toBeNull();
});

test("one that opens later knows all entries at once, and goes on seeing them when the server was away", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const port = Number(new URL(server.url).port);
  const one = await opened(server.url);
  for (const key of ["a", "b", "c"]) await one.update(key, key, 0);
  const late = await opened(server.url);
  expect([...late.entries().keys()].sort()).toEqual(["a", "b", "c"]);
  await server.close();
  await expect(one.update("a", "x", late.entries().get("a")?.revision ?? 0)).rejects.toThrow();
  await startServer(dataDir, port);
  await until(async () => (await one.update("d", "d", 0).catch(() => null)) !== null, "a write");
  await shows(late, "d", "d");
});

test("a ledger opens at once while others write without a pause", async () => {
  const { url } = await startServer();
  const ledger = await openNatsLedger(await client(url), 1);
  let isOver = false;
  const busy = ["engine.a", "engine.b", "partition.0", "partition.1"].map(async (key) => {
    for (let revision = 0; !isOver; ) revision = (await ledger.update(key, "x", revision)) ?? 0;
  });
  for (let i = 0; i < 20; i++)
    expect((await openNatsLedger(await client(url), 1)).entries().size).toBeLessThanOrEqual(4);
  isOver = true;
  await Promise.all(busy);
});
