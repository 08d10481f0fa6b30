/** Deliveries led through partitions to the end, and whether each of their rows is somewhere afterwards. */
import { from } from "rxjs";
import { derivationOptions } from "../../src/config/derivation.js";
import { loadConfig } from "../../src/config/load.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import { REASON_NAMES, REASONS } from "../../src/signal/reason.js";
import type { Delivery } from "../../src/source/source.js";
import { RAW_ID_DIGITS } from "./seeds.js";
import { must, type Verdict } from "./target.js";

export const OPTIONS = derivationOptions(loadConfig({ env: {} }));

/**
 * Runs deliveries through new partitions until everything is closed, and counts what was taken and refused.
 *
 * @param rows how many rows the input has; null where that is not known
 * @throws when a row is neither taken nor refused, a reject is not kept, has no known reason, or tells a raw id
 */
export function derived(city: LoadedCity, deliveries: readonly Delivery[], rows: number | null): Verdict {
  const partitions = new Map<number, Partition>();
  const partitionOf = (number: number) => {
    const partition = partitions.get(number) ?? new Partition(number, city, OPTIONS);
    partitions.set(number, partition);
    return partition;
  };
  const numbers = new Set(deliveries.map(({ partition }) => partition));
  const ends = [...numbers].map((partition) => endOf(partition, deliveries.length + 1));
  from([...deliveries, ...ends])
    .pipe(pipeline(partitionOf))
    .subscribe();
  return verdictOf([...partitions.values()], rows);
}

/** One input in eight is led through partitions, which takes far longer than to read it; which ones, their bytes say. */
export function isForPartition(bytes: Buffer): boolean {
  return ((bytes[bytes.length >> 1] ?? 0) & 7) === 0;
}

/** What was read and refused, before any partition. @throws as `derived` */
export function countsOf(read: readonly Pick<Delivery, "batch" | "rejects">[], rows: number | null): Verdict {
  const verdict: Record<string, number> = {};
  for (const { batch, rejects } of read) {
    verdict.taken = (verdict.taken ?? 0) + (batch?.count ?? 0);
    for (const reject of rejects) {
      checkReject(reject);
      verdict[reject.reason] = (verdict[reject.reason] ?? 0) + 1;
    }
  }
  const events = Object.values(verdict).reduce((sum, count) => sum + count, 0);
  must(rows === null || events === rows, () => `${events} rows are counted, the input has ${rows}`);
  return verdict;
}

function checkReject({
  reason,
  raw,
  source,
}: {
  readonly reason: string;
  readonly raw: string;
  readonly source: string;
}) {
  must(Object.hasOwn(REASONS, reason), () => `a row is refused as ${reason}, which is no reason`);
  must(!raw.includes(RAW_ID_DIGITS) && !source.includes(RAW_ID_DIGITS), () => `a reject tells a raw id: ${raw}`);
}

function endOf(partition: number, sequence: number): Delivery {
  const watermarkMs = Number.POSITIVE_INFINITY;
  return {
    partition,
    sequence,
    origin: "end",
    batch: null,
    rejects: [],
    watermarkMs,
    receivedMs: 0,
    pendingMessages: 0,
  };
}

function verdictOf(partitions: readonly Partition[], rows: number | null): Verdict {
  const verdict: Record<string, number> = { taken: 0 };
  let events = 0;
  for (const partition of partitions) {
    const taken = partition.take();
    events += taken.counts.events;
    verdict.taken = (verdict.taken ?? 0) + taken.counts.events;
    for (const reason of REASON_NAMES) {
      const counted = taken.counts.rejected[reason];
      const kept = taken.rows.rejected.filter((row) => row.reason === reason).length;
      // A run of events at an impossible place is one row.
      const isKept = reason === "teleport" ? kept <= counted && kept > 0 === counted > 0 : kept === counted;
      must(isKept, () => `${counted} rows are counted as ${reason}, and ${kept} are kept`);
      if (counted === 0) continue;
      verdict.taken = (verdict.taken ?? 0) - counted;
      verdict[reason] = (verdict[reason] ?? 0) + counted;
    }
    for (const reject of taken.rows.rejected) checkReject(reject);
  }
  must(rows === null || events === rows, () => `${events} rows are counted, the input has ${rows}`);
  return verdict;
}
