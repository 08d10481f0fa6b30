import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import { Engine, type PrivacyWatch } from "../engine.js";
import { createMetrics } from "../metrics/metrics.js";
import type { Counts } from "../partition.js";
import type { Exclusion } from "../signal/exclusion.js";
import type { Reason } from "../signal/reason.js";
import { fileThread } from "../source/file-thread.js";
import { createStoreWriter } from "../store/writer.js";
import { openCity } from "./city.js";
import { loadOptOut } from "./privacy.js";
import { pseudonymKeyForWriting } from "./pseudonym.js";
import { LINE_BYTES_MAX, openConfiguredStore, WRITER_LIMITS } from "./store.js";

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

/** `lifecircle replay`: files through the engine into the store of the data folder; closes every window at the end. */
export async function runReplay(options: ReplayOptions): Promise<ReplayReport> {
  const { config, files } = options;
  const warn = (message: string) => process.stderr.write(`${message}\n`);
  const city = await openCity(config.geo.dir, warn);
  const key = await pseudonymKeyForWriting(config);
  const store = await openConfiguredStore(config, (fault) => warn(`the store fails (${fault.message}); trying again`));
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
    const engine = new Engine({
      source,
      city,
      options: derivationOptions(config),
      writer: createStoreWriter(store.store, WRITER_LIMITS),
      checkpoints: null,
      privacy: fixedOptOut(loadOptOut(config, key)),
      metrics: createMetrics(),
      warn,
      limits: {
        flushRowsMax: config.store.flushRowsMax,
        flushMsMax: config.store.flushSecondsMax * 1000,
        checkpointMs: Number.POSITIVE_INFINITY,
      },
      onEpoch: progress(startMs),
    });
    const totals = await engine.run();
    const seconds = (Date.now() - startMs) / 1000;
    const answer = await store.store.client.query({
      query: "SELECT count() AS n FROM memberships",
      format: "JSONEachRow",
    });
    const memberships = Number((await answer.json<{ n: string }>())[0]?.n ?? 0);
    const report = { ...reportOf(totals), memberships, seconds, eventsPerSecond: Math.round(totals.events / seconds) };
    print(report, options.json, config.data.dir);
    return report;
  } finally {
    await store.close();
  }
}

/** The opt-out list as it was at the start. Erasure orders are none of a replay's: it keeps no state and reads what it is given. */
function fixedOptOut(exclusion: Exclusion): PrivacyWatch {
  let isTaken = false;
  return {
    changed() {
      if (isTaken) return null;
      isTaken = true;
      return { exclusion, forget: [], upToMs: 0 };
    },
    forgotten: () => undefined,
  };
}

function reportOf(totals: Counts): Pick<ReplayReport, "events" | "bad" | "pingPong" | "stays" | "excluded"> {
  const bad = Object.fromEntries(Object.entries(totals.rejected).filter(([, count]) => count > 0));
  return { events: totals.events, bad, pingPong: totals.pingPong, stays: totals.stays, excluded: totals.excluded };
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
      `ask: npx lifecircle sql --data ${dataDir} "SELECT circle, count() FROM memberships GROUP BY circle ORDER BY 2 DESC LIMIT 10"`,
      "",
    ].join("\n"),
  );
}
