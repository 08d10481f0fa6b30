import { setTimeout as pause } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
import { expect, test } from "vitest";
import { SnapshotFault } from "../../src/checkpoint/snapshot-fault.js";
import { openNatsObjects } from "../../src/cluster/objects.js";
import { client, startServer } from "../source/nats/harness.js";

const STREAM = "OBJ_lifecircle_checkpoints";

test("an object is read as it was written, by its prefix it is found, and nothing of a removed one stays", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const manager = await jetstreamManager(connection);
  const objects = await openNatsObjects(connection, 1);
  const bytes = Buffer.alloc(500_000, "checkpoint ");
  await objects.put("3.1.0", bytes);
  await objects.put("31.1.0", Buffer.from("x"));
  expect((await objects.get("3.1.0")).equals(bytes)).toBe(true);
  expect(await objects.names("3.")).toEqual(["3.1.0"]);
  await objects.remove("3.1.0");
  await objects.remove("31.1.0");
  expect((await manager.streams.info(STREAM)).state.messages).toBe(0);
  await expect(objects.get("3.1.0")).rejects.toThrow(SnapshotFault);
});

test("what is written is an object for the client's own reading, too", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const objects = await openNatsObjects(connection, 1);
  for (const [name, length] of [
    ["0.1.0", 3_000_000],
    ["0.1.1", 0],
    ["0.1.2", 131_072],
  ] as const) {
    const bytes = Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31) >>> 7));
    await objects.put(name, bytes);
    const store = await new Objm(connection).open("lifecircle_checkpoints");
    expect(Buffer.from((await store.getBlob(name)) ?? "nothing").equals(bytes)).toBe(true);
    expect((await objects.get(name)).equals(bytes)).toBe(true);
  }
});

test("an object of which a piece is gone is told as torn", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const manager = await jetstreamManager(connection);
  const objects = await openNatsObjects(connection, 1);
  await objects.put("0.1.0", Buffer.alloc(500_000, "checkpoint "));
  const { first_seq } = (await manager.streams.info(STREAM)).state;
  await manager.streams.deleteMessage(STREAM, first_seq);
  await expect(objects.get("0.1.0")).rejects.toThrow(/torn: 0\.1\.0/);
});

test("an object that is removed while it is read is told as gone, and nobody waits for it", async () => {
  const { url } = await startServer();
  const objects = await openNatsObjects(await client(url), 1);
  const others = await openNatsObjects(await client(url), 1);
  const bytes = Buffer.alloc(2_000_000, "checkpoint ");
  for (let round = 0; round < 12; round++) {
    const name = `0.1.${round}`;
    await objects.put(name, bytes);
    const reading = objects.get(name).then(
      (read) => read.equals(bytes),
      (error: unknown) => error,
    );
    await pause(round * 3);
    await others.remove(name);
    const outcome = await reading;
    if (outcome !== true) expect(outcome).toBeInstanceOf(SnapshotFault);
  }
});
