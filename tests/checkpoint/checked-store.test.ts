import { expect, test } from "vitest";
import { checkedAgainst } from "../../src/checkpoint/checked-store.js";
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { takeSnapshot } from "../../src/checkpoint/snapshot.js";
import { Partition } from "../../src/partition.js";
import { admit } from "../../src/signal/admit.js";
import { openStore } from "../../src/store/client.js";
import { writtenUpTo } from "../../src/store/written-up-to.js";
import { deliveriesOf, OPTIONS, smallCity } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";
import { startTestServer, testOptions } from "../store/support.js";
import { memoryFiles } from "./memory-files.js";

test("a state goes on with the store that has its rows, and with none that is an older copy, empty or another one", async () => {
  const server = await startTestServer();
  const store = await openStore(testOptions(server.url));
  try {
    const city = smallCity();
    const partition = new Partition(3, city, OPTIONS);
    for (const delivery of await deliveriesOf(smallSignalling(12, 1)))
      if (delivery.batch !== null && delivery.partition === 0) admit(partition, delivery.batch, delivery);
    const files = memoryFiles();
    const plain = await openCheckpoints(files, () => undefined);
    const written = writtenUpTo(store);
    const checked = checkedAgainst(written, plain);
    const save = async (through: typeof plain, sequence: number) => {
      partition.sequence = sequence;
      partition.changeAll();
      await through.save(takeSnapshot([partition], city));
    };
    const restored = async () =>
      (await checkedAgainst(written, await openCheckpoints(files, () => undefined)).restore(city, OPTIONS))?.[0]
        ?.sequence;

    expect(await restored()).toBeUndefined();
    await save(checked, 5);
    expect(await restored()).toBe(5);
    // What arrives late, of an engine that has lost its lease, takes nothing back.
    await written.note(new Map([[3, 4]]));
    expect(await restored()).toBe(5);
    // As if the store came back from a copy of before.
    await save(plain, 2 ** 40 + 1);
    await expect(restored()).rejects.toThrow(
      /it has partition 3 up to message 5 of 1099511627777\n {2}mend: give back that store; or/,
    );
    const away = { ...written, note: () => Promise.reject(new Error("away")) };
    partition.changeAll();
    const notSaved = takeSnapshot([partition], city);
    expect(partition.changed.has(0)).toBe(false);
    await expect(checkedAgainst(away, plain).save(notSaved)).rejects.toThrow("away");
    expect(partition.changed.has(0)).toBe(true);
    await save(checked, 2 ** 40 + 2);
    expect(await restored()).toBe(2 ** 40 + 2);
    await store.client.command({ query: "TRUNCATE TABLE written_up_to" });
    await expect(restored()).rejects.toThrow(/empty.*partition 3 up to message 0 of 1099511627778/);
  } finally {
    await store.close();
    await server.close();
  }
});
