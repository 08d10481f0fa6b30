import { expect, test } from "vitest";
import { withCrowdFiles } from "../../../bench/support/crowd-files.js";
import { derive, openBenchCity, signallingOf } from "../../../bench/support/derive.js";
import { memorySource, trafficDeliveries } from "../../../bench/support/traffic-source.js";

const CROWD = { subscribers: 30, eventsPerDay: 864, days: 3, seed: 2 };
const NOWHERE = { write: () => Promise.resolve() };

test("a crowd's file holds what its batches do: as many events of as many people, and the same number of stays", async () => {
  await withCrowdFiles(CROWD, async (dir) => {
    const { config, city } = await openBenchCity(dir);
    const one = { ...config, stream: { ...config.stream, partitions: 1 } };
    const file = await derive(signallingOf(dir, one), one, city, NOWHERE);
    const batches = await derive(
      memorySource(trafficDeliveries(city, { ...CROWD, partitions: 1 })),
      one,
      city,
      NOWHERE,
    );
    expect(file.counts.events).toBeGreaterThan(50_000);
    expect(file.counts.stays).toBeGreaterThan(100);
    expect(file.counts).toEqual(batches.counts);
  });
});
