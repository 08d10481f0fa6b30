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
/** Longer than the stream is ever silent: a clock that had to be confirmed anew would hear the one who may be forgotten. */
const LATENESS_MS = 3 * 3_600_000;
const ROWS_A_MESSAGE = 10;
const REMOTE_PERSON = PEOPLE_A_PARTITION;
const QUARTER_MINUTES = 15;
const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-01-05T00:00:00+08:00");
const CELLS = 8;
/** Cells far from the others, of nobody but the one who may be forgotten: what is told of them hangs on when that is. */
const REMOTE_CELL = CELLS;
export const REMOTE_REGION = "R";
const REMOTE_SUBSCRIBER_HI = 0x5eed0000;

export interface Input {
  readonly city: LoadedCity;
  /** The same with other rows of its tables. */
  readonly changedCity: LoadedCity;
  readonly options: DerivationOptions;
  readonly metrics: Metrics;
  /** By partition, in stream order; the last one closes every window. */
  readonly messages: readonly (readonly Delivery[])[];
  readonly expected: Tables;
}

export async function makeInput(): Promise<Input> {
  const city = smallCity(false);
  const random = new Random(1, "input");
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => messagesOf(partition, random));
  const options = { ...derivationOptions(loadConfig({ env: {} })), latenessMs: LATENESS_MS };
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
  const changedCity = smallCity(true);
  return { city, changedCity, options, metrics, messages, expected };
}

const cellName = (cell: number) => `ecgi:460-00-${1000 + cell}`;

/** @param isChanged its cells and regions stand in another order, which no answer depends on */
function smallCity(isChanged: boolean): LoadedCity {
  const cells: string[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    const [lon, lat] = [113.3 + (cell % 4) * 0.01, 23.1 + Math.floor(cell / 4) * 0.01];
    cells.push(`${cellName(cell)},${lon},${lat},${cell % 2 ? "E" : "W"}`);
  }
  for (const [i, lon] of [113.5, 113.51].entries())
    cells.push(`${cellName(REMOTE_CELL + i)},${lon},23.25,${REMOTE_REGION}`);
  const regions = ["W,4,west,", "E,4,east,", `${REMOTE_REGION},4,remote,`];
  if (isChanged) for (const rows of [cells, regions]) rows.reverse();
  const files = {
    "cells.csv": `cell,lon,lat,region\n${cells.join("\n")}\n`,
    "city.yaml": 'name: Small\ntime_zone: Asia/Shanghai\nhome_plmns: ["460-00"]\nbounds: [113.0, 23.0, 113.6, 23.3]\n',
    "regions.csv": `region,level,name,parent\n${regions.join("\n")}\n`,
  };
  const encoder = new TextEncoder();
  const { city, faults } = loadCity(new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])));
  if (city === null) throw new Error(JSON.stringify(faults));
  return city;
}

/** Who may be forgotten. */
export function remoteSubscriber(partition: number): { readonly hi: number; readonly lo: number } {
  return { hi: REMOTE_SUBSCRIBER_HI, lo: PARTITIONS + partition };
}

interface SimulatedEvent {
  /** When it comes, epoch ms, and when it was. */
  readonly atMs: number;
  readonly timeMs: number;
  readonly person: number;
  readonly cell: number;
  readonly tac: number;
}

/** People who live at one cell and work at another; some events are late, some of a wrong clock, some twice, some of cells that nobody knows. */
function eventsOf(random: Random): SimulatedEvent[] {
  const events = midnightEvents();
  for (let person = 0; person < PEOPLE_A_PARTITION; person++) {
    for (let i = 0; i < DAYS * EVENTS_A_DAY; i++) {
      const timeMs = Math.floor(START_MS + (i * DAY_MS) / EVENTS_A_DAY + random.next() * 3_600_000);
      const hour = ((timeMs - START_MS) % DAY_MS) / 3_600_000;
      const isAtWork = hour >= 9 && hour < 18;
      const cell = random.chance(0.02) ? 99 : (person + (isAtWork ? 3 : 0)) % CELLS;
      const event = {
        atMs: timeMs + (random.chance(0.03) ? LATENESS_MS + 3_600_000 : random.next() * 300_000),
        timeMs: random.chance(0.01) ? timeMs + 8 * 3_600_000 : timeMs,
        person,
        cell,
        // A device is told with the time at which it was first heard, so it is heard in the order of time.
        tac: i < (DAYS * EVENTS_A_DAY) / 2 ? 35_000_000 + person : 0,
      };
      events.push(event);
      if (random.chance(0.05)) events.push({ ...event, atMs: event.atMs + 1000 });
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs).flatMap((event) => [event, ...remote(event)]);
}

/**
 * Somebody whom nobody meets, heard when another is whose event the stream's clock takes at once: so its time is the same without. The first
 * ones have to be confirmed.
 */
function remote(event: SimulatedEvent): SimulatedEvent[] {
  const { atMs, timeMs, person, cell } = event;
  if (person !== 1 || Math.abs(atMs - timeMs) > 300_000 || cell >= CELLS || timeMs < START_MS + DAY_MS / 2) return [];
  return [{ ...event, person: REMOTE_PERSON, cell: REMOTE_CELL + (cell % 2) }];
}

/** One a minute of the first quarter of an hour of each day, so that its close goes on for some messages. */
function midnightEvents(): SimulatedEvent[] {
  return Array.from({ length: DAYS * QUARTER_MINUTES }, (_, i) => {
    const timeMs = START_MS + Math.floor(i / QUARTER_MINUTES) * DAY_MS + (i % QUARTER_MINUTES) * 60_000;
    return { atMs: timeMs, timeMs, person: i % PEOPLE_A_PARTITION, cell: i % PEOPLE_A_PARTITION, tac: 0 };
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
  for (const [row, { atMs, timeMs, person, cell, tac }] of eventsOf(random).entries()) {
    const key = parseCell(cellName(cell));
    if (key === null) throw new Error("no cell");
    event.timeMs = timeMs;
    const remote = person === REMOTE_PERSON ? remoteSubscriber(partition) : null;
    event.subscriberHi = remote?.hi ?? 0;
    event.subscriberLo = remote?.lo ?? partition + PARTITIONS * (person + 1);
    event.tac = tac;
    event.kind = row % 3;
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
