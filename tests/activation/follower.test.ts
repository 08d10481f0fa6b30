import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { FollowLease } from "../../src/activation/follow-lease.js";
import { Follower } from "../../src/activation/follower.js";
import { type Follow, Follows } from "../../src/activation/follows.js";
import { SavedAudiences } from "../../src/activation/saved.js";
import { openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { emptyRowSet, type MembershipLogRow } from "../../src/rows.js";
import type { Excluded } from "../../src/signal/exclusion.js";
import { CLOUD_EVENT, type NoticePublisher, openNotices } from "../../src/source/nats/cloud-events.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { NOTICES_STREAM } from "../../src/source/nats/subjects.js";
import { freshAudiences } from "../../src/store/fresh-audiences.js";
import { createStoreWriter } from "../../src/store/writer.js";
import { client, dump, later, STREAMS, startServer } from "../source/nats/harness.js";
import { storeOfTests } from "../store/support.js";

const NOW_MS = Date.UTC(2026, 2, 20);
const here = storeOfTests();
let excluded: readonly Excluded[] = [];

let version = NOW_MS;

/** The store is told that these people entered a circle, or left it. */
async function told(circle: string, people: readonly number[], gone = false): Promise<void> {
  version += 1000;
  const rows: MembershipLogRow[] = people.map((person) => ({
    ...{ subscriberHi: 0, subscriberLo: person, dimension: "behaviour", circle, score: 0.7, evidence: "{}" },
    ...{ sinceMs: NOW_MS, seenMs: NOW_MS, versionMs: version, gone, change: gone ? "left" : "entered" },
  }));
  const writer = createStoreWriter(here.store, { insertRowsMax: 1000, insertBytesMax: 1e6 });
  await writer.write({ ...emptyRowSet(), memberships: rows, membershipLog: rows });
}

const ALONE = { isHeld: true, hold: async () => true };

function followerOf(
  notices: () => Promise<NoticePublisher>,
  audited: object[] = [],
  lease: Pick<FollowLease, "hold" | "isHeld"> = ALONE,
): Follower {
  const audit = { write: async (row: object) => void audited.push(row), close: async () => undefined };
  const parts = { saved: new SavedAudiences(here.store.client), follows: new Follows(here.store.client), audit };
  return new Follower({
    ...parts,
    index: freshAudiences(here.store.client, () => excluded, 0),
    notices,
    lease: async () => lease,
    warn: () => undefined,
    lookMs: 100,
  });
}

async function followed(audience: string, text: { circle: string }, people: readonly number[]): Promise<Follow> {
  const saved = new SavedAudiences(here.store.client);
  const { version: of } = await saved.save(
    { audience, name: audience, expression: text, savedBy: "me" },
    () => undefined,
  );
  const follow = { audience, regions: null, followedBy: "me", role: "marketer", purpose: "tests", sinceMs: Date.now() };
  const baseline = BigUint64Array.from(people, BigInt);
  await new Follows(here.store.client).begin(follow, { version: of, asOfMs: NOW_MS }, baseline);
  return follow;
}

test("who enters and who leaves a followed audience is told once, also by one who was away meanwhile", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const open = () =>
    openNotices({
      connection: { url },
      streams: STREAMS,
      name: "test",
      connectRetryMsMax: 2000,
      warn: () => undefined,
    });
  const notices = await open();
  later(() => notices.close());
  const events = async () =>
    (await dump(connection, NOTICES_STREAM)).map(({ data }) =>
      CLOUD_EVENT.parse(JSON.parse(Buffer.from(data).toString())),
    );
  const heard = async (count: number) => {
    for (let tries = 0; tries < 100 && (await events()).length < count; tries++) await pause(100);
    return (await events()).map(({ type, subject }) => `${subject} ${type.split(".")[2]}`);
  };
  await told("film", [1, 2, 3]);
  await followed("cinema", { circle: "film" }, [1, 2, 3]);

  const audited: object[] = [];
  const first = followerOf(async () => notices, audited);
  await told("film", [4]);
  await told("film", [2], true);
  expect((await heard(2)).sort()).toEqual(["2 left", "4 entered"]);
  const [event] = await events();
  expect(event).toMatchObject({
    source: "/lifecircle/audiences/cinema",
    data: { audience: "cinema", version: 1, subscriber: event?.subject },
  });
  expect(audited[0]).toMatchObject({ principal: "me", purpose: "tests", operation: "followAudience" });
  await first.close();

  await told("film", [5]);
  // A crash after the change was kept, and before it was published.
  const batch = { audience: "cinema", batch: Date.now(), version: 1, asOfMs: NOW_MS };
  await new Follows(here.store.client).append(batch, "entered", BigUint64Array.from([5n]));
  await told("film", [6]);
  const second = followerOf(async () => notices);
  expect((await heard(4)).slice(2)).toEqual(["5 entered", "6 entered"]);

  excluded = [{ hi: 0, lo: 1, sentUntilMs: Number.POSITIVE_INFINITY }];
  expect((await heard(5)).slice(4)).toEqual(["1 left"]);
  const saved = new SavedAudiences(here.store.client);
  await saved.save(
    { audience: "cinema", name: "cinema", expression: { not: { circle: "film" } }, savedBy: "me" },
    () => undefined,
  );
  expect((await heard(9)).slice(5).sort()).toEqual(["3 left", "4 left", "5 left", "6 left"]);
  await second.close();
});

test("changes while the stream is away are told when it is back", async () => {
  const { url } = await startServer();
  excluded = [];
  await new Follows(here.store.client).end("cinema", Date.now());
  await told("music", [7]);
  await followed("concert", { circle: "music" }, []);
  let isAway = true;
  const notices = await openNotices({
    ...{ connection: { url }, streams: STREAMS, name: "test", connectRetryMsMax: 2000, warn: () => undefined },
  });
  later(() => notices.close());
  const follower = followerOf(async () => {
    if (isAway) throw new Error("no NATS server answers");
    return notices;
  });
  await pause(500);
  isAway = false;
  const connection = await connectNats({ url }, { name: "test", retryMsMax: 2000 });
  later(() => connection.close());
  for (let tries = 0; tries < 100 && notices.totals.delivered === 0; tries++) await pause(100);
  const stored = await dump(connection, NOTICES_STREAM);
  const subjects = stored.map(({ data }) => JSON.parse(Buffer.from(data).toString())).map((event) => event.subject);
  expect(subjects).toEqual(["7"]);
  await follower.close();
});

test("of two processes that follow, one tells; the other goes on where it stopped, at once when it ended and after the lease when it fell silent", async () => {
  const { url } = await startServer();
  excluded = [];
  await new Follows(here.store.client).end("concert", Date.now());
  await told("sport", [1]);
  await followed("match", { circle: "sport" }, [1]);
  const notices = await openNotices({
    ...{ connection: { url }, streams: STREAMS, name: "test", connectRetryMsMax: 2000, warn: () => undefined },
  });
  later(() => notices.close());
  const leases = await Promise.all(
    ["a", "b", "c"].map(async (name) => new FollowLease(await openNatsLedger(notices.connection, 1), name, 1500)),
  );
  const followers = leases.map((lease) => followerOf(async () => notices, [], lease));
  const subjects = async () =>
    (await dump(notices.connection, NOTICES_STREAM)).map(
      ({ data }) => JSON.parse(Buffer.from(data).toString()).subject as string,
    );
  const heard = async (count: number) => {
    for (let tries = 0; tries < 100 && (await subjects()).length < count; tries++) await pause(100);
    // Time for another to tell it as well.
    await pause(500);
    return subjects();
  };
  const holder = () => leases.findIndex((lease) => lease.isHeld);
  await told("sport", [2]);
  expect(await heard(1)).toEqual(["2"]);
  expect(leases.filter((lease) => lease.isHeld)).toHaveLength(1);

  const first = holder();
  await Promise.all([followers[first]?.close(), leases[first]?.close()]);
  await told("sport", [3]);
  expect(await heard(2)).toEqual(["2", "3"]);

  const second = holder();
  expect(second).not.toBe(first);
  // It falls silent: its lease is renewed no more.
  await followers[second]?.close();
  const silent = leases[second] as unknown as { renewing: NodeJS.Timeout };
  clearInterval(silent.renewing);
  await told("sport", [4]);
  expect(await heard(3)).toEqual(["2", "3", "4"]);
  const third = holder();
  expect([first, second]).not.toContain(third);
  await Promise.all([...followers.map((one) => one.close()), leases[third]?.close()]);
});
