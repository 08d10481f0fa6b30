import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { from, lastValueFrom } from "rxjs";
import { derivationOptions } from "../../src/config/derivation.js";
import { loadConfig } from "../../src/config/load.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { type Counts, Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import type { RowSet } from "../../src/rows.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import { fileSource } from "../../src/source/file.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";

const ROOT = join(import.meta.dirname, "../..");
/** What a deployment runs with when nobody changes anything. */
const DEFAULTS = derivationOptions(loadConfig({ env: {}, flags: { "geo.dir": join(ROOT, "geo/guangzhou") } }));
/** The clock of the machine; events may not lie after it. */
export const NOW_MS = Date.UTC(2026, 11, 31);

export interface TestEvent {
  readonly timeMs: number;
  readonly subscriber: string;
  readonly cell: string;
  readonly kind?: string;
  readonly homePlmn?: string;
}

export interface Ran {
  readonly rows: RowSet;
  readonly counts: Counts;
}

const pseudonymiser = () => new Pseudonymiser(Buffer.from("test"));

/** The events as the lines of a file, in this order, through decode and the pipeline of one partition to the end of the stream. */
export function run(city: LoadedCity, events: readonly TestEvent[]): Promise<Ran> {
  const lines = events.map(
    ({ timeMs, subscriber, cell, kind = "data", homePlmn = "" }) =>
      `${timeMs},${subscriber},${cell},${kind},${homePlmn}`,
  );
  return runLines(city, ["time,subscriber,cell,kind,home_plmn", ...lines]);
}

/** The same for the lines of a CSV file, header first. */
export async function runLines(city: LoadedCity, lines: readonly string[]): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "lifecircle-run-"));
  try {
    const path = join(folder, "signalling.csv");
    await writeFile(path, `${lines.join("\n")}\n`);
    const partition = new Partition(0, city, DEFAULTS);
    const source = fileSource({
      files: [path],
      partitions: 1,
      rowsPerBatch: 1000,
      pseudonymiser: pseudonymiser(),
      clock: () => NOW_MS,
      aheadMsMax: 0,
      lineBytesMax: 1000,
      closeAtEnd: true,
    });
    await lastValueFrom(from(source.deliveries(new Map())).pipe(pipeline(() => partition)));
    return partition.take();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What was refused, by reason; only reasons that occurred. */
export function refused({ counts }: Ran): Record<string, number> {
  return Object.fromEntries(Object.entries(counts.rejected).filter(([, count]) => count > 0));
}

/** Rows of one subscriber. */
export function ofSubscriber<Row extends { subscriberHi: number; subscriberLo: number }>(
  rows: readonly Row[],
  subscriber: string,
): Row[] {
  const key = pseudonymiser();
  key.pseudonymiseText(subscriber);
  const name = formatPseudonym(key.hi, key.lo);
  return rows.filter((row) => formatPseudonym(row.subscriberHi, row.subscriberLo) === name);
}
