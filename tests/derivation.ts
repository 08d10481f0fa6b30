import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { derivationOptions } from "../src/config/derivation.js";
import { loadConfig } from "../src/config/load.js";
import { type LoadedCity, loadCity } from "../src/geo/load.js";
import type { RowSet } from "../src/rows.js";
import { fileSource } from "../src/source/file.js";
import { Pseudonymiser } from "../src/source/pseudonym.js";
import type { Delivery, Source } from "../src/source/source.js";
import { smallCityFiles, writeSignalling } from "./smoke/small-city.js";

const newFolder = () => mkdtempSync(join(tmpdir(), "lifecircle-derivation-"));
const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** A path of this name where nothing is yet, until the test has ended. */
export function temporary(name: string): string {
  const folder = newFolder();
  onTestFinished(() => remove(folder));
  return join(folder, name);
}

export const OPTIONS = derivationOptions(loadConfig({ env: {} }));

/** @param files in the place of its own */
export function smallCity(files: Readonly<Record<string, string>> = {}): LoadedCity {
  const encoder = new TextEncoder();
  const { city, faults } = loadCity(
    new Map(Object.entries({ ...smallCityFiles(), ...files }).map(([name, text]) => [name, encoder.encode(text)])),
  );
  if (city === null) throw new Error(JSON.stringify(faults));
  return city;
}

/** The rows as deliveries of a file of two partitions, ended by a closing one each. */
export async function deliveriesOf(rows: readonly string[], rowsPerBatch = 64): Promise<Delivery[]> {
  const folder = newFolder();
  const path = join(folder, "signalling.csv");
  writeSignalling(path, rows);
  const source = fileSource({
    files: [path],
    partitions: 2,
    rowsPerBatch,
    pseudonymiser: new Pseudonymiser(Buffer.from("key")),
    clock: () => Date.UTC(2026, 5, 1),
    aheadMsMax: 60_000,
    lineBytesMax: 4096,
    closeAtEnd: true,
  });
  const all: Delivery[] = [];
  for await (const delivery of source.deliveries(new Map())) all.push(delivery);
  remove(folder);
  return all;
}

export interface ListSource extends Source {
  /** Deliveries handed over. */
  pulled: number;
  readonly acknowledged: Map<number, number>[];
}

/** A source over deliveries in memory; `onPull` is told the number of each before it is handed over. */
export function listSource(
  all: readonly Delivery[],
  onPull: (number: number) => unknown = () => undefined,
): ListSource {
  let isClosed = false;
  const source: ListSource = {
    pulled: 0,
    acknowledged: [],
    async *deliveries(after) {
      for (const delivery of all) {
        if (delivery.sequence <= (after.get(delivery.partition) ?? 0)) continue;
        await onPull(source.pulled);
        if (isClosed) return;
        source.pulled++;
        yield delivery;
      }
    },
    async acknowledge(upTo) {
      source.acknowledged.push(new Map(upTo));
    },
    async close() {
      isClosed = true;
    },
  };
  return source;
}

/** What a store that replaces rows by their keys holds after these epochs: key to row, in a fixed order. */
export function stored(epochs: readonly RowSet[]): string[] {
  const rows = new Map<string, string>();
  const put = (key: string, row: object, versionMs = 0) => {
    const before = rows.get(key);
    if (before === undefined || JSON.parse(before).versionMs <= versionMs)
      rows.set(key, JSON.stringify({ versionMs, row }));
  };
  for (const epoch of epochs) {
    for (const row of epoch.stays) put(`stay ${row.subscriberHi} ${row.subscriberLo} ${row.startMs}`, row);
    for (const row of epoch.ways) put(`way ${row.subscriberHi} ${row.subscriberLo} ${row.startMs}`, row);
    for (const row of epoch.portraits) put(`portrait ${row.subscriberHi} ${row.subscriberLo}`, row, row.versionMs);
    for (const row of epoch.devices) put(`device ${row.subscriberHi} ${row.subscriberLo}`, row, row.sinceMs);
    for (const row of epoch.anchors)
      put(`anchor ${row.subscriberHi} ${row.subscriberLo} ${row.kind} ${row.rank}`, row, row.versionMs);
    for (const row of epoch.memberships)
      put(`member ${row.subscriberHi} ${row.subscriberLo} ${row.circle}`, row, row.versionMs);
    for (const row of epoch.membershipLog)
      put(`log ${row.subscriberHi} ${row.subscriberLo} ${row.circle} ${row.versionMs} ${row.change}`, row);
    for (const row of epoch.presence)
      put(`presence ${row.slotMs} ${row.h3Hi} ${row.h3Lo} ${row.region} ${row.circle} ${row.partition}`, row);
    for (const row of epoch.rejected) put(`rejected ${row.source}`, row);
  }
  return [...rows].map(([key, row]) => `${key} ${row}`).sort();
}
