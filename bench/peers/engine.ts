import { derivationOptions } from "../../src/config/derivation.js";
import type { Config } from "../../src/config/schema.js";
import { Partition } from "../../src/partition.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import { CoreRun } from "../support/core-run.js";
import { RowHash } from "../support/row-hash.js";
import type { People } from "./people.js";

export interface EngineAnswer {
  readonly seconds: number;
  /** Processor seconds of deliveries without and with a close of a day, and of the last close. */
  readonly hot: number;
  readonly close: number;
  readonly lastClose: number;
  readonly days: number;
  readonly hash: string;
  /** Region of the home of each person who has one. */
  readonly homes: ReadonlyMap<string, string>;
}

/** The engine over the same decoded events. */
export function engineOver({ city, deliveries, subscribers }: People, config: Config): EngineAnswer {
  const options = derivationOptions(config);
  const hash = new RowHash();
  const homes = new Map<string, string>();
  const partitions = Array.from({ length: config.stream.partitions }, (_, i) => new Partition(i, city, options));
  const run = new CoreRun(partitions, (rows) => {
    hash.add(rows);
    for (const { subscriberHi, subscriberLo, kind, rank, region, gone } of rows.anchors) {
      if (kind !== "home" || rank !== 1) continue;
      const subscriber = formatPseudonym(subscriberHi, subscriberLo);
      if (gone) homes.delete(subscriber);
      else homes.set(subscriber, region);
    }
  });
  const startMs = performance.now();
  let beforeEnd = 0;
  for (const delivery of deliveries) {
    if (delivery.watermarkMs === Number.POSITIVE_INFINITY && beforeEnd === 0) beforeEnd = run.closeMicros;
    run.take(delivery);
  }
  return {
    seconds: (performance.now() - startMs) / 1000,
    hot: run.hotMicros / 1e6,
    close: run.closeMicros / 1e6,
    lastClose: (run.closeMicros - beforeEnd) / 1e6,
    days: Math.round(run.personDays / subscribers),
    hash: hash.hex,
    homes,
  };
}
