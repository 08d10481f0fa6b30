/**
 * Which process follows the audiences: of all that would, the one that holds an entry of the cluster's ledger and renews it. Another takes it
 * over when it was not renewed for the length of the lease, by its own clock.
 */
import type { Ledger } from "../cluster/ledger.js";

const KEY = "follower";
/** Owner of a lease that was given up. */
const NOBODY = "";
/** Renewals within the length of a lease. */
const RENEWALS = 3;

export class FollowLease {
  private readonly ledger: Pick<Ledger, "get" | "update">;
  private readonly owner: string;
  private readonly leaseMs: number;
  /** Revision of our entry; null while it is another's. */
  private revision: number | null = null;
  private heldUntilMs = Number.NEGATIVE_INFINITY;
  /** The entry of another, and when we first saw it as it is. */
  private seen = { revision: -1, atMs: 0 };
  private readonly renewing: NodeJS.Timeout;
  private last: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  /** @param owner unlike that of any other process */
  constructor(ledger: Pick<Ledger, "get" | "update">, owner: string, leaseMs: number) {
    this.ledger = ledger;
    this.owner = owner;
    this.leaseMs = leaseMs;
    this.renewing = setInterval(() => {
      // What cannot be renewed ends by itself.
      if (this.revision !== null) this.hold().catch(() => undefined);
    }, leaseMs / RENEWALS);
    this.renewing.unref();
  }

  /** Whether nobody else can hold it now. */
  get isHeld(): boolean {
    return this.revision !== null && performance.now() < this.heldUntilMs;
  }

  /** Takes it, or renews it, where it is nobody else's. @throws Error where the ledger does not answer */
  hold(): Promise<boolean> {
    const mine = this.last.then(() => this.held());
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async held(): Promise<boolean> {
    if (this.isClosed) return false;
    const startMs = performance.now();
    if (this.revision === null) {
      const entry = await this.ledger.get(KEY);
      if (entry === null) this.revision = 0;
      else if ([this.owner, NOBODY].includes(entry.value) || this.isLeft(entry.revision))
        this.revision = entry.revision;
      else return false;
    }
    this.revision = await this.ledger.update(KEY, this.owner, this.revision);
    if (this.revision !== null) this.heldUntilMs = startMs + this.leaseMs;
    return this.revision !== null;
  }

  /** Whether another's entry has stood as it is for the length of a lease. */
  private isLeft(revision: number): boolean {
    const nowMs = performance.now();
    if (revision !== this.seen.revision) this.seen = { revision, atMs: nowMs };
    return nowMs - this.seen.atMs >= this.leaseMs;
  }

  /** Gives it up, so that another need not wait. */
  async close(): Promise<void> {
    clearInterval(this.renewing);
    this.isClosed = true;
    await this.last;
    const { revision } = this;
    this.revision = null;
    if (revision !== null) await this.ledger.update(KEY, NOBODY, revision).catch(() => null);
  }
}
