/** Who is to be forgotten, as an entry that all engines of a cluster see. */
import { type ErasureOrder, ORDERS } from "../checkpoint/erasure-orders.js";
import type { Ledger } from "./ledger.js";

const KEY = "forget";

/** The orders as far as they are known here, oldest first. */
export function ordersIn(ledger: Ledger): readonly ErasureOrder[] {
  const entry = ledger.entries().get(KEY);
  return entry === undefined ? [] : ORDERS.parse(JSON.parse(entry.value));
}

/**
 * Adds an order, and leaves out those that are older than the stream remembers.
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
    const kept = before.filter(({ atMs }) => nowMs - atMs <= streamAgeMsMax);
    const written = await ledger.update(KEY, JSON.stringify([...kept, order]), entry?.revision ?? 0);
    if (written !== null) return order;
  }
}
