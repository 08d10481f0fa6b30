/** Who is not to be taken, and who is to be forgotten: the opt-out list and the erasure orders, looked at while an engine runs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ErasureOrder, erasedUpTo, erasureOrders, noteErased } from "../checkpoint/erasure-orders.js";
import type { Config } from "../config/schema.js";
import { type Excluded, Exclusion } from "../signal/exclusion.js";
import type { PrivacyOrders, PrivacyWatch } from "../signal/privacy-watch.js";
import { UserError } from "../signal/user-error.js";
import { parseOptOut, parsePseudonym, readOptOut } from "../source/opt-out.js";
import { Pseudonymiser } from "../source/pseudonym.js";

/** Milliseconds between two looks at the files. */
const LOOK_MS = 500;

/** Where the opt-out list is: what config names, or a file of the data folder that need not be there. */
export function optOutFile({ privacy, data }: Config): string {
  return privacy.optOutFile === "" ? join(data.dir, "opt-out.txt") : privacy.optOutFile;
}

/**
 * The opt-out list of config, as it is now.
 *
 * @throws UserError when it has faults, or is named by config and cannot be read
 */
export function loadOptOut(config: Config, key: Uint8Array): Exclusion {
  return new Exclusion(optedOut(config, new Pseudonymiser(key), optOutText(config)));
}

function optOutText(config: Config): string {
  const path = optOutFile(config);
  return config.privacy.optOutFile === "" && !existsSync(path) ? "" : readOptOut(path);
}

function optedOut(config: Config, pseudonymiser: Pseudonymiser, text: string): Excluded[] {
  return parseOptOut(text, optOutFile(config), pseudonymiser);
}

/** Orders to forget, and who opted out beside the file of config. */
export interface KnownOrders {
  orders(): readonly ErasureOrder[];
  /** Decimal pseudonyms; the same list while nothing has changed. */
  optedOut(): readonly string[];
}

/** The same, and how far an engine has done them. */
export interface OrderBook extends KnownOrders {
  /** Memory and checkpoints hold nobody of the orders up to here, epoch ms. */
  doneUpTo(): number;
  done(upToMs: number): void;
}

const NOBODY: readonly string[] = [];

/** The orders of a data folder. */
export function folderOrders(dataDir: string): OrderBook {
  return {
    orders: () => erasureOrders(dataDir),
    optedOut: () => NOBODY,
    doneUpTo: () => erasedUpTo(dataDir),
    done: (upToMs) => noteErased(dataDir, upToMs),
  };
}

/**
 * Watches both. A list that cannot be used any more is told of once, and the one of before stays in force: nobody is let in by a slip.
 *
 * @throws UserError when the list cannot be used now
 */
export function watchPrivacy(
  config: Config,
  key: Uint8Array,
  warn: (message: string) => void,
  book: OrderBook,
): PrivacyWatch {
  const changed = watchOrders(config, key, warn, book);
  return {
    changed() {
      const orders = changed();
      return orders === null ? null : { ...orders, exclusion: new Exclusion(orders.people) };
    },
    forgotten: (upToMs) => book.done(upToMs),
  };
}

/**
 * Who must be in no answer about people: who opted out, and who is to be forgotten, for as long as the order is kept. The same list while
 * nothing has changed.
 *
 * @throws UserError when the opt-out list cannot be used now
 */
export function watchExcluded(
  config: Config,
  key: Uint8Array,
  warn: (message: string) => void,
  known: KnownOrders = folderOrders(config.data.dir),
): () => readonly Excluded[] {
  const changed = watchOrders(config, key, warn, { ...known, doneUpTo: () => Infinity, done: () => undefined });
  let people: readonly Excluded[] = changed()?.people ?? [];
  return () => {
    people = changed()?.people ?? people;
    return people;
  };
}

function forGood(pseudonym: string): Excluded[] {
  const words = parsePseudonym(pseudonym);
  return words === null ? [] : [{ ...words, sentUntilMs: Infinity }];
}

interface Orders extends Pick<PrivacyOrders, "forget" | "upToMs"> {
  readonly people: readonly Excluded[];
}

/** What both files say when they have changed, at the first call in any case; else null. */
function watchOrders(
  config: Config,
  key: Uint8Array,
  warn: (message: string) => void,
  book: OrderBook,
): () => Orders | null {
  const pseudonymiser = new Pseudonymiser(key);
  let text = optOutText(config);
  let listed = optedOut(config, pseudonymiser, text);
  let ordered = "";
  let others = NOBODY;
  let told = "";
  let isFirst = true;
  let lookedMs = Date.now();

  const look = (): Orders | null => {
    const orders = book.orders();
    const newText = optOutText(config);
    const newOthers = book.optedOut();
    if (!isFirst && newText === text && newOthers === others && JSON.stringify(orders) === ordered) return null;
    listed = newText === text ? listed : optedOut(config, pseudonymiser, newText);
    text = newText;
    others = newOthers;
    ordered = JSON.stringify(orders);
    const known = orders.flatMap((order) => {
      const words = parsePseudonym(order.pseudonym);
      return words === null ? [] : [{ ...words, atMs: order.atMs }];
    });
    const doneMs = book.doneUpTo();
    return {
      people: [
        ...listed,
        ...others.flatMap(forGood),
        ...known.map(({ hi, lo, atMs }) => ({ hi, lo, sentUntilMs: atMs })),
      ],
      forget: known.filter(({ atMs }) => atMs > doneMs),
      upToMs: orders.at(-1)?.atMs ?? 0,
    };
  };

  return () => {
    if (!isFirst && Date.now() - lookedMs < LOOK_MS) return null;
    lookedMs = Date.now();
    try {
      const changed = look();
      isFirst = false;
      told = "";
      return changed;
    } catch (error) {
      if (!(error instanceof UserError) || isFirst) throw error;
      if (error.message !== told) warn(`${error.message}\nthe list of before stays in force`);
      told = error.message;
      return null;
    }
  };
}
