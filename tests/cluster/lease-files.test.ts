import { expect, test } from "vitest";
import { Lease, leaseKey, NO_LEASE, readLease } from "../../src/cluster/lease.js";
import { openLeaseFiles } from "../../src/cluster/lease-files.js";
import { LeaseLost } from "../../src/cluster/ledger.js";
import { openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { type Objects, openNatsObjects } from "../../src/cluster/objects.js";
import { client, later, startServer } from "../source/nats/harness.js";

async function opened() {
  const { url } = await startServer();
  const connection = await client(url);
  const ledger = await openNatsLedger(connection, 1);
  later(() => ledger.close());
  const objects = await openNatsObjects(connection, 1);
  /** The lease of partition 3 as an engine has it that takes it now. */
  const taken = async (engine: string) => {
    const before = await ledger.get(leaseKey(3));
    const lease = before === null ? NO_LEASE : readLease(before);
    const value = JSON.stringify({ ...lease, owner: engine, term: lease.term + 1 });
    const revision = (await ledger.update(leaseKey(3), value, before?.revision ?? 0)) ?? 0;
    return new Lease(3, { value, revision }, ledger, { engine, confirmed: () => Promise.resolve() });
  };
  return { ledger, objects, taken };
}

test("another engine finds the files of the one before it, and what that one was writing when it ended is removed", async () => {
  const { objects, taken } = await opened();
  const files = await openLeaseFiles(await taken("first"), objects);
  await files.write("one", [Buffer.from("1")]);
  await files.write("two", [Buffer.from("2")]);
  await files.remove("one");
  await objects.put("3.1.99", Buffer.from("half"));
  const next = await openLeaseFiles(await taken("second"), objects);
  expect(await next.names()).toEqual(["two"]);
  expect((await next.read("two")).toString()).toBe("2");
  expect(await objects.names("3.")).toEqual(["3.1.1"]);
});

test("an engine whose partition is another's adds no file and removes none, and leaves nothing behind", async () => {
  const { objects, taken } = await opened();
  const zombie = await taken("zombie");
  const files = await openLeaseFiles(zombie, objects);
  await files.write("one", [Buffer.from("1")]);
  const next = await openLeaseFiles(await taken("next"), objects);
  await expect(files.write("two", [Buffer.from("2")])).rejects.toThrow(LeaseLost);
  expect(zombie.lost.aborted).toBe(true);
  await expect(files.remove("one")).rejects.toThrow(LeaseLost);
  await expect(zombie.release()).rejects.toThrow(LeaseLost);
  expect(await next.names()).toEqual(["one"]);
  expect((await next.read("one")).toString()).toBe("1");
  expect(await objects.names("3.")).toEqual(["3.1.0"]);
});

test("what an object store did without saying so is looked after with the next write", async () => {
  const { objects, taken } = await opened();
  let loses = "";
  const lossy: Objects = {
    ...objects,
    async put(name, bytes) {
      await objects.put(name, bytes);
      if (loses === "put") throw new Error("timeout");
    },
    async remove(name) {
      if (loses === "remove") throw new Error("timeout");
      await objects.remove(name);
    },
  };
  const files = await openLeaseFiles(await taken("engine"), lossy);
  await files.write("one", [Buffer.from("1")]);
  loses = "put";
  await expect(files.write("two", [Buffer.from("2")])).rejects.toThrow("timeout");
  loses = "remove";
  await expect(files.remove("one")).rejects.toThrow("timeout");
  expect(await objects.names("3.")).toHaveLength(2);
  loses = "";
  await files.write("two", [Buffer.from("2")]);
  expect(await files.names()).toEqual(["two"]);
  expect(await objects.names("3.")).toEqual(["3.1.2"]);
});

test("a write whose answer was lost does not cost the lease", async () => {
  const { ledger, objects, taken } = await opened();
  const lease = await taken("engine");
  const files = await openLeaseFiles(lease, objects);
  const entry = await ledger.get(leaseKey(3));
  await ledger.update(leaseKey(3), entry?.value ?? "", entry?.revision ?? 0);
  await files.write("one", [Buffer.from("1")]);
  expect(lease.lost.aborted).toBe(false);
  expect(await files.names()).toEqual(["one"]);
});

test("an engine that opens its files when the partition is another's already removes none that the other has written", async () => {
  const { objects, taken } = await opened();
  const late = await taken("late");
  const files = await openLeaseFiles(await taken("next"), objects);
  await files.write("one", [Buffer.from("1")]);
  await openLeaseFiles(late, objects);
  expect((await files.read("one")).toString()).toBe("1");
});
