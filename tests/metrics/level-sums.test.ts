import { expect, test } from "vitest";
import { LevelSums } from "../../src/metrics/level-sums.js";
import { createMetrics } from "../../src/metrics/metrics.js";

test("levels of several partitions are told as their sum, and one that is gone counts no more", async () => {
  const metrics = createMetrics();
  const sums = new LevelSums(metrics);
  const says = async (line: string) => expect(await metrics.registry.metrics()).toContain(`\n${line}\n`);
  sums.of(0).subscribers(10);
  sums.of(1).subscribers(5);
  sums.of(1).queue("rows", 3);
  sums.of(0).stays(2);
  sums.of(1).stays(2);
  await says("lifecircle_subscribers 15");
  await says("lifecircle_stays_total 4");
  sums.of(0).subscribers(11);
  await says("lifecircle_subscribers 16");
  sums.drop(1);
  await says("lifecircle_subscribers 11");
  await says('lifecircle_queue_items{queue="rows"} 0');
});
