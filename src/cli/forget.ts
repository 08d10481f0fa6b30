/** `lifecircle forget`: removes a person from memory, checkpoints and tables, and shows that nothing is left. */
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { openCheckpoints } from "../checkpoint/checkpoints.js";
import { type ErasureOrder, erasedUpTo, noteErased, orderErasure, ordersToDo } from "../checkpoint/erasure-orders.js";
import { openCheckpointFolder } from "../checkpoint/folder.js";
import { takeSnapshot } from "../checkpoint/snapshot.js";
import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import { UserError } from "../signal/user-error.js";
import { addToOptOut, parsePseudonym } from "../source/opt-out.js";
import { type Erasure, eraseSubscriber } from "../store/erase.js";
import { storeErrorOf } from "../store/store-error.js";
import { openCity } from "./city.js";
import { findStore, storeAddress } from "./find-store.js";
import { forgetInCluster } from "./forget-in-cluster.js";
import { optOutFile } from "./privacy.js";
import { pseudonymOf } from "./pseudonym.js";
import { openScratch } from "./scratch.js";
import { checkpointDir, holdState } from "./state-folder.js";

export interface ForgetOptions {
  readonly config: Config;
  /** Raw id; `-` reads it from standard input, where no list of processes shows it. Either this or `pseudonym`. */
  readonly id?: string;
  /** Decimal pseudonym. */
  readonly pseudonym?: string;
  readonly optOut: boolean;
  /** Seconds to wait for a running engine. */
  readonly waitSecondsMax: number;
  readonly json: boolean;
}

/** What `forget --json` prints. */
export interface ForgetReport {
  readonly pseudonym: string;
  /** Who took it out of the checkpoints: the engine that runs, or this command. */
  readonly stateBy: "engine" | "command" | "nobody";
  readonly tables: Erasure;
  /** Files of the data folder that still hold the pseudonym; the store and the stream are told apart below. */
  readonly filesLeft: readonly string[];
  readonly optedOut: boolean;
  /** Until when the stream may hold what was sent before, ISO 8601; whoever reads it leaves it out. */
  readonly streamUntil: string;
  readonly nothingLeft: boolean;
  readonly seconds: number;
}

const DAY_MS = 86_400_000;
const POLL_MS = 100;
/** Larger files are no logs or checkpoints of ours. */
const FILE_BYTES_MAX = 2 ** 31;

export async function runForget(options: ForgetOptions): Promise<ForgetReport> {
  const { config } = options;
  const startMs = Date.now();
  const isShared = config.engine.partitions === "lease";
  if (!isShared && !existsSync(config.data.dir))
    throw new UserError(`there is no data folder ${config.data.dir}`, "give --data, or the --config of the engine");
  const pseudonym = await pseudonymOfOptions(options);
  const streamAgeMs = config.stream.maxAgeDays * DAY_MS;
  const { order, stateBy, objectsLeft } = isShared
    ? await eraseInCluster(options, pseudonym)
    : await eraseHere(options, pseudonym);
  const store = await findStore(storeAddress(config));
  const tables = await eraseSubscriber(store.client, pseudonym)
    .catch((error: unknown) => {
      throw storeErrorOf(error, "forget");
    })
    .finally(() => store.close());
  const filesLeft = [...filesWith(config, pseudonym), ...objectsLeft];
  const report: ForgetReport = {
    pseudonym,
    stateBy,
    tables,
    filesLeft,
    optedOut: options.optOut,
    streamUntil: new Date(order.atMs + streamAgeMs).toISOString(),
    nothingLeft:
      filesLeft.length === 0 && tables.replacedParts === 0 && Object.values(tables.left).every((rows) => rows === 0),
    seconds: (Date.now() - startMs) / 1000,
  };
  print(report, options.json);
  return report;
}

/** An order that is done in memory and in the checkpoints. */
interface StateErased {
  readonly order: ErasureOrder;
  readonly stateBy: ForgetReport["stateBy"];
  readonly objectsLeft: readonly string[];
}

async function eraseInCluster(
  { config, waitSecondsMax, optOut }: ForgetOptions,
  pseudonym: string,
): Promise<StateErased> {
  const { order, filesLeft } = await forgetInCluster(config, pseudonym, { secondsMax: waitSecondsMax, optOut });
  return { order, stateBy: "engine", objectsLeft: filesLeft };
}

async function eraseHere(options: ForgetOptions, pseudonym: string): Promise<StateErased> {
  const { config } = options;
  if (options.optOut) addToOptOut(optOutFile(config), pseudonym);
  const order = await orderErasure(config.data.dir, pseudonym, Date.now(), config.stream.maxAgeDays * DAY_MS);
  return { order, stateBy: await eraseState(options, order), objectsLeft: [] };
}

async function pseudonymOfOptions({ id, pseudonym, config }: ForgetOptions): Promise<string> {
  if ((id === undefined) === (pseudonym === undefined))
    throw new UserError("give a raw id or --pseudonym, one of the two", "lifecircle forget ID --data DIR");
  if (pseudonym !== undefined) {
    if (parsePseudonym(pseudonym) === null)
      throw new UserError(`${pseudonym} is no pseudonym`, "give the number that the store shows as subscriber");
    return BigInt(pseudonym).toString();
  }
  const identity = id === "-" ? readFileSync(0, "utf8").trim() : (id as string);
  return pseudonymOf(identity, config, true);
}

/** Takes the person out of checkpoints, and out of the memory of an engine where one runs. */
async function eraseState(options: ForgetOptions, order: ErasureOrder): Promise<ForgetReport["stateBy"]> {
  const { config, waitSecondsMax } = options;
  const deadlineMs = Date.now() + waitSecondsMax * 1000;
  for (;;) {
    const letGo = await holdState(config, POLL_MS);
    // Who has ended just now may have done it.
    const isDone = erasedUpTo(config.data.dir) >= order.atMs;
    try {
      if (isDone) return "engine";
      if (letGo !== null) return await eraseCheckpoints(config, order);
    } finally {
      await letGo?.();
    }
    if (Date.now() > deadlineMs)
      throw new UserError(
        `the engine of ${config.data.dir} has not forgotten within ${waitSecondsMax} s; it still will, the order stands`,
        "see whether it can write its store and checkpoints, then give the same command again",
      );
  }
}

async function eraseCheckpoints(config: Config, order: ErasureOrder): Promise<ForgetReport["stateBy"]> {
  const dir = checkpointDir(config);
  if (readdirSync(dir).length === 0) {
    noteErased(config.data.dir, order.atMs);
    return "nobody";
  }
  const warn = (message: string) => process.stderr.write(`${message}\n`);
  const checkpoints = await openCheckpoints(await openCheckpointFolder(dir), warn);
  const city = await openCity(config.geo.dir, () => undefined);
  const scratch = openScratch(config, warn);
  const partitions = await checkpoints.restore(city, { ...derivationOptions(config), scratch });
  if (partitions === null)
    throw new UserError(
      `no checkpoint in ${dir} can be read, so nobody can be taken out of them`,
      "remove that folder (the engine then reads the stream from its beginning), and give the command again",
    );
  // Those of before that nobody has done count as done with this one.
  const people = ordersToDo(config.data.dir).flatMap(({ pseudonym }) => parsePseudonym(pseudonym) ?? []);
  for (const partition of partitions) for (const { hi, lo } of people) partition.forget(hi, lo);
  await checkpoints.save(takeSnapshot(partitions, city), true);
  scratch.close();
  noteErased(config.data.dir, order.atMs);
  return "command";
}

/** Folders with a check of their own: tables are asked, and the stream is told by its age. The opt-out list and the orders must know. */
const OTHERS = ["clickhouse", "clickhouse-incoming", "nats/jetstream", "privacy"];

/** Files that hold the pseudonym as eight bytes, as checkpoints do, or as decimal digits, as a log would. */
function filesWith(config: Config, pseudonym: string): string[] {
  const { dir } = config.data;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(pseudonym));
  const optOut = optOutFile(config);
  const isOther = (path: string) =>
    path === optOut || OTHERS.some((other) => path.startsWith(`${join(dir, other)}/`) || path === join(dir, other));
  const found: string[] = [];
  for (const root of new Set([dir, checkpointDir(config)])) {
    if (!existsSync(root)) continue;
    for (const path of filesBelow(root, isOther)) {
      const content = readIfThere(path);
      if (content.includes(bytes) || content.includes(pseudonym)) found.push(relative(dir, path));
    }
  }
  return [...new Set(found)];
}

function filesBelow(dir: string, isOther: (path: string) => boolean): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry: Dirent) => {
    const path = join(dir, entry.name);
    if (isOther(path)) return [];
    if (entry.isDirectory()) return filesBelow(path, isOther);
    return entry.isFile() ? [path] : [];
  });
}

/** A file may go away while the folder is read. */
function readIfThere(path: string): Buffer {
  try {
    return statSync(path).size > FILE_BYTES_MAX ? Buffer.alloc(0) : readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

const STATE_TEXT = {
  engine: "taken out of memory and checkpoints by the process that had them, as the engine",
  command: "taken out of the checkpoints; no engine runs",
  nobody: "no engine runs, and there is no checkpoint",
} as const;

function print(report: ForgetReport, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { removed, left, replacedParts } = report.tables;
  const rows = Object.entries(removed).map(([table, count]) => `  ${count} rows of ${table}`);
  const still = Object.entries(left).filter(([, count]) => count > 0);
  const checked = Object.keys(left).length;
  const lines = [
    `state: ${STATE_TEXT[report.stateBy]}`,
    ...(rows.length > 0 ? ["removed:", ...rows] : ["no table had a row"]),
    ...still.map(([table, count]) => `STILL THERE: ${count} rows of ${table}`),
    ...report.filesLeft.map((file) => `STILL THERE: ${file}`),
    ...(replacedParts > 0
      ? [`STILL THERE: ${replacedParts} replaced files of tables, which the server removes later`]
      : []),
    report.nothingLeft
      ? `checked: no row in ${checked} tables and no file of the data folder names ${report.pseudonym}`
      : "not done: see above, and give the command again",
    `the stream drops what was sent before by ${report.streamUntil}; until then it is left out wherever it is read`,
    report.optedOut ? "on the opt-out list: nothing new is taken" : "not on the opt-out list: new events are taken",
    `${report.seconds.toFixed(1)} s`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
