/** What the engines of a simulation read: a small city's signalling in two partitions, and the tables that an undisturbed engine makes of it. */
import { derivationOptions } from "../../src/config/derivation.js";
import { loadConfig } from "../../src/config/load.js";
import { Engine } from "../../src/engine.js";
import { type LoadedCity, loadCity } from "../../src/geo/load.js";
import { createMetrics, type Metrics } from "../../src/metrics/metrics.js";
import type { DerivationOptions } from "../../src/partition.js";
import type { EventBatch } from "../../src/signal/batch.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { newSignalEvent } from "../../src/signal/event.js";
import { parseCell } from "../../src/signal/identity.js";
import { Random } from "../../src/simulate/random.js";
import type { Delivery } from "../../src/source/source.js";
import { Tables, tablesOf } from "./tables.js";

const PARTITIONS = 2;
const PEOPLE_A_PARTITION = 4;
const DAYS = 5;
const EVENTS_A_DAY = 14;
const ROWS_A_MESSAGE = 10;
const QUARTER_MINUTES = 15;
const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-01-05T00:00:00+08:00");
const CELLS = 8;

export interface Input {
  readonly city: LoadedCity;
  readonly options: DerivationOptions;
  readonly metrics: Metrics;
  /** By partition, in stream order; the last one closes every window. */
  readonly messages: readonly (readonly Delivery[])[];
  readonly expected: Tables;
}

export async function makeInput(): Promise<Input> {
  const city = smallCity();
  const random = new Random(1, "input");
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => messagesOf(partition, random));
  const options = derivationOptions(loadConfig({ env: {} }));
  const metrics = createMetrics();
  const expected = new Tables();
  await new Engine({
    source: {
      async *deliveries() {
        yield* messages.flat();
      },
      acknowledge: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    city,
    options,
    writer: {
      async write(rows) {
        for (const [, encoded] of tablesOf(rows)) expected.put(encoded);
      },
    },
    checkpoints: null,
    metrics,
    limits: { flushRowsMax: 1e9, flushMsMax: 1e9, checkpointMs: 1e9 },
    warn: () => undefined,
  }).run();
  return { city, options, metrics, messages, expected };
}

const cellName = (cell: number) => `ecgi:460-00-${1000 + cell}`;

function smallCity(): LoadedCity {
  const cells = ["cell,lon,lat,region"];
  for (let cell = 0; cell < CELLS; cell++)
    cells.push(
      `${cellName(cell)},${113.3 + (cell % 4) * 0.01},${23.1 + Math.floor(cell / 4) * 0.01},${cell % 2 ? "E" : "W"}`,
    );
  const files = {
    "cells.csv": `${cells.join("\n")}\n`,
    "city.yaml": 'name: Small\ntime_zone: Asia/Shanghai\nhome_plmns: ["460-00"]\nbounds: [113.0, 23.0, 113.6, 23.3]\n',
    "regions.csv": "region,level,name,parent\nW,4,west,\nE,4,east,\n",
  };
  const encoder = new TextEncoder();
  const { city, faults } = loadCity(new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])));
  if (city === null) throw new Error(JSON.stringify(faults));
  return city;
}

interface SimulatedEvent {
  /** When it comes, epoch ms, and when it was. */
  readonly atMs: number;
  readonly timeMs: number;
  readonly person: number;
  readonly cell: number;
}

/** People who live at one cell and work at another; some events are late, some twice, some of cells that nobody knows. */
function eventsOf(random: Random): SimulatedEvent[] {
  const events = midnightEvents();
  for (let person = 0; person < PEOPLE_A_PARTITION; person++) {
    for (let i = 0; i < DAYS * EVENTS_A_DAY; i++) {
      const timeMs = Math.floor(START_MS + (i * DAY_MS) / EVENTS_A_DAY + random.next() * 3_600_000);
      const hour = ((timeMs - START_MS) % DAY_MS) / 3_600_000;
      const isAtWork = hour >= 9 && hour < 18;
      const cell = random.chance(0.02) ? 99 : (person + (isAtWork ? 3 : 0)) % CELLS;
      const event = {
        atMs: timeMs + (random.chance(0.03) ? 7_200_000 : random.next() * 300_000),
        timeMs,
        person,
        cell,
      };
      events.push(event);
      if (random.chance(0.05)) events.push({ ...event, atMs: event.atMs + 1000 });
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

/** One a minute of the first quarter of an hour of each day, so that its close goes on for some messages. */
function midnightEvents(): SimulatedEvent[] {
  return Array.from({ length: DAYS * QUARTER_MINUTES }, (_, i) => {
    const timeMs = START_MS + Math.floor(i / QUARTER_MINUTES) * DAY_MS + (i % QUARTER_MINUTES) * 60_000;
    return { atMs: timeMs, timeMs, person: i % PEOPLE_A_PARTITION, cell: i % PEOPLE_A_PARTITION };
  });
}

const isAfterMidnight = (atMs: number) => (atMs - START_MS) % DAY_MS < (QUARTER_MINUTES + 10) * 60_000;

function messagesOf(partition: number, random: Random): Delivery[] {
  const builder = new BatchBuilder(ROWS_A_MESSAGE);
  const event = newSignalEvent();
  const deliveries: Delivery[] = [];
  const deliver = (batch: EventBatch | null, watermarkMs: number | null) => {
    const sequence = deliveries.length + 1;
    const origin = `simulated:${partition}:${sequence}`;
    const rejects = [{ reason: "malformed", source: `${origin}:0`, raw: "?", timeMs: null } as const];
    deliveries.push({
      ...{ partition, sequence, origin, batch, watermarkMs },
      rejects: sequence % 9 === 0 ? rejects : [],
      receivedMs: START_MS,
      pendingMessages: 0,
    });
  };
  for (const [row, { atMs, timeMs, person, cell }] of eventsOf(random).entries()) {
    const key = parseCell(cellName(cell));
    if (key === null) throw new Error("no cell");
    event.timeMs = timeMs;
    event.subscriberLo = partition + PARTITIONS * (person + 1);
    event.cellHi = key.hi;
    event.cellLo = key.lo;
    event.rowNumber = row % ROWS_A_MESSAGE;
    const batch = builder.add(event) ?? (isAfterMidnight(atMs) ? builder.take() : null);
    if (batch !== null) deliver(batch, null);
  }
  deliver(builder.take(), null);
  deliver(null, Number.POSITIVE_INFINITY);
  return deliveries;
}
