/**
 * Who is to be forgotten, as files of the data folder, through which `lifecircle forget` and a running engine speak:
 *
 *     privacy/forgotten.json   pseudonyms and when they were to be forgotten; kept until the stream has dropped what was sent before
 *     privacy/done.json        up to which order memory and checkpoints are clean
 *
 * One process at a time adds or drops orders, so none is lost between a reading and a writing; who has the state, and nobody else, says what is done.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "../source/make-folder.js";
import { whileHeld } from "./hold-folder.js";

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

type Name = "forgotten" | "done";

function pathOf(dataDir: string, name: Name): string {
  return join(dataDir, "privacy", `${name}.json`);
}

function madeFolder(dataDir: string): string {
  const dir = join(dataDir, "privacy");
  makeFolder(dir, 0o700);
  return dir;
}

/** Writes a file whole or not at all, readable by its owner alone. */
function write(dataDir: string, name: Name, content: object): void {
  madeFolder(dataDir);
  const path = pathOf(dataDir, name);
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}

/** Null when there is no such file. @throws UserError for one that is not of ours: an order must not be lost unseen */
function read<T>(dataDir: string, name: Name, schema: z.ZodType<T>): T | null {
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
export async function orderErasure(
  dataDir: string,
  pseudonym: string,
  nowMs: number,
  streamAgeMsMax: number,
): Promise<ErasureOrder> {
  return whileHeld(madeFolder(dataDir), "orders", () => {
    const before = erasureOrders(dataDir);
    const order = { pseudonym, atMs: Math.max(nowMs, (before.at(-1)?.atMs ?? 0) + 1, erasedUpTo(dataDir) + 1) };
    write(dataDir, "forgotten", [...before.filter(isKept(dataDir, nowMs, streamAgeMsMax)), order]);
    return order;
  });
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

/** Takes out what is done and the stream remembers no more. */
export async function dropOldOrders(dataDir: string, nowMs: number, streamAgeMsMax: number): Promise<void> {
  if (erasureOrders(dataDir).every(isKept(dataDir, nowMs, streamAgeMsMax))) return;
  await whileHeld(madeFolder(dataDir), "orders", () =>
    write(dataDir, "forgotten", erasureOrders(dataDir).filter(isKept(dataDir, nowMs, streamAgeMsMax))),
  );
}

/** Memory and checkpoints hold nobody of the orders up to here, epoch ms; 0 before the first. */
export function erasedUpTo(dataDir: string): number {
  return read(dataDir, "done", DONE)?.atMs ?? 0;
}

export function noteErased(dataDir: string, atMs: number): void {
  if (atMs > erasedUpTo(dataDir)) write(dataDir, "done", { atMs });
}
