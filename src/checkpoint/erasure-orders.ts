/**
 * Who is to be forgotten, as files of the data folder, through which `lifecircle forget` and a running engine speak:
 *
 *     privacy/forgotten.json   pseudonyms and when they were to be forgotten; kept until the stream has dropped what was sent before
 *     privacy/done.json        up to which order memory and checkpoints are clean
 *     privacy/engine.json      the process of the engine that runs on this folder
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../signal/user-error.js";

/** An order to forget a subscriber. */
export interface ErasureOrder {
  /** Decimal 64-bit pseudonym. */
  readonly pseudonym: string;
  /** When it was given, epoch ms; unique in its folder. */
  readonly atMs: number;
}

/** The form in which orders are written. */
export const ORDERS = z.array(z.strictObject({ pseudonym: z.string().regex(/^\d{1,20}$/), atMs: z.number() }));
const DONE = z.strictObject({ atMs: z.number() });
const ENGINE = z.strictObject({ pid: z.int().positive() });

function pathOf(dataDir: string, name: "forgotten" | "done" | "engine"): string {
  return join(dataDir, "privacy", `${name}.json`);
}

/** Writes a file whole or not at all, readable by its owner alone. */
function write(dataDir: string, name: "forgotten" | "done" | "engine", content: object): void {
  const path = pathOf(dataDir, name);
  const beside = `${path}.${process.pid}`;
  mkdirSync(join(dataDir, "privacy"), { recursive: true, mode: 0o700 });
  writeFileSync(beside, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}

/** Null when there is no such file. @throws UserError for one that is not of ours: an order must not be lost unseen */
function read<T>(dataDir: string, name: "forgotten" | "done" | "engine", schema: z.ZodType<T>): T | null {
  const path = pathOf(dataDir, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, "make it readable for this user");
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(
      `${path} is damaged`,
      "remove it, and give the orders of the last days again with `lifecircle forget`",
    );
  }
}

/** The orders of a data folder, oldest first. @throws UserError when their file cannot be read */
export function erasureOrders(dataDir: string): readonly ErasureOrder[] {
  return read(dataDir, "forgotten", ORDERS) ?? [];
}

/**
 * Adds an order, and leaves out those that are done and older than the stream remembers.
 *
 * @returns the order, later than all before it
 */
export function orderErasure(dataDir: string, pseudonym: string, nowMs: number, streamAgeMsMax: number): ErasureOrder {
  const before = erasureOrders(dataDir).filter(isKept(dataDir, nowMs, streamAgeMsMax));
  const order = { pseudonym, atMs: Math.max(nowMs, (before.at(-1)?.atMs ?? 0) + 1, erasedUpTo(dataDir) + 1) };
  write(dataDir, "forgotten", [...before, order]);
  return order;
}

/** The orders that memory and checkpoints have still to follow, oldest first. */
export function ordersToDo(dataDir: string): readonly ErasureOrder[] {
  const doneMs = erasedUpTo(dataDir);
  return erasureOrders(dataDir).filter(({ atMs }) => atMs > doneMs);
}

function isKept(dataDir: string, nowMs: number, streamAgeMsMax: number): (order: ErasureOrder) => boolean {
  const doneMs = erasedUpTo(dataDir);
  return ({ atMs }) => atMs > doneMs || nowMs - atMs <= streamAgeMsMax;
}

/** Takes out what is done and the stream remembers no more. Call it where nobody else writes orders: at the start of an engine. */
export function dropOldOrders(dataDir: string, nowMs: number, streamAgeMsMax: number): void {
  const all = erasureOrders(dataDir);
  const kept = all.filter(isKept(dataDir, nowMs, streamAgeMsMax));
  if (kept.length < all.length) write(dataDir, "forgotten", kept);
}

/** Memory and checkpoints hold nobody of the orders up to here, epoch ms; 0 before the first. */
export function erasedUpTo(dataDir: string): number {
  return read(dataDir, "done", DONE)?.atMs ?? 0;
}

export function noteErased(dataDir: string, atMs: number): void {
  if (atMs > erasedUpTo(dataDir)) write(dataDir, "done", { atMs });
}

/** Says that an engine keeps its state in this folder, until `noteEngineEnd`. */
export function noteEngine(dataDir: string): void {
  write(dataDir, "engine", { pid: process.pid });
}

export function noteEngineEnd(dataDir: string): void {
  rmSync(pathOf(dataDir, "engine"), { force: true });
}

/** The process of the engine that runs on a folder, or null; what a killed one left behind counts for nothing. */
export function runningEngine(dataDir: string): number | null {
  const pid = read(dataDir, "engine", ENGINE)?.pid ?? null;
  if (pid === null) return null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? pid : null;
  }
}
