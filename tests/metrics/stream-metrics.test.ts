import { expect, test } from "vitest";
import { createMetrics } from "../../src/metrics/metrics.js";

test("totals of stream and ingest edge are read at each scrape, and are 0 while there is neither", async () => {
  const metrics = createMetrics();
  expect(await metrics.registry.metrics()).toContain("lifecircle_stream_messages_total 0\n");
  const stream = { messages: 5, deadLetters: 1, reconnects: 2, lostMax: 3 };
  const ingest = { messages: 7, events: 11, excluded: 3, rejected: { bad_cell: 4 } };
  metrics.observeStream(stream);
  metrics.observeIngest(ingest);
  await metrics.registry.metrics();
  stream.messages = 6;
  const text = await metrics.registry.metrics();
  for (const line of [
    "lifecircle_stream_messages_total 6",
    "lifecircle_dead_letters_total 1",
    "lifecircle_stream_reconnects_total 2",
    "lifecircle_stream_lost_total 3",
    "lifecircle_ingest_messages_total 7",
    "lifecircle_ingest_events_total 11",
    "lifecircle_ingest_excluded_total 3",
    'lifecircle_ingest_rejected_total{reason="bad_cell"} 4',
    'lifecircle_ingest_rejected_total{reason="bad_time"} 0',
  ])
    expect(text).toContain(`${line}\n`);
});

test("notices are told by kind and outcome, each at 0 while nobody publishes any", async () => {
  const metrics = createMetrics();
  let delivered = 2;
  metrics.observeNotices("trigger", {
    get totals() {
      return { delivered, failed: 1 };
    },
  });
  delivered++;
  const text = await metrics.registry.metrics();
  for (const line of [
    'lifecircle_notices_total{kind="trigger",outcome="delivered"} 3',
    'lifecircle_notices_total{kind="trigger",outcome="failed"} 1',
    'lifecircle_notices_total{kind="audience",outcome="delivered"} 0',
    'lifecircle_notices_total{kind="audience",outcome="failed"} 0',
  ])
    expect(text).toContain(`${line}\n`);
});
