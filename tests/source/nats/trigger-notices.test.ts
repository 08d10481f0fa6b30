import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import type { AuditRow } from "../../../src/http/access/audit.js";
import { CLOUD_EVENT, openNotices } from "../../../src/source/nats/cloud-events.js";
import { NOTICES_STREAM } from "../../../src/source/nats/subjects.js";
import { TriggerNotices } from "../../../src/source/nats/trigger-notices.js";
import type { TriggerNotice } from "../../../src/trigger/notice.js";
import { triggerKey } from "../../../src/trigger/trigger.js";
import { fenceOf } from "../../trigger/fences.js";
import { client, dump, later, STREAMS, startServer } from "./harness.js";

function notice(trigger: string, person: number, timeMs: number): TriggerNotice {
  const made = { ...fenceOf(trigger), principal: "key-7", role: "marketer", purpose: "opening hours" };
  return {
    subscriberHi: 1,
    subscriberLo: person,
    key: triggerKey(made),
    trigger: made,
    change: "entered",
    timeMs,
    sinceSec: 1767571200,
    outsideSec: 0,
    probability: 0.8,
  };
}

async function open(url: string, audited: AuditRow[], refuse = () => false) {
  const publisher = await openNotices({
    connection: { url },
    streams: STREAMS,
    name: "test",
    connectRetryMsMax: 2000,
    warn: () => undefined,
  });
  later(() => publisher.close());
  const write = async (row: AuditRow) => {
    if (refuse()) throw new Error("full");
    audited.push(row);
  };
  const audit = { write, close: async () => undefined };
  return new TriggerNotices(publisher, audit, () => undefined);
}

test("each notice is a CloudEvent on its trigger's subject, told twice it is stored once, and the audit log says of how many", async () => {
  const { url } = await startServer();
  const audited: AuditRow[] = [];
  const first = await open(url, audited);
  first.tell([notice("mall", 1, 1000), notice("park", 1, 2000)]);
  first.tell([notice("mall", 2, 3000), notice("mall", 1, 4000)]);
  await first.told();
  // An engine that crashed before its checkpoint tells the last of them again.
  const second = await open(url, []);
  second.tell([notice("mall", 2, 3000), notice("mall", 1, 4000), notice("mall", 3, 5000)]);
  await second.told();
  const stored = await dump(await client(url), NOTICES_STREAM);
  const events = stored.map(({ data }) => CLOUD_EVENT.parse(JSON.parse(Buffer.from(data).toString())));
  expect(stored.filter(({ subject }) => subject === "trigger.v1.park")).toHaveLength(1);
  const mall = events.filter(({ source }) => source === "/lifecircle/triggers/mall");
  const people = [
    [1, 1000],
    [2, 3000],
    [1, 4000],
    [3, 5000],
  ] as const;
  expect(mall.map(({ id, subject, time }) => ({ id, subject, time }))).toEqual(
    people.map(([person, ms]) => ({
      id: `mall@1.${2 ** 32 + person}.entered.${ms}`,
      subject: String(2 ** 32 + person),
      time: new Date(ms).toISOString(),
    })),
  );
  expect(mall[0]?.data).toEqual({
    trigger: "mall",
    change: "entered",
    subscriber: "4294967297",
    purpose: "opening hours",
    since: "2026-01-05T00:00:00.000Z",
    probability: 0.8,
  });
  expect(
    audited.map(({ principal, role, purpose, operation, question, people }) => [
      principal,
      role,
      purpose,
      operation,
      question,
      people,
    ]),
  ).toEqual([
    ["key-7", "marketer", "opening hours", "tellTrigger", '{"trigger":"mall"}', 2],
    ["key-7", "marketer", "opening hours", "tellTrigger", '{"trigger":"park"}', 1],
  ]);
});

test("people whom the audit log did not take are in its next row, each once", async () => {
  const { url } = await startServer();
  const audited: AuditRow[] = [];
  let isFull = true;
  const notices = await open(url, audited, () => isFull);
  notices.tell([notice("mall", 1, 1000), notice("mall", 2, 1000)]);
  await notices.told();
  isFull = false;
  notices.tell([notice("mall", 2, 2000), notice("mall", 3, 2000)]);
  await notices.told();
  expect(audited.map(({ people }) => people)).toEqual([3]);
});

test("while too many wait, there is no room until they are sent", async () => {
  const { url } = await startServer();
  const notices = await open(url, []);
  notices.tell(Array.from({ length: 10_000 }, (_, i) => notice(`t${i % 500}`, i, i)));
  let hasRoom = false;
  const waited = notices.room().then(() => {
    hasRoom = true;
  });
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  await waited;
  await notices.told();
  const manager = await jetstreamManager(await client(url));
  expect((await manager.streams.info(NOTICES_STREAM)).state.last_seq).toBe(10_000);
});
