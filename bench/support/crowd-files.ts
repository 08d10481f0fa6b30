import { createWriteStream } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { City } from "../../src/geo/city.js";
import { type EventBatch, KINDS } from "../../src/signal/batch.js";
import { formatCell } from "../../src/signal/identity.js";
import { readCityFolder } from "../../src/source/city-folder.js";
import { START_MS, type TrafficOptions, traffic } from "./traffic.js";

const PLAN = fileURLToPath(new URL("../../geo/guangzhou", import.meta.url));
const DAY_MS = 86_400_000;
/** The city's clock, written out as networks do. */
const OFFSET = "+08:00";
const OFFSET_MS = 8 * 3_600_000;

export type CrowdOptions = Omit<TrafficOptions, "partitions"> & { readonly days: number };

/** Calls `work` with a folder of the demo city's plan and of a crowd's signalling (traffic.ts) as the CSV that a network would write; it is removed afterwards. */
export async function withCrowdFiles<T>(options: CrowdOptions, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-crowd-"));
  try {
    await cp(PLAN, dir, { recursive: true });
    const { city } = await readCityFolder(dir);
    if (city === null) throw new Error(`${PLAN} is no city`);
    await pipeline(Readable.from(linesOf(city, options)), createWriteStream(join(dir, "signalling.csv")));
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** The header, and then the rows of a batch at a time, all in the order of time. */
function* linesOf({ cells }: City, options: CrowdOptions): Generator<string> {
  yield "time,subscriber,cell,kind\n";
  for (const { batch } of traffic(cells, { ...options, partitions: 1 })) {
    if (batch.baseMs >= START_MS + options.days * DAY_MS) return;
    yield rowsOf(batch);
  }
}

function rowsOf({ count, baseMs, offsetMs, subscriber, cell, cells, kind }: EventBatch): string {
  const names = Array.from({ length: cells.length / 2 }, (_, i) =>
    formatCell(cells[2 * i + 1] as number, cells[2 * i] as number),
  );
  let rows = "";
  for (let i = 0; i < count; i++) {
    const wall = new Date(baseMs + (offsetMs[i] as number) + OFFSET_MS).toISOString().slice(0, -1);
    // The upper word alone tells people apart (crowd.ts); ten digits of it make an IMSI.
    const imsi = `46000${String(subscriber[2 * i + 1]).padStart(10, "0")}`;
    rows += `${wall}${OFFSET},${imsi},${names[cell[i] as number]},${KINDS[kind[i] as number]}\n`;
  }
  return rows;
}
