import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Config } from "../config/schema.js";
import type { Counts } from "../partition.js";
import type { Reason } from "../signal/reason.js";
import { FileOrder, type Misplaced } from "../source/file-order.js";
import { fileThread } from "../source/file-thread.js";
import type { Source } from "../source/source.js";
import type { Store } from "../store/client.js";
import { openCity } from "./city.js";
import { loadOptOut } from "./privacy.js";
import { pseudonymKeyForWriting } from "./pseudonym.js";
import { runReplayEngine } from "./replay-engine.js";
import { ReplayThreads } from "./replay-threads.js";
import { shellWord } from "./shell-word.js";
import { type ConfiguredStore, LINE_BYTES_MAX, openConfiguredStore } from "./store.js";

export interface ReplayOptions {
  readonly config: Config;
  readonly files: readonly string[];
  readonly json: boolean;
}

/** What `replay --json` prints. */
export interface ReplayReport {
  readonly events: number;
  /** Events not taken, by reason; only reasons that occurred. */
  readonly bad: Partial<Record<Reason, number>>;
  /** Changes of cell at rest, taken as events of the place. */
  readonly pingPong: number;
  readonly stays: number;
  /** Events dropped because their subscriber is on the opt-out list. */
  readonly excluded: number;
  /** Memberships in the store at the end. */
  readonly memberships: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

const PROGRESS_MS = 500;
/** Below so many bytes of files a further thread takes longer to begin than it saves. */
const THREAD_BYTES_MIN = 8 * 1024 * 1024;

/** `lifecircle replay`: files through the engine into the store of the data folder; closes every window at the end. */
export async function runReplay(options: ReplayOptions): Promise<ReplayReport> {
  const { config, files } = options;
  const key = await pseudonymKeyForWriting(config);
  const deriver = await openDeriver(config, key, await threadsFor(files, config.stream.partitions));
  try {
    const store = await openConfiguredStore(config, (fault) =>
      warn(`the store fails (${fault.message}); trying again`),
    );
    try {
      const startMs = Date.now();
      const source = fileThread({
        files,
        partitions: config.stream.partitions,
        rowsPerBatch: config.stream.batchRows,
        pseudonymKey: key,
        aheadMsMax: config.time.futureToleranceMinutes * 60_000,
        lineBytesMax: LINE_BYTES_MAX,
        closeAtEnd: true,
      });
      const order = new FileOrder();
      const totals = await deriver.run(order.watch(source), store, progress(startMs));
      const report = await reportOf(totals, (Date.now() - startMs) / 1000, store.store);
      print(report, options.json, config.data.dir);
      const misplaced = order.misplaced(config.time.latenessMinutesMax * 60_000);
      if (misplaced !== null && totals.rejected.late > 0) warn(misplacedText(misplaced));
      return report;
    } finally {
      await store.close();
    }
  } finally {
    await deriver.close();
  }
}

function misplacedText({ earlier, beginMs, readBefore, endMs }: Misplaced): string {
  const [begin, end] = [beginMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
  return (
    `events were late because ${earlier}, which begins about ${begin}Z, was read after ${readBefore}, which goes on to about ${end}Z\n` +
    "  mend: give the files in the order of their times, files of the same time sorted into one, and into a new data folder"
  );
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** What derives: one engine here, or one in each of several threads. The city is loaded, and what is wrong with it is told. */
async function openDeriver(config: Config, key: Uint8Array, threads: number) {
  if (threads > 1) return ReplayThreads.start(config, threads);
  const city = await openCity(config.geo.dir, warn);
  const optedOut = loadOptOut(config, key);
  return {
    run: (source: Source, { store }: ConfiguredStore, onEpoch: (totals: Counts) => void) =>
      runReplayEngine({ config, city, store, source, optedOut, warn, onEpoch }),
    close: () => Promise.resolve(),
  };
}

/** A thread for each THREAD_BYTES_MIN of the files, as many as there are cores and partitions at most. */
async function threadsFor(files: readonly string[], partitions: number): Promise<number> {
  let bytes = 0;
  // A file that is not there is told of by who reads it.
  for (const file of files) bytes += (await stat(file).catch(() => null))?.size ?? 0;
  return Math.max(1, Math.min(availableParallelism(), partitions, Math.floor(bytes / THREAD_BYTES_MIN)));
}

async function reportOf(totals: Counts, seconds: number, { client }: Store): Promise<ReplayReport> {
  const answer = await client.query({ query: "SELECT count() AS n FROM memberships", format: "JSONEachRow" });
  const [memberships] = await answer.json<{ n: string }>();
  return {
    events: totals.events,
    bad: Object.fromEntries(Object.entries(totals.rejected).filter(([, count]) => count > 0)),
    pingPong: totals.pingPong,
    stays: totals.stays,
    excluded: totals.excluded,
    memberships: Number(memberships?.n ?? 0),
    seconds,
    eventsPerSecond: Math.round(totals.events / seconds),
  };
}

function progress(startMs: number): (totals: Counts) => void {
  let shownMs = 0;
  return (totals) => {
    if (!process.stderr.isTTY || Date.now() - shownMs < PROGRESS_MS) return;
    shownMs = Date.now();
    const rate = Math.round((totals.events / Math.max(1, shownMs - startMs)) * 1000);
    process.stderr.write(
      `\r\x1b[K${totals.events.toLocaleString("en")} events, ${rate.toLocaleString("en")} a second, ${totals.stays.toLocaleString("en")} stays`,
    );
  };
}

function print(report: ReplayReport, json: boolean, dataDir: string): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const bad = Object.entries(report.bad).map(([reason, count]) => `  ${count} ${reason}`);
  process.stdout.write(
    [
      `${report.events} events in ${report.seconds.toFixed(1)} s, ${report.eventsPerSecond} a second`,
      ...(bad.length > 0 ? ["not taken:", ...bad] : []),
      `${report.stays} stays, ${report.memberships} memberships`,
      `ask: npx lifecircle sql --data ${shellWord(dataDir)} "SELECT circle, count() FROM memberships GROUP BY circle ORDER BY 2 DESC LIMIT 10"`,
      "",
    ].join("\n"),
  );
}
