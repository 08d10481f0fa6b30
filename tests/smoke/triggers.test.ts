import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../../src/engine.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import { fileSource } from "../../src/source/file.js";
import { CLOUD_EVENT } from "../../src/source/nats/cloud-events.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { NOTICES_STREAM } from "../../src/source/nats/subjects.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { OPTIONS, smallCity } from "../derivation.js";
import { triggerOf } from "../trigger/fences.js";
import { build, folder, KEY, lifecircle, processesWith, type Running, until, up } from "./lifecircle.js";
import { metric } from "./shared-stream.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");

/** The two westernmost of the six columns of cells: some live there and work elsewhere. */
const STRIP = [113.29, 113.312, 113.312, 113.29, 113.29].map((lon, i) => [lon, i < 2 || i > 3 ? 23.0 : 23.2]);
const FORMS = [
  { trigger: "in", on: "enter", where: { kind: "polygon", polygons: [[STRIP]] }, cap: { times: 2, days: 7 } },
  {
    trigger: "out",
    on: "leave",
    where: { kind: "polygon", polygons: [[STRIP]] },
    quiet: { from: "20:00", to: "07:00" },
  },
  { trigger: "home-west", on: "enter", where: { kind: "circle", circle: "home:W" } },
];

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(60, 4);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
});
afterAll(() => {
  for (const { remove } of [city, data]) remove();
});

/** What an engine in memory that nothing disturbs tells of the same files. */
async function undisturbed(): Promise<string[]> {
  const told: string[] = [];
  const source = fileSource({
    files: [first, second],
    partitions: 4,
    rowsPerBatch: 512,
    pseudonymiser: new Pseudonymiser(Buffer.from(KEY)),
    clock: () => Date.UTC(2026, 5, 1),
    aheadMsMax: 60_000,
    lineBytesMax: 4096,
    closeAtEnd: true,
  });
  const triggers = FORMS.map((form) => triggerOf(form));
  let isAsked = false;
  await new Engine({
    source,
    city: smallCity(),
    options: OPTIONS,
    writer: { write: async () => undefined },
    checkpoints: null,
    metrics: createMetrics(),
    limits: { flushRowsMax: 1000, flushMsMax: 1e9, checkpointMs: 1e9 },
    warn: () => undefined,
    changedTriggers() {
      if (isAsked) return null;
      isAsked = true;
      return triggers;
    },
    notices: {
      tell(notices) {
        for (const { trigger, subscriberHi, subscriberLo, change, timeMs } of notices) {
          const subject = formatPseudonym(subscriberHi, subscriberLo);
          told.push(`${trigger.trigger} ${subject} ${change} ${new Date(timeMs).toISOString()}`);
        }
      },
      room: async () => undefined,
      told: async () => undefined,
    },
  }).run();
  return told.sort();
}

const addressOf = (running: Running, name: string) =>
  new RegExp(`${name} +(\\S+?://[^/\\s]+)`).exec(running.stderr)?.[1] ?? "";

const DELIVERED = 'lifecircle_notices_total\\{kind="trigger",outcome="delivered"\\}';

/** Every notice of the stream, when there are so many. */
async function noticesIn(url: string, count: number) {
  const connection = await connectNats({ url }, { name: "test", retryMsMax: 2000 });
  const manager = await jetstreamManager(connection);
  const held = async () => (await manager.streams.info(NOTICES_STREAM)).state;
  await until(async () => (await held()).messages >= count, "all notices");
  const state = await held();
  const notices = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const stored = await manager.streams.getMessage(NOTICES_STREAM, { seq });
    if (stored !== null) notices.push(CLOUD_EVENT.parse(JSON.parse(Buffer.from(stored.data).toString())));
  }
  await connection.close();
  return notices;
}

test("triggers made over the API tell the stream of everybody once, whatever becomes of the engine, and the audit log of how many", async () => {
  const args = ["--geo", city.path, "--data", data.path];
  const often = { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.5", LIFECIRCLE_STREAM_BATCH_ROWS: "64" };
  const publish = async (...files: string[]) => {
    const { code, stderr } = await lifecircle(["publish", ...args, "--in", ...files], often);
    expect(code, stderr).toBe(0);
  };
  const killed = await up(args, often);
  for (const form of FORMS) {
    const answer = await fetch(`${addressOf(killed, "api")}/v1/triggers`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-purpose": "smoke tests" },
      body: JSON.stringify(form),
    });
    expect(answer.status, await answer.text()).toBe(201);
  }
  await until(async () => (await metric(killed, "lifecircle_triggers")) === FORMS.length, "the triggers in force");
  await publish(first);
  await until(async () => (await metric(killed, DELIVERED)) > 0, "the first notices");
  killed.crash();
  await killed.ended;

  const last = await up(args, often);
  await publish(second, "--close");
  const expected = await undisturbed();
  const notices = await noticesIn(addressOf(last, "stream"), expected.length);
  const told = notices.map(({ source, subject, type, time }) => {
    const change = type === "lifecircle.trigger.entered.v1" ? "entered" : "left";
    return `${source.slice("/lifecircle/triggers/".length)} ${subject} ${change} ${time}`;
  });
  expect(new Set(expected.map((one) => one.split(" ")[0])).size).toBe(3);
  expect(told.sort()).toEqual(expected);
  last.interrupt();
  expect((await last.ended).code).toBe(0);
  await until(() => processesWith(data.path).length === 0, "the end of the servers");
  const audit = await lifecircle([
    "sql",
    "--data",
    data.path,
    "--format",
    "TSVRaw",
    "SELECT question, sum(people) > 0 FROM audit WHERE operation = 'tellTrigger' AND purpose = 'smoke tests' GROUP BY question ORDER BY question",
  ]);
  expect(audit.stdout.trim().split("\n")).toEqual(
    ["home-west", "in", "out"].map((trigger) => `{"trigger":"${trigger}"}\t1`),
  );
});
