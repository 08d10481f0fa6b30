import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { CHANGES, DIMENSIONS, type Dimension } from "../rows.js";
import { LOPSIDED, type Lopsided } from "../signal/lopsided.js";
import { REASON_NAMES, type Reason } from "../signal/reason.js";
import { OUTCOMES, type Outcome } from "../trigger/watch.js";
import { type ApiMetrics, apiMetrics } from "./api-metrics.js";
import { type ClusterMetrics, clusterMetrics } from "./cluster-metrics.js";
import { type StreamMetrics, streamMetrics } from "./stream-metrics.js";

/** Cleaning rules that change an event's meaning without rejecting it; the rejecting ones are reasons. */
export const CLEANING_RULES = ["ping_pong"] as const;
export type CleaningRule = (typeof CLEANING_RULES)[number];

/** Tables of the store, as people query them. */
export const TABLES = [
  "stays",
  "ways",
  "portraits",
  "anchors",
  "memberships",
  "membership_log",
  "presence",
  "devices",
  "rejected",
] as const;
export type Table = (typeof TABLES)[number];

/** Conditions that want a person, raised and cleared by the engine. */
export const ALARMS = {
  stream_down: "the stream does not answer",
  store_down: "the store does not answer",
  reference_refused: "the city folder was changed and cannot be used; the reference data of before stay in force",
  checkpoint_failed: "the last checkpoint could not be written",
} as const;
export type Alarm = keyof typeof ALARMS;

/** What the engine knows of a partition after a batch. */
export interface PartitionState {
  /** Messages that still wait in the stream. */
  readonly pendingMessages: number;
  /** Event time of the newest event taken, epoch ms; -Infinity before the first. */
  readonly newestEventMs: number;
  /** Watermark, epoch ms; -Infinity before the first event, Infinity once everything is closed. */
  readonly watermarkMs: number;
}

/**
 * The counts of one engine. Callers add a whole batch at a time, never an event. Ages (lag, watermark delay) are computed when
 * they are asked for, so that they grow while nothing arrives.
 */
export interface Metrics extends StreamMetrics, ClusterMetrics, ApiMetrics {
  readonly registry: Registry;
  /** A batch taken from the source, with all its rows: those that cannot be read and those rejected later are counted too. */
  batch(events: number): void;
  rejected(reason: Reason, events: number): void;
  cleaned(rule: CleaningRule, events: number): void;
  /** Events dropped because their subscriber opted out, or was forgotten after they were sent. */
  excluded(events: number): void;
  triggersInForce(count: number): void;
  /** Minutes in which one subscriber or one cell sent what many should. */
  lopsided(what: Lopsided, minutes: number): void;
  /** What became of what triggers noticed. */
  triggered(outcome: Outcome, count: number): void;
  stays(count: number): void;
  memberships(dimension: Dimension, change: (typeof CHANGES)[number], count: number): void;
  /** Rows of one table that the store has confirmed. */
  rowsWritten(table: Table, rows: number): void;
  /** A flush of all tables that ended well, retries included. */
  flushed(seconds: number): void;
  storeRetried(): void;
  checkpointed(seconds: number, bytes: number): void;
  partition(partition: number, state: PartitionState): void;
  /** Messages of a partition that wait in the stream, heard of while none is taken. */
  waiting(partition: number, messages: number): void;
  /** A partition that this engine owns no more leaves the gauges. */
  partitionLost(partition: number): void;
  /** A change of the city folder, taken or refused. */
  referenceChanged(isTaken: boolean): void;
  subscribers(count: number): void;
  /** Bytes of the state in memory, index included. */
  stateBytes(bytes: number): void;
  /** Bytes of diaries in memory and in the scratch file. */
  diaryBytes(place: DiaryPlace, bytes: number): void;
  queue(name: string, items: number): void;
  alarm(name: Alarm, raised: boolean): void;
  alarms(): Alarm[];
  /** Seconds between now and the watermark of the partition furthest behind; null while no partition has one. */
  watermarkDelaySeconds(): number | null;
}

export const DIARY_PLACES = ["memory", "file"] as const;
type DiaryPlace = (typeof DIARY_PLACES)[number];

const NOTHING_TAKEN: PartitionState = { pendingMessages: 0, newestEventMs: -Infinity, watermarkMs: -Infinity };

const FLUSH_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Metrics of one engine in a registry of their own, every label value that is known beforehand at 0. `now` is in epoch ms. */
export function createMetrics(now: () => number = Date.now): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const count = counts(registry);
  const level = levels(registry);
  const partitions = new Map<number, PartitionState>();
  const raised = new Set<Alarm>();
  partitionGauges(registry, partitions, now);
  const times = timings(registry);

  return {
    registry,
    ...streamMetrics(registry),
    ...clusterMetrics(registry),
    ...apiMetrics(registry),
    batch(events) {
      count.batches.inc();
      count.events.inc(events);
    },
    rejected: (reason, events) => count.rejected.inc({ reason }, events),
    cleaned: (rule, events) => count.cleaned.inc({ rule }, events),
    excluded: (events) => count.excluded.inc(events),
    lopsided: (what, minutes) => count.lopsided.inc({ what }, minutes),
    triggered: (outcome, triggered) => count.triggered.inc({ outcome }, triggered),
    stays: (stays) => count.stays.inc(stays),
    memberships: (dimension, change, changes) => count.memberships.inc({ dimension, change }, changes),
    rowsWritten: (table, rows) => count.rows.inc({ table }, rows),
    flushed: (seconds) => times.flush.observe(seconds),
    storeRetried: () => count.retries.inc(),
    checkpointed(seconds, bytes) {
      times.checkpoint.observe(seconds);
      level.checkpointBytes.set(bytes);
    },
    partition: (partition, state) => partitions.set(partition, state),
    waiting: (partition, pendingMessages) =>
      partitions.set(partition, { ...(partitions.get(partition) ?? NOTHING_TAKEN), pendingMessages }),
    partitionLost: (partition) => partitions.delete(partition),
    referenceChanged: (isTaken) => count.reference.inc({ outcome: isTaken ? "taken" : "refused" }),
    triggersInForce: (triggers) => level.triggers.set(triggers),
    subscribers: (subscribers) => level.subscribers.set(subscribers),
    stateBytes: (bytes) => level.stateBytes.set(bytes),
    diaryBytes: (place, bytes) => level.diaryBytes.set({ place }, bytes),
    queue: (queue, items) => level.queue.set({ queue }, items),
    alarm(name, on) {
      if (on) raised.add(name);
      else raised.delete(name);
      level.alarm.set({ alarm: name }, on ? 1 : 0);
    },
    alarms: () => [...raised],
    watermarkDelaySeconds() {
      const known = [...partitions.values()].filter(({ watermarkMs }) => watermarkMs !== -Infinity);
      return known.length === 0 ? null : Math.max(...known.map(({ watermarkMs }) => ageSeconds(watermarkMs, now())));
    },
  };
}

function counts(registry: Registry) {
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const rejected = counter(
    "lifecircle_rejected_total",
    "Events not taken, by reason (late ones: reason=late)",
    "reason",
  );
  for (const reason of REASON_NAMES) rejected.inc({ reason }, 0);
  const lopsided = counter(
    "lifecircle_lopsided_minutes_total",
    "Minutes of a partition in which one subscriber sent more than 60 events, or one cell more than half of all",
    "what",
  );
  for (const what of LOPSIDED) lopsided.inc({ what }, 0);
  const cleaned = counter("lifecircle_cleaned_total", "Events whose meaning a cleaning rule changed", "rule");
  for (const rule of CLEANING_RULES) cleaned.inc({ rule }, 0);
  const memberships = counter(
    "lifecircle_membership_changes_total",
    "Circles entered, strengthened and left",
    "dimension",
    "change",
  );
  for (const dimension of DIMENSIONS) for (const change of CHANGES) memberships.inc({ dimension, change }, 0);
  const triggered = counter("lifecircle_triggered_total", "What triggers noticed, by what became of it", "outcome");
  for (const outcome of OUTCOMES) triggered.inc({ outcome }, 0);
  const rows = counter("lifecircle_rows_written_total", "Rows that the store has confirmed", "table");
  for (const table of TABLES) rows.inc({ table }, 0);
  const reference = counter(
    "lifecircle_reference_changes_total",
    "Changes of the city folder while running",
    "outcome",
  );
  for (const outcome of ["taken", "refused"]) reference.inc({ outcome }, 0);
  return {
    reference,
    batches: counter("lifecircle_batches_total", "Batches taken from the source"),
    events: counter("lifecircle_events_total", "Events read from the source, rejected ones included"),
    rejected,
    cleaned,
    lopsided,
    memberships,
    triggered,
    rows,
    excluded: counter(
      "lifecircle_excluded_total",
      "Events dropped because their subscriber opted out, or was forgotten after they were sent",
    ),
    stays: counter("lifecircle_stays_total", "Stays that ended"),
    retries: counter("lifecircle_store_retries_total", "Inserts that failed and were tried again"),
  };
}

function levels(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const alarm = gauge("lifecircle_alarm", "1 while a condition wants a person", "alarm");
  for (const name of Object.keys(ALARMS)) alarm.set({ alarm: name }, 0);
  const diaryBytes = gauge(
    "lifecircle_diary_bytes",
    "Bytes of the diaries in memory, and in the scratch file",
    "place",
  );
  for (const place of DIARY_PLACES) diaryBytes.set({ place }, 0);
  return {
    alarm,
    diaryBytes,
    subscribers: gauge("lifecircle_subscribers", "Subscribers that the engine keeps a record of"),
    triggers: gauge("lifecircle_triggers", "Triggers that the engine watches for"),
    stateBytes: gauge("lifecircle_state_bytes", "Bytes of the state in memory, index included"),
    checkpointBytes: gauge("lifecircle_checkpoint_bytes", "Bytes of the last checkpoint"),
    queue: gauge("lifecircle_queue_items", "Items that wait in a queue of the engine", "queue"),
  };
}

function timings(registry: Registry) {
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, buckets: FLUSH_SECONDS, registers: [registry] });
  return {
    flush: histogram("lifecircle_flush_seconds", "Time of a flush to the store, retries included"),
    checkpoint: histogram("lifecircle_checkpoint_seconds", "Time of a checkpoint"),
  };
}

/** Gauges a partition, computed at each scrape from what the engine said last. */
function partitionGauges(registry: Registry, partitions: ReadonlyMap<number, PartitionState>, now: () => number): void {
  const gauge = (name: string, help: string, value: (state: PartitionState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["partition"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [partition, state] of partitions) this.set({ partition }, value(state));
      },
    });
  gauge("lifecircle_lag_messages", "Messages that still wait in the stream", (state) => state.pendingMessages);
  gauge("lifecircle_lag_seconds", "Age of the newest event taken", (state) => ageSeconds(state.newestEventMs, now()));
  gauge("lifecircle_watermark_delay_seconds", "How far the watermark lies behind the clock", (state) =>
    ageSeconds(state.watermarkMs, now()),
  );
}

/** Not below 0: events may lie a little ahead of our clock. A time of no event yet, or of a closed stream, has no age. */
function ageSeconds(timeMs: number, nowMs: number): number {
  return Number.isFinite(timeMs) ? Math.max(0, (nowMs - timeMs) / 1000) : 0;
}
