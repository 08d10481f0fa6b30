import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ALARMS, createMetrics, TABLES } from "../../src/metrics/metrics.js";
import { CHANGES, DIMENSIONS } from "../../src/rows.js";
import { REASON_NAMES } from "../../src/signal/reason.js";

const root = join(import.meta.dirname, "../..");

/** Samples of a scrape by their name with labels, as Prometheus reads them. */
async function scrape(metrics: ReturnType<typeof createMetrics>): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("what is counted", () => {
  test("every reason, alarm, table, and change of every dimension is there at 0 before anything happened", async () => {
    const samples = await scrape(createMetrics());
    for (const reason of REASON_NAMES) expect(samples.get(`lifecircle_rejected_total{reason="${reason}"}`)).toBe(0);
    for (const table of TABLES) expect(samples.get(`lifecircle_rows_written_total{table="${table}"}`)).toBe(0);
    for (const alarm of Object.keys(ALARMS)) expect(samples.get(`lifecircle_alarm{alarm="${alarm}"}`)).toBe(0);
    for (const dimension of DIMENSIONS) {
      for (const change of CHANGES) {
        const name = `lifecircle_membership_changes_total{dimension="${dimension}",change="${change}"}`;
        expect(samples.get(name)).toBe(0);
      }
    }
    expect(samples.get('lifecircle_cleaned_total{rule="ping_pong"}')).toBe(0);
    expect(samples.get("lifecircle_events_total")).toBe(0);
  });

  test("batches add up", async () => {
    const metrics = createMetrics();
    metrics.batch(4096);
    metrics.batch(4);
    metrics.rejected("late", 3);
    metrics.rejected("late", 2);
    metrics.cleaned("ping_pong", 7);
    metrics.stays(5);
    metrics.memberships("region", "entered", 6);
    metrics.rowsWritten("membership_log", 8);
    metrics.storeRetried();
    const samples = await scrape(metrics);
    expect(samples.get("lifecircle_events_total")).toBe(4100);
    expect(samples.get("lifecircle_batches_total")).toBe(2);
    expect(samples.get('lifecircle_rejected_total{reason="late"}')).toBe(5);
    expect(samples.get('lifecircle_cleaned_total{rule="ping_pong"}')).toBe(7);
    expect(samples.get("lifecircle_stays_total")).toBe(5);
    expect(samples.get('lifecircle_membership_changes_total{dimension="region",change="entered"}')).toBe(6);
    expect(samples.get('lifecircle_rows_written_total{table="membership_log"}')).toBe(8);
    expect(samples.get("lifecircle_store_retries_total")).toBe(1);
  });

  test("levels show what was said last, times go into histograms of seconds", async () => {
    const metrics = createMetrics();
    metrics.subscribers(10);
    metrics.stateBytes(2560);
    metrics.queue("flush", 12);
    metrics.flushed(0.2);
    metrics.checkpointed(0.7, 4096);
    const samples = await scrape(metrics);
    expect(samples.get("lifecircle_subscribers")).toBe(10);
    expect(samples.get("lifecircle_state_bytes")).toBe(2560);
    expect(samples.get('lifecircle_queue_items{queue="flush"}')).toBe(12);
    expect(samples.get('lifecircle_flush_seconds_bucket{le="0.25"}')).toBe(1);
    expect(samples.get("lifecircle_checkpoint_seconds_sum")).toBe(0.7);
    expect(samples.get("lifecircle_checkpoint_bytes")).toBe(4096);
  });

  test("alarms are raised and cleared", async () => {
    const metrics = createMetrics();
    metrics.alarm("store_down", true);
    metrics.alarm("stream_down", true);
    metrics.alarm("stream_down", false);
    expect(metrics.alarms()).toEqual(["store_down"]);
    const samples = await scrape(metrics);
    expect(samples.get('lifecircle_alarm{alarm="store_down"}')).toBe(1);
    expect(samples.get('lifecircle_alarm{alarm="stream_down"}')).toBe(0);
  });

  test("the event loop, memory and CPU of the process are there", async () => {
    const samples = await scrape(createMetrics());
    for (const name of [
      "nodejs_eventloop_lag_p99_seconds",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
    ]) {
      expect(samples.has(name)).toBe(true);
    }
  });

  test("two engines in one process do not share a count", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.batch(1);
    expect((await scrape(other)).get("lifecircle_events_total")).toBe(0);
  });
});

describe("ages of a partition", () => {
  test("grow while nothing arrives", async () => {
    let now = 1_000_000;
    const metrics = createMetrics(() => now);
    metrics.partition(3, { pendingMessages: 9, newestEventMs: 990_000, watermarkMs: 390_000 });
    expect(metrics.watermarkDelaySeconds()).toBe(610);
    now += 60_000;
    const samples = await scrape(metrics);
    expect(samples.get('lifecircle_lag_messages{partition="3"}')).toBe(9);
    expect(samples.get('lifecircle_lag_seconds{partition="3"}')).toBe(70);
    expect(samples.get('lifecircle_watermark_delay_seconds{partition="3"}')).toBe(670);
  });

  test("stay as they are when more waits in the stream, also before anything was taken", async () => {
    const metrics = createMetrics(() => 100_000);
    metrics.partition(0, { pendingMessages: 1, newestEventMs: 90_000, watermarkMs: 80_000 });
    metrics.waiting(0, 70);
    metrics.waiting(1, 80);
    const samples = await scrape(metrics);
    expect(samples.get('lifecircle_lag_messages{partition="0"}')).toBe(70);
    expect(samples.get('lifecircle_lag_seconds{partition="0"}')).toBe(10);
    expect(samples.get('lifecircle_lag_messages{partition="1"}')).toBe(80);
    expect(samples.get('lifecircle_lag_seconds{partition="1"}')).toBe(0);
  });

  test("are 0 for events ahead of the clock and for a closed stream, and none before the first event", () => {
    const metrics = createMetrics(() => 1000);
    expect(metrics.watermarkDelaySeconds()).toBeNull();
    metrics.partition(0, { pendingMessages: 0, newestEventMs: -Infinity, watermarkMs: -Infinity });
    expect(metrics.watermarkDelaySeconds()).toBeNull();
    metrics.partition(0, { pendingMessages: 0, newestEventMs: 5000, watermarkMs: 4000 });
    expect(metrics.watermarkDelaySeconds()).toBe(0);
    metrics.partition(0, { pendingMessages: 0, newestEventMs: 0, watermarkMs: Infinity });
    expect(metrics.watermarkDelaySeconds()).toBe(0);
  });

  test("the partition furthest behind speaks for all, and one that is lost no more", async () => {
    const metrics = createMetrics(() => 100_000);
    metrics.partition(0, { pendingMessages: 0, newestEventMs: 99_000, watermarkMs: 90_000 });
    metrics.partition(1, { pendingMessages: 0, newestEventMs: 99_000, watermarkMs: 10_000 });
    expect(metrics.watermarkDelaySeconds()).toBe(90);
    await scrape(metrics);
    metrics.partitionLost(1);
    expect(metrics.watermarkDelaySeconds()).toBe(10);
    expect((await scrape(metrics)).has('lifecircle_lag_seconds{partition="1"}')).toBe(false);
  });
});

describe("names", () => {
  const registry = createMetrics().registry;
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith("lifecircle_"));

  /** Every name that a scrape can hold, with the suffixes of histograms. */
  const known = new Set(
    registry.getMetricsAsArray().flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
  );

  test("follow the conventions of Prometheus: counters end in _total, others in their unit", () => {
    const kinds = registry.getMetricsAsJSON();
    return kinds.then((metrics) => {
      for (const { name, type } of metrics.filter((metric) => metric.name.startsWith("lifecircle_"))) {
        const counter = String(type) === "counter";
        expect(name.endsWith("_total"), name).toBe(counter);
        if (!counter) expect(name).toMatch(/_(seconds|bytes|messages|items|subscribers|partitions|triggers|alarm)$/);
      }
    });
  });

  test.each(["config/grafana/lifecircle.json", "config/prometheus/alerts.yaml"])(
    "all that %s asks for exist",
    (path) => {
      const expressions = strings(parse(readFileSync(join(root, path), "utf8")), "expr");
      const asked = expressions.flatMap((text) => text.match(/\b(lifecircle|nodejs|process)_\w+/g) ?? []);
      expect(asked.length).toBeGreaterThan(8);
      expect(asked.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  test("the board shows every metric of the engine", () => {
    const board = readFileSync(join(root, "config/grafana/lifecircle.json"), "utf8");
    expect(own.map(({ name }) => name).filter((name) => !board.includes(name))).toEqual([]);
  });

  test("the manual has a row for every metric of the engine and alert, and for no other", () => {
    const manual = readFileSync(join(root, "docs/operate/metrics.md"), "utf8");
    const described = [...manual.matchAll(/^\| `(lifecircle_\w+)/gm)].map((match) => match[1]);
    expect(described.sort()).toEqual(own.map(({ name }) => name).sort());
    const rules = strings(parse(readFileSync(join(root, "config/prometheus/alerts.yaml"), "utf8")), "alert");
    const alerts = [...manual.matchAll(/^\| `(Lifecircle\w+)/gm)].map((match) => match[1]);
    expect(alerts).toEqual(rules);
  });

  test("the scrape config loads the alert rules that are there", () => {
    const scrapeConfig = parse(readFileSync(join(root, "config/prometheus/prometheus.yaml"), "utf8"));
    const there = readdirSync(join(root, "config/prometheus"));
    for (const file of scrapeConfig.rule_files) expect(there).toContain(file);
  });
});

/** All texts under a key of this name, at any depth. */
function strings(value: unknown, name: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === name && typeof below === "string" ? [below] : strings(below, name),
  );
}
