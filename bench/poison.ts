/**
 * What does poison cost, and does it harm the others? A simulated city is read from CSV and derived, clean and then with each poison in
 * between its rows: rows a second of processor time, and whether the stays, anchors and memberships of the clean city's people are the same.
 * `npm run bench -- poison [--subscribers 1500] [--days 5] [--one 1000000] [--seed 1] [--json]`; the test of the same name runs it tiny.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { derivationOptions } from "../src/config/derivation.js";
import type { Config } from "../src/config/schema.js";
import { Engine } from "../src/engine.js";
import { CITY_FILES, type LoadedCity } from "../src/geo/load.js";
import { createMetrics } from "../src/metrics/metrics.js";
import type { Counts } from "../src/partition.js";
import type { RowSet } from "../src/rows.js";
import { fileSource } from "../src/source/file.js";
import { watched } from "../src/source/watched.js";
import { benchPseudonymiser, openBenchCity } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { withSimulated } from "./support/simulated.js";

// A plan costs the engine some tenths of a second once, cell by cell as they are met: many more rows than that takes.
const OPTIONS: PoisonOptions = { subscribers: 1500, days: 5, one: 1_000_000, seed: 1 };
const LINE_BYTES_MAX = 65_536;
/** The clean rows are in time, so that what is refused for its time is poison. */
const TIMELY = { lateMinutesShare: 0, lateHoursShare: 0, wrongClockShare: 0 };
/** Columns of a simulated cells.csv. */
const [LON, LAT] = [2, 3];
const DAY_MS = 86_400_000;
/** Of the clean rows, one in so many is followed by one of a wrong clock. */
const WRONG_CLOCK_EVERY = 10;

export interface PoisonOptions {
  readonly subscribers: number;
  readonly days: number;
  /** Events of the one subscriber. */
  readonly one: number;
  readonly seed: number;
}

export interface PoisonFigure {
  readonly poison: string;
  readonly rows: number;
  /** Of processor time. */
  readonly rowsPerSecond: number;
  /** Over that of the clean rows. */
  readonly rate: number;
  readonly rejected: number;
  /** Minutes in which one subscriber, or one cell, sent what many should. */
  readonly lopsided: string;
  /** Rows of the clean city's people that are missing, other, or too many. */
  readonly differing: number;
}

/** A row of the clean file, taken apart. */
interface Row {
  readonly line: string;
  readonly timeMs: number;
  readonly cell: string;
}

interface Poison {
  readonly name: string;
  /** Lines that come after a row; `i` is its number. */
  readonly after: (row: Row, i: number, rows: readonly Row[]) => string[];
  readonly changesPlan?: boolean;
}

/** Somebody who is not of the clean city. */
const stranger = (number: number) => `46000999${String(number).padStart(7, "0")}`;
const line = (timeMs: number, subscriber: string, cell: string) => `${timeMs},${subscriber},${cell},data,,,`;

const BAD = [
  () => "no row at all",
  ({ cell }: Row) => `yesterday,${stranger(1)},${cell},data,,,`,
  ({ timeMs, cell }: Row) => line(timeMs, "", cell),
  ({ timeMs }: Row) => line(timeMs, stranger(1), "ecgi:460-00-nowhere"),
  ({ timeMs }: Row) => line(timeMs, stranger(1), "ecgi:460-00-2"),
  ({ timeMs, cell }: Row) => `${timeMs},${stranger(1)},${cell},dancing,,,`,
];

function poisons({ one }: PoisonOptions): Poison[] {
  const wrongClock = (shiftMs: number) => (row: Row, i: number) =>
    i % WRONG_CLOCK_EVERY === 0 ? [line(row.timeMs + shiftMs, stranger(i % 50), row.cell)] : [];
  return [
    { name: "half of the rows are bad", after: (row, i) => [(BAD[i % BAD.length] as (row: Row) => string)(row)] },
    {
      name: "one subscriber with a multitude of events",
      after: (row, i, { length }) =>
        Array.from({ length: Math.ceil((one * (i + 1)) / length) - Math.ceil((one * i) / length) }, (_, event) =>
          line(row.timeMs + event, stranger(2), row.cell),
        ),
    },
    {
      name: "as many events again in one cell",
      after: (row, i, rows) => [line(row.timeMs, stranger(i % 100), (rows[0] as Row).cell)],
    },
    { name: "a source whose clock is a day ahead", after: wrongClock(DAY_MS) },
    { name: "a source whose clock is a day behind", after: wrongClock(-DAY_MS) },
    {
      name: "events of 1970 and 2100",
      after: (row, i) =>
        i % WRONG_CLOCK_EVERY === 0 ? [line(i % 20 === 0 ? 0 : Date.UTC(2100, 0, 1), stranger(3), row.cell)] : [],
    },
    { name: "the cell plan changes in mid-stream", after: () => [], changesPlan: true },
  ];
}

export async function benchPoison(options: PoisonOptions): Promise<PoisonFigure[]> {
  const { subscribers, days, seed } = options;
  return withSimulated(undefined, { subscribers, days, seed, dirt: TIMELY }, async (dir) => {
    const { config, city } = await openBenchCity(dir);
    const otherPlan = await withOtherPlan(dir);
    const [header = "", ...lines] = (await readFile(join(dir, "signalling.csv"), "utf8")).trimEnd().split("\n");
    const rows = lines.map(rowOf).filter((row) => !Number.isNaN(row.timeMs));
    const path = join(dir, "poisoned.csv");
    const measure = async (poison: Poison | null) => {
      const all = rows.flatMap((row, i) => (poison === null ? [row.line] : [row.line, ...poison.after(row, i, rows)]));
      await writeFile(path, `${[header, ...all].join("\n")}\n`);
      return derived(path, config, city, poison?.changesPlan === true ? { otherPlan, at: 0.5 * all.length } : null);
    };
    await measure(null);
    const before = await measure(null);
    const poisoned: [string, Derived][] = [];
    for (const poison of poisons(options)) poisoned.push([poison.name, await measure(poison)]);
    // The code grows warmer: the faster of both is what is measured against.
    const after = await measure(null);
    const clean = after.rowsPerSecond > before.rowsPerSecond ? after : before;
    return [figureOf("none", clean, clean), ...poisoned.map(([name, one]) => figureOf(name, one, clean))];
  });
}

function rowOf(text: string): Row {
  const [time = "", , cell = ""] = text.split(",");
  return { line: text, timeMs: Date.parse(time), cell };
}

/** The same cells behind a new one in a far corner, so that each has another number. */
async function withOtherPlan(dir: string): Promise<LoadedCity> {
  const other = join(dir, "other-plan");
  await mkdir(other);
  const files = (await readdir(dir)).filter((name) => (CITY_FILES as readonly string[]).includes(name));
  for (const name of files) await copyFile(join(dir, name), join(other, name));
  const [header = "", ...cells] = (await readFile(join(dir, "cells.csv"), "utf8")).trimEnd().split("\n");
  const least = (column: number) => Math.min(...cells.map((cell) => Number(cell.split(",")[column])));
  const corner = `ecgi:460-00-1,0,${least(LON)},${least(LAT)},,,120,,,,,`;
  await writeFile(join(other, "cells.csv"), `${[header, corner, ...cells].join("\n")}\n`);
  return (await openBenchCity(other)).city;
}

interface Derived {
  readonly counts: Counts;
  readonly rowsPerSecond: number;
  /** By subscriber: the stays, anchors and memberships as the store would have them. */
  readonly people: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

async function derived(
  path: string,
  config: Config,
  city: LoadedCity,
  change: { readonly otherPlan: LoadedCity; readonly at: number } | null,
): Promise<Derived> {
  const epochs: RowSet[] = [];
  let isChanged = false;
  let taken = 0;
  const source = fileSource({
    files: [path],
    partitions: 1,
    rowsPerBatch: config.stream.batchRows,
    pseudonymiser: benchPseudonymiser(),
    clock: Date.now,
    aheadMsMax: 0,
    lineBytesMax: LINE_BYTES_MAX,
    // As a stream, which never ends.
    closeAtEnd: false,
  });
  const engine = new Engine({
    source: watched(source, ({ batch }) => {
      taken += batch?.count ?? 0;
    }),
    city,
    changedCity: () => {
      if (change === null || isChanged || taken < change.at) return null;
      isChanged = true;
      return change.otherPlan;
    },
    options: derivationOptions(config),
    writer: { write: async (rows) => void epochs.push(rows) },
    checkpoints: null,
    metrics: createMetrics(),
    warn: () => undefined,
    limits: { flushRowsMax: config.store.flushRowsMax, flushMsMax: 1000, checkpointMs: Number.POSITIVE_INFINITY },
  });
  const before = process.cpuUsage();
  const counts = await engine.run();
  const { user, system } = process.cpuUsage(before);
  if (change !== null && !isChanged) throw new Error("the plan was not changed");
  return { counts, rowsPerSecond: Math.round(counts.events / ((user + system) / 1e6)), people: peopleOf(epochs) };
}

function peopleOf(epochs: readonly RowSet[]): Map<string, Map<string, string>> {
  const people = new Map<string, Map<string, string>>();
  const put = (row: { subscriberHi: number; subscriberLo: number }, key: string) => {
    const name = `${row.subscriberHi} ${row.subscriberLo}`;
    const rows = people.get(name) ?? new Map<string, string>();
    people.set(name, rows.set(key, JSON.stringify(row)));
  };
  for (const { stays, anchors, memberships } of epochs) {
    for (const row of stays) put(row, `stay ${row.startMs}`);
    for (const row of anchors) put(row, `anchor ${row.kind} ${row.rank}`);
    for (const row of memberships) put(row, `membership ${row.circle}`);
  }
  return people;
}

function figureOf(poison: string, one: Derived, clean: Derived): PoisonFigure {
  let differing = 0;
  for (const [name, expected] of clean.people) {
    const got = one.people.get(name) ?? new Map<string, string>();
    for (const key of new Set([...expected.keys(), ...got.keys()])) if (expected.get(key) !== got.get(key)) differing++;
  }
  const { subscriber, cell } = one.counts.lopsided;
  return {
    poison,
    rows: one.counts.events,
    rowsPerSecond: one.rowsPerSecond,
    rate: Math.round((100 * one.rowsPerSecond) / clean.rowsPerSecond) / 100,
    rejected: Object.values(one.counts.rejected).reduce((sum, count) => sum + count, 0),
    lopsided: `${subscriber} subscriber, ${cell} cell`,
    differing,
  };
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figures = await benchPoison(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...options, figures }));
  else {
    console.log(machine());
    console.table(figures);
  }
}
