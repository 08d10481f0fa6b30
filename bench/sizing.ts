/**
 * What has to be bought for how many subscribers, by the costs that the other benchmarks measure?
 * `npm run bench -- sizing [--event-nanoseconds 800] [--person-day-microseconds 200] ... [--json]`: arithmetic, no measurement; every cost
 * is a flag. The test of the same name runs it.
 */
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";

const PEOPLE = [100_000, 1_000_000, 10_000_000, 20_000_000, 100_000_000];
const DAY_SEC = 86_400;
const HOURS_A_MONTH = 730;
const GB = 1e9;
/** Below so many people one machine that is down for an hour is no disaster, and each server is there once. */
const SINGLE_PEOPLE_MAX = 1_000_000;

/** Costs as measured, and what is wanted of the installation. */
export const SIZING = {
  eventsPerDay: 864,
  peakOverMean: 5,
  /** Core: an event, and a person and day at the close; a close of all may take so many hours. */
  eventNanoseconds: 800,
  personDayMicroseconds: 200,
  closeHours: 1,
  /** State of a subscriber with 28 full days, its diary aside; the process around it is so much larger; an event waits so long. */
  stateBytes: 800,
  memoryOverState: 1.3,
  waitingBytes: 21,
  waitingMinutes: 10,
  /** A diary of 28 full days, in a file beside the engine; checkpoints hold all of it and of the state, so many times while they are merged. */
  diaryBytes: 4000,
  checkpointCopies: 5,
  /** An event on the wire and its processor time in a server of NATS, a copy. */
  wireBytes: 20,
  natsNanoseconds: 450,
  streamDays: 2,
  /** Rows of a person and day in ClickHouse, compressed, and their processor time. */
  storeBytes: 950,
  storeMicroseconds: 150,
  storeDays: 400,
  /** Share of a core that is used at the peak. */
  usedShare: 0.6,
  machineCores: 16,
  machineGb: 128,
  /** What is paid: a core with its memory an hour, and a gigabyte of disk a month, in dollars. */
  coreHourDollars: 0.04,
  diskMonthDollars: 0.08,
} as const;

type Costs = Record<keyof typeof SIZING, number>;

export interface Size {
  readonly people: number;
  readonly eventsPerSecondPeak: number;
  readonly engineCores: number;
  readonly engineMemoryGb: number;
  readonly engineDiskGb: number;
  readonly engineMachines: number;
  readonly natsServers: number;
  readonly natsGbPerDay: number;
  readonly natsDiskGb: number;
  readonly clickhouseNodes: number;
  readonly clickhouseGbPerDay: number;
  readonly clickhouseDiskGb: number;
  readonly dollarsPerMonth: number;
}

/** What so many people take. */
export function sizeOf(people: number, costs: Costs): Size {
  const mean = (people * costs.eventsPerDay) / DAY_SEC;
  const peak = mean * costs.peakOverMean;
  const cores = (seconds: number) => seconds / costs.usedShare;
  const closing = (people * costs.personDayMicroseconds) / 1e6 / (costs.closeHours * 3600);
  const engineCores = Math.ceil(Math.max(cores((peak * costs.eventNanoseconds) / 1e9), closing));
  const waiting = peak * costs.waitingMinutes * 60 * costs.waitingBytes;
  const engineMemoryGb = (people * costs.stateBytes * costs.memoryOverState + waiting) / GB;
  const { stateBytes, diaryBytes, checkpointCopies } = costs;
  const engineDiskGb = (people * (diaryBytes + checkpointCopies * (stateBytes + diaryBytes))) / GB;
  const engineMachines = Math.ceil(Math.max(engineCores / costs.machineCores, engineMemoryGb / costs.machineGb));
  const isSingle = people <= SINGLE_PEOPLE_MAX;
  const streamCopies = isSingle ? 1 : 3;
  const natsCores = cores((peak * costs.natsNanoseconds * streamCopies) / 1e9);
  const natsServers = Math.max(streamCopies, Math.ceil(natsCores / costs.machineCores));
  const natsGbPerDay = (mean * DAY_SEC * costs.wireBytes) / GB;
  const natsDiskGb = natsGbPerDay * streamCopies * costs.streamDays;
  const storeCopies = isSingle ? 1 : 2;
  const storeCores = cores((people * costs.storeMicroseconds * storeCopies) / 1e6 / DAY_SEC);
  const clickhouseNodes = Math.max(storeCopies, Math.ceil(storeCores / costs.machineCores) * storeCopies);
  const clickhouseGbPerDay = (people * costs.storeBytes) / GB;
  const clickhouseDiskGb = clickhouseGbPerDay * storeCopies * costs.storeDays;
  // A core comes with its part of a machine's memory.
  const gbACore = costs.machineGb / costs.machineCores;
  const bought =
    Math.max(engineCores, Math.ceil(engineMemoryGb / gbACore)) + Math.ceil(natsCores) + Math.ceil(storeCores);
  const coreMonths = bought * HOURS_A_MONTH * costs.coreHourDollars;
  return {
    people,
    eventsPerSecondPeak: Math.round(peak),
    engineCores,
    engineMemoryGb: rounded(engineMemoryGb),
    engineDiskGb: Math.ceil(engineDiskGb),
    engineMachines,
    natsServers,
    natsGbPerDay: rounded(natsGbPerDay),
    natsDiskGb: Math.ceil(natsDiskGb),
    clickhouseNodes,
    clickhouseGbPerDay: rounded(clickhouseGbPerDay),
    clickhouseDiskGb: Math.ceil(clickhouseDiskGb),
    dollarsPerMonth: Math.round(coreMonths + (engineDiskGb + natsDiskGb + clickhouseDiskGb) * costs.diskMonthDollars),
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(SIZING);
  const sizes = PEOPLE.map((people) => sizeOf(people, options));
  if (json) console.log(JSON.stringify({ ...options, sizes }));
  else {
    const [first] = sizes;
    const rows = Object.keys(first as Size).map((key) => [key, ...sizes.map((size) => size[key as keyof Size])]);
    console.table(Object.fromEntries(rows.map(([key, ...values]) => [key, values])));
  }
}
