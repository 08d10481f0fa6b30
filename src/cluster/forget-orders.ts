/** Who is to be forgotten, and who opted out, as entries that all engines of a cluster see. */
import { z } from "zod";
import { type ErasureOrder, ORDERS } from "../checkpoint/erasure-orders.js";
import { UserError } from "../signal/user-error.js";
import { LEASES, readLease } from "./lease.js";
import type { Entry, Ledger } from "./ledger.js";

const KEY = "forget";
const OPT_OUT_KEY = "opt-out";
/** An entry of NATS holds a megabyte. */
const OPTED_OUT_MAX = 40_000;
const OPTED_OUT = z.array(z.string().regex(/^\d{1,20}$/));

/** The orders as far as they are known here, oldest first. */
export function ordersIn(ledger: Ledger): readonly ErasureOrder[] {
  const entry = ledger.entries().get(KEY);
  return entry === undefined ? [] : ORDERS.parse(JSON.parse(entry.value));
}

/**
 * Adds an order, and leaves out those that every partition has done and that are older than the stream remembers.
 *
 * @returns the order, later than all before it
 * @throws Error when the ledger does not answer
 */
export async function orderIn(
  ledger: Ledger,
  pseudonym: string,
  nowMs: number,
  streamAgeMsMax: number,
): Promise<ErasureOrder> {
  for (;;) {
    const entry = await ledger.get(KEY);
    const before = entry === null ? [] : ORDERS.parse(JSON.parse(entry.value));
    const order = { pseudonym, atMs: Math.max(nowMs, (before.at(-1)?.atMs ?? 0) + 1) };
    const doneMs = doneByAll(ledger);
    const kept = before.filter(({ atMs }) => atMs > doneMs || nowMs - atMs <= streamAgeMsMax);
    const written = await ledger.update(KEY, JSON.stringify([...kept, order]), entry?.revision ?? 0);
    if (written !== null) return order;
  }
}

/** Up to which order every partition that has a state is clean, as far as it is known here: it may be further. */
function doneByAll(ledger: Ledger): number {
  let doneMs = Number.POSITIVE_INFINITY;
  for (const [key, entry] of ledger.entries())
    if (key.startsWith(LEASES)) doneMs = Math.min(doneMs, readLease(entry).forgottenUpToMs);
  return doneMs;
}

const READ = new WeakMap<Entry, readonly string[]>();
const NOBODY: readonly string[] = [];

/** The pseudonyms of who opted out, as far as they are known here; the same list while nothing has changed. */
export function optedOutIn(ledger: Ledger): readonly string[] {
  const entry = ledger.entries().get(OPT_OUT_KEY);
  if (entry === undefined) return NOBODY;
  const list = READ.get(entry) ?? OPTED_OUT.parse(JSON.parse(entry.value));
  READ.set(entry, list);
  return list;
}

/** Adds somebody who opted out. @throws UserError when the list is full; Error when the ledger does not answer */
export async function optOutIn(ledger: Ledger, pseudonym: string): Promise<void> {
  for (;;) {
    const entry = await ledger.get(OPT_OUT_KEY);
    const before = entry === null ? [] : OPTED_OUT.parse(JSON.parse(entry.value));
    if (before.includes(pseudonym)) return;
    if (before.length >= OPTED_OUT_MAX)
      throw new UserError(
        `the opt-out list of the cluster is full with ${OPTED_OUT_MAX}`,
        "put its pseudonyms into privacy.optOutFile of every engine, and remove the entry `opt-out` of the bucket lifecircle_cluster",
      );
    const value = JSON.stringify([...before, pseudonym]);
    if ((await ledger.update(OPT_OUT_KEY, value, entry?.revision ?? 0)) !== null) return;
  }
}
