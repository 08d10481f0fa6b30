import type { LoadedCity } from "../../src/geo/load.js";
import type { Delivery, Source } from "../../src/source/source.js";
import { START_MS, type TrafficOptions, traffic } from "./traffic.js";

const DAY_MS = 86_400_000;

/** So many days of traffic as deliveries, the last of each partition a close. */
export function trafficDeliveries(city: LoadedCity, options: TrafficOptions & { readonly days: number }): Delivery[] {
  const all: Delivery[] = [];
  const add = (given: Pick<Delivery, "partition" | "batch" | "watermarkMs">) =>
    all.push({ ...given, sequence: all.length + 1, origin: "bench", rejects: [], receivedMs: 0, pendingMessages: 0 });
  for (const { partition, batch } of traffic(city.cells, options)) {
    if (batch.baseMs >= START_MS + options.days * DAY_MS) break;
    add({ partition, batch, watermarkMs: null });
  }
  for (let partition = 0; partition < options.partitions; partition++)
    add({ partition, batch: null, watermarkMs: Number.POSITIVE_INFINITY });
  return all;
}

/** Deliveries in memory as a source, from wherever it is asked for. */
export function memorySource(all: readonly Delivery[]): Source {
  return {
    async *deliveries(after) {
      for (const delivery of all) {
        if (delivery.sequence <= (after.get(delivery.partition) ?? 0)) continue;
        // As a real source does, it lets timers and sockets have their turn.
        await new Promise((resolve) => setImmediate(resolve));
        yield delivery;
      }
    },
    acknowledge: async () => undefined,
    close: async () => undefined,
  };
}
