import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { leaseKey, readLease } from "../../src/cluster/lease.js";
import { Member } from "../../src/cluster/member.js";
import { openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { SYSTEM_CLOCK } from "../../src/engine.js";
import { client, later, startServer } from "../source/nats/harness.js";

test("an engine that fails with a partition hands over that and all others, whose work ends in order, before it ends", async () => {
  const { url } = await startServer();
  const ledger = await openNatsLedger(await client(url), 1);
  later(() => ledger.close());
  const told: string[] = [];
  let othersAreHere: () => void = () => undefined;
  const others = new Promise<void>((resolve) => {
    othersAreHere = resolve;
  });
  const member = new Member({
    ledger,
    partitions: 2,
    clock: SYSTEM_CLOCK,
    leaseMs: 1200,
    newName: () => "one",
    work: async ({ partition, handOver }) => {
      if (partition === 0) {
        await others;
        throw new Error("cannot be worked on");
      }
      othersAreHere();
      await new Promise((ended) => handOver.addEventListener("abort", ended));
      await sleep(300);
      told.push("saved 1");
    },
    onHandOver: (partition, how) => told.push(`${how} ${partition}`),
    warn: () => undefined,
  });
  await expect(member.run(new AbortController().signal)).rejects.toThrow("cannot be worked on");
  expect(told).toEqual(["taken 0", "taken 1", "released 0", "saved 1", "released 1"]);
  for (const partition of [0, 1]) {
    const entry = await ledger.get(leaseKey(partition));
    expect(entry === null ? null : readLease(entry)).toMatchObject({ owner: null, term: 1 });
  }
  expect([...ledger.entries().keys()].filter((key) => key.startsWith("engine."))).toEqual([]);
});
