/** A large state made of a small one, and how long a start takes to have it in memory. */
import { join } from "node:path";
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { takeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { type DerivationOptions, Partition } from "../../src/partition.js";
import { HEAD_WORDS, putRecords, snapshotRecords } from "../../src/stay/record-words.js";
import { slotsBelow } from "../../src/stay/slot-set.js";

/** Partitions of the state that is restored, each with checkpoints of its own as where engines share them by lease. */
const PARTITIONS = 16;

export interface RestoreFigure {
  readonly subscribers: number;
  readonly gigabytes: number;
  /** Of these the diaries. */
  readonly diaryGigabytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the diaries what does not lie in memory. */
  readonly fileGigabytes: number;
  /** Of the whole process when all are in memory. */
  readonly rssGigabytes: number;
}

/**
 * Writes checkpoints of so many subscribers into a folder, a partition at a time, so that no two are in memory at once; then reads all of
 * them, as an engine does at its start.
 */
export async function restoreOf(
  seed: readonly Partition[],
  count: number,
  { options, city, dir }: { options: DerivationOptions; city: LoadedCity; dir: string },
): Promise<RestoreFigure> {
  const folders: string[] = [];
  let bytes = 0;
  let diaryBytes = 0;
  for (let number = 0; number < PARTITIONS; number++) {
    const folder = join(dir, String(number));
    const partition = copyOf(seed[number % seed.length] as Partition, Math.ceil(count / PARTITIONS), options, city);
    diaryBytes += bytesOfDiaries(partition);
    partition.changeAll();
    const snapshot = takeSnapshot([partition], city);
    bytes += snapshot.bytes;
    const checkpoints = await opened(folder);
    await checkpoints.save(snapshot);
    // A start is not disturbed by it.
    await checkpoints.settled();
    folders.push(folder);
    partition.circles.diary.release();
  }
  const startMs = performance.now();
  const before = process.cpuUsage();
  const restored: Partition[] = [];
  for (const folder of folders) restored.push(...((await (await opened(folder)).restore(city, options)) ?? []));
  const { user, system } = process.cpuUsage(before);
  return {
    subscribers: restored.reduce((sum, { stays }) => sum + stays.table.count, 0),
    gigabytes: rounded(bytes / 1e9),
    diaryGigabytes: rounded(diaryBytes / 1e9),
    seconds: rounded((performance.now() - startMs) / 1000),
    cpuSeconds: rounded((user + system) / 1e6),
    fileGigabytes: restored.reduce((sum, { circles }) => sum + circles.diary.scratchBytes, 0) / 1e9,
    rssGigabytes: rounded(process.memoryUsage.rss() / 1e9),
  };
}

function bytesOfDiaries({ circles }: Partition): number {
  return circles.diary.byteLength + circles.diary.scratchBytes;
}

async function opened(dir: string) {
  return openCheckpoints(await openCheckpointFolder(dir), () => undefined);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A partition of so many subscribers, each a copy of one of `from` under another pseudonym. */
export function copyOf(from: Partition, count: number, options: DerivationOptions, city: LoadedCity): Partition {
  const to = new Partition(from.number, city, options);
  const { circles } = from;
  for (const [at, name] of circles.standings.names.entries())
    to.circles.standings.numberOf(name, circles.standings.dimensions[at] ?? "region");
  const originals = from.stays.table.count;
  for (let first = 0; first < count; first += originals) {
    const sources = slotsBelow(Math.min(originals, count - first));
    const words = snapshotRecords(from.stays.table, sources);
    for (let i = 0; i < sources.length; i++) words.heads[i * HEAD_WORDS + 1] = first + i + 1;
    // Room is made as newcomers make it.
    const slots = sources.map((i) => to.stays.table.slotOf(first + i + 1, words.heads[i * HEAD_WORDS] as number));
    putRecords(to.stays.table, slots, words);
    to.circles.put(slots, circles.snapshot(sources));
    to.circles.diary.put(slots, circles.diary.snapshot(sources));
    to.circles.standings.put(slots, circles.standings.snapshot(sources));
  }
  return to;
}
