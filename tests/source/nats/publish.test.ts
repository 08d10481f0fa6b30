import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { beforeEach, expect, test, vi } from "vitest";
import { type PublishReport, runPublish } from "../../../src/cli/publish.js";
import { loadConfig } from "../../../src/config/load.js";
import type { Config } from "../../../src/config/schema.js";
import type { EventBatch } from "../../../src/signal/batch.js";
import { fileSource } from "../../../src/source/file.js";
import { DEAD_STREAM, SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import { Pseudonymiser } from "../../../src/source/pseudonym.js";
import type { Delivery } from "../../../src/source/source.js";
import { BASE_MS, client, dump, later, PARTITIONS, sourceOf, startServer, take, tempDir } from "./harness.js";

const KEY = "a key for tests";
const ROWS = 500;

beforeEach(() => {
  const silent = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  later(() => silent.mockRestore());
});

interface Place {
  readonly config: Config;
  readonly geoDir: string;
  readonly file: string;
}

function place(url: string): Place {
  const dir = tempDir();
  const geoDir = join(dir, "geo");
  mkdirSync(geoDir);
  writeFileSync(
    join(geoDir, "city.yaml"),
    "name: Test\ntime_zone: Asia/Shanghai\nhome_plmns: [460-00]\nbounds: { west: 120, south: 30, east: 121, north: 31 }\n",
  );
  writeFileSync(join(geoDir, "cells.csv"), "cell,lon,lat\necgi:460-00-1,120.1,30.2\necgi:460-00-2,120.2,30.3\n");
  const file = join(dir, "signalling.csv");
  const rows = Array.from({ length: ROWS }, (_, row) =>
    row === 77
      ? "yesterday,460001234567890,ecgi:460-00-1,tau"
      : `${BASE_MS + row},46000${row % 50},ecgi:460-00-${(row % 3) + 1},data`,
  );
  writeFileSync(file, `time,subscriber,cell,kind\n${rows.join("\n")}\n`);
  const config = loadConfig({
    env: {},
    flags: {
      "data.dir": join(dir, "data"),
      "geo.dir": geoDir,
      "pseudonym.key": KEY,
      "stream.url": url,
      "stream.partitions": PARTITIONS,
      "stream.batchRows": 20,
      "stream.maxBytesGb": 0.05,
    },
  });
  return { config, geoDir, file };
}

function publish(at: Place, more: { close?: boolean; files?: string[] } = {}): Promise<PublishReport> {
  return runPublish({
    config: at.config,
    files: more.files ?? [at.file],
    geoDir: at.geoDir,
    close: more.close ?? false,
    json: true,
  });
}

async function fromFile(at: Place): Promise<Delivery[]> {
  const source = fileSource({
    files: [at.file],
    partitions: PARTITIONS,
    rowsPerBatch: 20,
    pseudonymiser: new Pseudonymiser(Buffer.from(KEY)),
    clock: Date.now,
    aheadMsMax: 0,
    lineBytesMax: 65_536,
    closeAtEnd: true,
  });
  const all: Delivery[] = [];
  for await (const delivery of source.deliveries(new Map())) all.push(delivery);
  return all;
}

function rowsOf(batch: EventBatch): unknown[] {
  return Array.from({ length: batch.count }, (_, row) => [
    batch.baseMs + (batch.offsetMs[row] as number),
    batch.subscriber[2 * row],
    batch.subscriber[2 * row + 1],
    batch.cells[2 * (batch.cell[row] as number)],
    batch.kind[row],
  ]);
}

function byPartition(deliveries: readonly Delivery[]): unknown[] {
  return Array.from({ length: PARTITIONS }, (_, partition) =>
    deliveries
      .filter((delivery) => delivery.partition === partition && (delivery.batch ?? delivery.watermarkMs) !== null)
      .map((delivery) => [delivery.watermarkMs, delivery.batch === null ? [] : rowsOf(delivery.batch)]),
  );
}

test("what is published is in every partition, batch by batch, what the file source gives", async () => {
  const { url } = await startServer();
  const at = place(url);
  const report = await publish(at, { close: true });
  expect(report).toMatchObject({
    events: ROWS - 1,
    rejected: { bad_time: 1 },
    partitions: PARTITIONS,
    closed: true,
    duplicates: 0,
  });
  expect(report.unknownCells).toBe(165);
  expect(byPartition(await take(sourceOf(url), report.messages))).toEqual(byPartition(await fromFile(at)));
});

test("rejected rows are on the dead-letter subject with file and line, and no raw id is on the wire", async () => {
  const { url } = await startServer();
  const at = place(url);
  await publish(at);
  const connection = await client(url);
  const [letter, ...others] = await dump(connection, DEAD_STREAM);
  expect(others).toEqual([]);
  expect(letter?.text).toContain("Lifecircle-Reason: bad_time");
  expect(letter?.text).toContain(`${at.file}:79`);
  const everything = [...(await dump(connection, DEAD_STREAM)), ...(await dump(connection, SIGNALLING_STREAM))];
  for (const message of everything) expect(message.text).not.toMatch(/46000\d/);
});

test("the same file published twice is stored once, and another one after it is closed by its own message", async () => {
  const { url } = await startServer();
  const at = place(url);
  const first = await publish(at, { close: true });
  const manager = await jetstreamManager(await client(url));
  const messages = async () => (await manager.streams.info(SIGNALLING_STREAM)).state.messages;
  expect(await messages()).toBe(first.messages);
  const again = await publish(at, { close: true });
  expect(again.duplicates).toBe(first.messages + 1);
  expect(await messages()).toBe(first.messages);
  const other = join(tempDir(), "other.csv");
  writeFileSync(other, `time,subscriber,cell,kind\n${BASE_MS},1,ecgi:460-00-1,tau\n`);
  const more = await publish(at, { close: true, files: [other] });
  expect(more.messages).toBe(1 + PARTITIONS);
  expect(await messages()).toBe(first.messages + 1 + PARTITIONS);
});

test("the running server of the data folder is found without an address", async () => {
  const at = place("");
  await startServer(at.config.data.dir);
  expect(await publish(at)).toMatchObject({ events: ROWS - 1 });
});

test("without a server the error says what to give, and a server that is down is named", async () => {
  await expect(publish(place(""))).rejects.toThrow(/no address of a NATS server.*give --nats/s);
  vi.useFakeTimers({ toFake: ["Date"] });
  later(() => vi.useRealTimers());
  const down = publish(place("nats://127.0.0.1:9"));
  setTimeout(() => vi.setSystemTime(Date.now() + 60_000), 300);
  await expect(down).rejects.toThrow(/no NATS server answers at nats:\/\/127.0.0.1:9/);
});

test("a file that breaks off is an error, and what was read of it is in the stream", async () => {
  const { url } = await startServer();
  const at = place(url);
  await expect(publish(at, { files: [at.file, join(at.geoDir, "cells.csv")] })).rejects.toThrow(/cells.csv/);
  expect(byPartition(await take(sourceOf(url), 10)).flat().length).toBe(10);
});
