import { describe, expect, test } from "vitest";
import { createMetrics } from "../../src/metrics/metrics.js";
import { type Pulse, rateOver, ratesOf, readPulse } from "../../web/prometheus.js";

const NOW = 1_700_000_000_000;

describe("a scrape", () => {
  test("of a real engine tells events, rejects by reason, what waits, the event time and alarms", async () => {
    const metrics = createMetrics(() => NOW);
    metrics.batch(100);
    metrics.batch(50);
    metrics.rejected("late", 3);
    metrics.rejected("unknown_cell", 7);
    metrics.subscribers(42);
    metrics.alarm("store_down", true);
    metrics.partition(0, { pendingMessages: 4, newestEventMs: NOW - 1000, watermarkMs: NOW - 60_000 });
    metrics.partition(1, { pendingMessages: 5, newestEventMs: NOW - 1000, watermarkMs: NOW - 90_000 });
    expect(readPulse(await metrics.registry.metrics(), NOW)).toEqual({
      atMs: NOW,
      events: 150,
      rejected: [
        { reason: "unknown_cell", events: 7 },
        { reason: "late", events: 3 },
      ],
      waiting: 9,
      watermarkMs: NOW - 90_000,
      subscribers: 42,
      alarms: ["store_down"],
    });
  });

  test("of an engine without an event has no event time", async () => {
    expect(readPulse(await createMetrics(() => NOW).registry.metrics(), NOW)).toMatchObject({
      events: 0,
      watermarkMs: null,
      rejected: [],
    });
  });
});

describe("events a second", () => {
  const at = (seconds: number, events: number): Pulse => ({
    ...{ atMs: NOW + seconds * 1000, events },
    ...{ rejected: [], waiting: 0, watermarkMs: null, subscribers: 0, alarms: [] },
  });

  test("are counted between scrapes, and from nothing when the process began anew", () => {
    expect(ratesOf([at(0, 100), at(2, 300), at(4, 300), at(6, 50)])).toEqual([100, 0, 25]);
  });

  test("are a mean over the last of them; of one scrape there is none", () => {
    expect(rateOver([at(0, 0), at(10, 1000), at(15, 1500), at(20, 1600)], 10_000)).toBe(60);
    expect(rateOver([at(0, 0)], 10_000)).toBeNull();
    expect(rateOver([], 10_000)).toBeNull();
  });
});
