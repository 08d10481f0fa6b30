import { expect, test } from "vitest";
import { optedOutIn, optOutIn, orderIn, ordersIn } from "../../src/cluster/forget-orders.js";
import { leaseKey, NO_LEASE } from "../../src/cluster/lease.js";
import type { Entry } from "../../src/cluster/ledger.js";
import { openNatsLedger } from "../../src/cluster/nats-ledger.js";
import { until } from "../smoke/lifecircle.js";
import { client, later, startServer } from "../source/nats/harness.js";

const AGE = 1000;

async function opened(url: string) {
  const ledger = await openNatsLedger(await client(url), 1);
  later(() => ledger.close());
  return ledger;
}

const people = (orders: readonly { readonly pseudonym: string }[]) => orders.map(({ pseudonym }) => pseudonym);

test("an order is dropped when every partition that has a state has done it and the stream remembers nothing of before, and not earlier", async () => {
  const { url } = await startServer();
  const ledger = await opened(url);
  const knows = (key: string, isAsWanted: (entry: Entry | undefined) => boolean) =>
    until(() => isAsWanted(ledger.entries().get(key)), key);
  const setDone = async (partition: number, forgottenUpToMs: number) => {
    const key = leaseKey(partition);
    const value = JSON.stringify({ ...NO_LEASE, forgottenUpToMs });
    const revision = await ledger.update(key, value, (await ledger.get(key))?.revision ?? 0);
    await knows(key, (entry) => entry?.revision === revision);
  };
  const order = async (pseudonym: string, nowMs: number) => {
    const { atMs } = await orderIn(ledger, pseudonym, nowMs, AGE);
    await knows("forget", (entry) => entry?.value.includes(`"${pseudonym}"`) === true);
    return atMs;
  };
  await setDone(0, 0);
  await setDone(1, 0);
  const first = await order("1", 5000);
  await setDone(0, first);
  // Partition 1 stood still for longer than the stream remembers.
  await order("2", 8000);
  expect(people(ordersIn(ledger))).toEqual(["1", "2"]);
  await setDone(1, first);
  await order("3", 8000);
  expect(people(ordersIn(ledger))).toEqual(["2", "3"]);
  // Done by all, and the stream still holds what was sent before.
  await setDone(0, 8001);
  await setDone(1, 8001);
  await order("4", 8500);
  expect(people(ordersIn(ledger))).toEqual(["2", "3", "4"]);
  await order("5", 9001);
  expect(people(ordersIn(ledger))).toEqual(["3", "4", "5"]);
});

test("of orders and opt-outs that several give at once none is lost, and each order is later than those before it", async () => {
  const { url } = await startServer();
  const ledgers = await Promise.all(Array.from({ length: 4 }, () => opened(url)));
  await Promise.all(
    ledgers.flatMap((ledger, i) =>
      Array.from({ length: 5 }, async (_, j) => {
        await orderIn(ledger, String(10 * i + j), 5000, AGE);
        await optOutIn(ledger, String(10 * i + j));
      }),
    ),
  );
  const expected = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3, 4].map((j) => 10 * i + j));
  const [ledger] = ledgers;
  if (ledger === undefined) throw new Error("no ledger");
  await until(() => ordersIn(ledger).length === 20 && optedOutIn(ledger).length === 20, "all of them");
  const sorted = (texts: readonly string[]) => texts.map(Number).sort((a, b) => a - b);
  expect(sorted(people(ordersIn(ledger)))).toEqual(expected);
  expect(sorted(optedOutIn(ledger))).toEqual(expected);
  expect(ordersIn(ledger).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 20 }, (_, i) => 5000 + i));
});
