import { expect, test } from "vitest";
import { leaseKey, readLease } from "../../src/cluster/lease.js";
import { Member } from "../../src/cluster/member.js";
import { openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { SYSTEM_CLOCK } from "../../src/engine.js";
import { client, later, startServer } from "../source/nats/harness.js";

test("an engine that fails with a partition lets it go and takes no other", async () => {
  const { url } = await startServer();
  const ledger = await openNatsLedger(await client(url), 1);
  later(() => ledger.close());
  const taken: number[] = [];
  const member = new Member({
    ledger,
    partitions: 2,
    clock: SYSTEM_CLOCK,
    leaseMs: 1200,
    newName: () => "one",
    work: async ({ partition, lost, handOver }) => {
      if (partition === 0) throw new Error("cannot be worked on");
      await new Promise((ended) => {
        for (const signal of [lost, handOver]) signal.addEventListener("abort", ended);
      });
    },
    onHandOver(partition, how) {
      if (how === "taken") taken.push(partition);
    },
    warn: () => undefined,
  });
  await expect(member.run(new AbortController().signal)).rejects.toThrow("cannot be worked on");
  expect(taken).toEqual([0, 1]);
  const entry = await ledger.get(leaseKey(0));
  expect(entry === null ? null : readLease(entry)).toMatchObject({ owner: null, term: 1 });
});
