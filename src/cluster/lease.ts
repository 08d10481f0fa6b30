import { z } from "zod";
import { type Entry, LeaseLost, type Ledger } from "./ledger.js";

const LEASE = z.strictObject({
  owner: z.string().nullable(),
  /** Counts the owners. */
  term: z.int().min(0),
  /** Files of the checkpoints, and the objects that hold them. */
  files: z.record(z.string(), z.string()),
  /** Nobody of the orders to forget up to here is in the files, epoch ms. */
  forgottenUpToMs: z.number(),
});
/** What the entry of a partition says. */
export type LeaseEntry = z.infer<typeof LEASE>;

/** The entry of a partition that nobody had yet. */
export const NO_LEASE: LeaseEntry = { owner: null, term: 0, files: {}, forgottenUpToMs: 0 };

/** Begins the keys of the partitions' entries. */
export const LEASES = "partition.";

export function leaseKey(partition: number): string {
  return `${LEASES}${partition}`;
}

export function readLease(entry: Entry): LeaseEntry {
  return LEASE.parse(JSON.parse(entry.value));
}

/** What a lease needs of its engine. */
export interface LeaseHolder {
  readonly engine: string;
  /** Resolves once it is certain that nobody else may hold what this engine holds; rejects with LeaseLost when it holds no more. */
  confirmed(): Promise<void>;
}

/**
 * A partition that this engine holds. Its entry is written by nobody else until somebody has taken it over, so an entry that names
 * another owner ends the lease, and no file can be added to it afterwards: the revision of the entry is the fencing token.
 */
export class Lease {
  readonly partition: number;
  /** Aborted when the partition is to be handed over: finish, save, and end. */
  readonly handOver: AbortSignal;
  /** Aborted when it is another's: end. */
  readonly lost: AbortSignal;
  readonly #ledger: Ledger;
  readonly #holder: LeaseHolder;
  readonly #handing = new AbortController();
  readonly #losing = new AbortController();
  #value: LeaseEntry;
  #revision: number;
  #written: Promise<void> = Promise.resolve();

  constructor(partition: number, entry: Entry, ledger: Ledger, holder: LeaseHolder) {
    this.partition = partition;
    this.handOver = this.#handing.signal;
    this.lost = this.#losing.signal;
    this.#ledger = ledger;
    this.#holder = holder;
    this.#value = readLease(entry);
    this.#revision = entry.revision;
  }

  get term(): number {
    return this.#value.term;
  }

  get files(): LeaseEntry["files"] {
    return this.#value.files;
  }

  get forgottenUpToMs(): number {
    return this.#value.forgottenUpToMs;
  }

  /** Resolves while nobody else can hold the partition. Ask right before each write. @throws LeaseLost */
  async held(): Promise<void> {
    if (!this.lost.aborted) await this.#holder.confirmed();
    if (this.lost.aborted) throw new LeaseLost(`the lease of partition ${this.partition} is lost`);
  }

  /** Sets the files of the checkpoints. @throws LeaseLost when the partition is another's; Error when the outcome is not known */
  setFiles(change: (files: LeaseEntry["files"]) => LeaseEntry["files"]): Promise<void> {
    return this.#write((value) => ({ ...value, files: change(value.files) }));
  }

  /** Says that nobody of the orders up to here is in the files. @throws as `setFiles` */
  setForgotten(upToMs: number): Promise<void> {
    return this.#write((value) => ({ ...value, forgottenUpToMs: Math.max(upToMs, value.forgottenUpToMs) }));
  }

  /** Gives it up for whoever is to have it next. @throws LeaseLost when it is another's already */
  release(): Promise<void> {
    return this.#write((value) => ({ ...value, owner: null }));
  }

  askToHandOver(): void {
    this.#handing.abort();
  }

  lose(): void {
    this.#losing.abort();
  }

  /** One write after the other. */
  #write(change: (value: LeaseEntry) => LeaseEntry): Promise<void> {
    const mine = this.#written.then(() => this.#writeNow(change));
    this.#written = mine.catch(() => undefined);
    return mine;
  }

  async #writeNow(change: (value: LeaseEntry) => LeaseEntry): Promise<void> {
    for (;;) {
      await this.held();
      const value = change(this.#value);
      const revision = await this.#ledger.update(leaseKey(this.partition), JSON.stringify(value), this.#revision);
      if (revision !== null) {
        this.#value = value;
        this.#revision = revision;
        return;
      }
      await this.#readAgain();
    }
  }

  /** Either somebody has taken it over, or a write of ours was made whose answer was lost. */
  async #readAgain(): Promise<void> {
    const entry = await this.#ledger.get(leaseKey(this.partition));
    const value = entry === null ? null : readLease(entry);
    if (entry === null || value?.owner !== this.#holder.engine) {
      this.lose();
      return;
    }
    if (entry.revision === this.#revision)
      throw new Error(`the entry of partition ${this.partition} is read as of before`);
    this.#value = value;
    this.#revision = entry.revision;
  }
}
