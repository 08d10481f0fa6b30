/**
 * One engine's part in a cluster. It says that it lives by renewing an entry of its own, removes the entries of those who do not, and
 * takes, keeps and hands over partitions so that all have the same share.
 *
 * Times are measured by each engine's own clock, so the clocks need not agree. An engine counts on its leases for `leaseMs` less a margin
 * from the moment at which it sent its last renewal; another takes it for dead when it has seen no renewal for `leaseMs`. Who is late with
 * a renewal and who removes an entry write to the same entry by its revision, so one of them is told that the other was first.
 */
import { exhaustMap, firstValueFrom, lastValueFrom, type SchedulerLike, Subject, takeUntil, timer } from "rxjs";
import type { HandOver } from "../metrics/cluster-metrics.js";
import type { Heart } from "./heart.js";
import { Lease, type LeaseEntry, type LeaseHolder, leaseKey, NO_LEASE, readLease } from "./lease.js";
import { type Entry, LeaseLost, type Ledger } from "./ledger.js";
import { shareOut } from "./share-out.js";

export interface MemberOptions {
  readonly ledger: Ledger;
  readonly partitions: number;
  readonly clock: SchedulerLike;
  /** An engine that has not renewed for so long is taken for dead. */
  readonly leaseMs: number;
  /** A name that no engine had before; asked for again when this one was taken for dead. */
  readonly newName: () => string;
  /** Works on a partition until its lease is to be handed over or is lost. A failure ends the membership, unless it is LeaseLost. */
  readonly work: (lease: Lease) => Promise<void>;
  readonly onHandOver: (partition: number, how: HandOver) => void;
  readonly warn: (message: string) => void;
  /** Renews while this thread is busy. */
  readonly heart?: Heart;
}

/** Of `leaseMs`: what an engine may not count on, for the time that a write under way takes to arrive. */
const MARGIN_SHARE = 0.25;
const ROUNDS_A_LEASE = 4;
const ENGINE_KEY = "engine.";

interface Session extends LeaseHolder {
  readonly key: string;
  revision: number;
  isOver: boolean;
  /** Until when the leases count without another renewal. */
  sureUntilMs: number;
}

export class Member {
  readonly #options: MemberOptions;
  readonly #leases = new Map<number, Lease>();
  /** Since when, by our clock, each engine's entry has its revision. */
  readonly #seen = new Map<string, { readonly revision: number; readonly sinceMs: number }>();
  readonly #changed = new Subject<void>();
  readonly #works = new Set<Promise<void>>();
  #session: Session | null = null;
  #renewedMs: number;
  #isLeaving = false;
  /** Aborted with what a `work` failed with first: it would fail again here, so nothing more is taken. */
  readonly #failed = new AbortController();

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#renewedMs = options.clock.now();
  }

  get owned(): number {
    return this.#leases.size;
  }

  /** Since the last renewal. */
  get ageMs(): number {
    return this.#options.clock.now() - this.#renewedMs;
  }

  /**
   * Takes its share until `stop`, or until a `work` fails, then hands all over; resolves when it holds nothing.
   *
   * @throws what a `work` failed with
   */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, leaseMs } = this.#options;
    const left = new Subject<void>();
    const leave = () => void this.#leave().then(() => left.next());
    this.#failed.signal.addEventListener("abort", leave);
    const rounds = timer(0, leaseMs / ROUNDS_A_LEASE, clock).pipe(
      takeUntil(left),
      exhaustMap(() => this.#round()),
    );
    const ran = lastValueFrom(rounds, { defaultValue: undefined });
    if (stop.aborted) leave();
    else stop.addEventListener("abort", leave);
    await ran;
    await this.#quit();
    this.#failed.signal.throwIfAborted();
  }

  /** Renews, then looks who lives and what is whose. A ledger that does not answer is tried again with the next round. */
  async #round(): Promise<void> {
    try {
      const wasSure = this.#session !== null && this.#isSure(this.#session);
      if (await this.#renew()) {
        this.#look(!wasSure);
        await this.#removeDead();
        await this.#share();
      }
    } catch (error) {
      this.#options.warn(`the entries of the cluster cannot be read or written (${textOf(error)}); trying again`);
    }
  }

  /** Hands everything over; resolves when nothing is held. Rounds must go on meanwhile, or what is written last would not be ours. */
  async #leave(): Promise<void> {
    this.#isLeaving = true;
    for (const lease of this.#leases.values()) lease.askToHandOver();
    while (this.#works.size > 0) await Promise.all(this.#works);
  }

  /** The others need not wait until they miss this engine. */
  async #quit(): Promise<void> {
    const session = this.#session;
    if (session === null || session.isOver) return;
    session.isOver = true;
    const { ledger, heart } = this.#options;
    await heart?.rest();
    try {
      const entry = await ledger.get(session.key);
      if (entry !== null) await ledger.remove(session.key, entry.revision);
    } catch {
      // They will miss it, then.
    }
  }

  #isSure(session: Session): boolean {
    return !session.isOver && this.#options.clock.now() < session.sureUntilMs;
  }

  /** False when it was taken for dead just now, or nothing can be known. */
  async #renew(): Promise<boolean> {
    const { ledger, clock } = this.#options;
    if (this.#session === null || this.#session.isOver) {
      if (this.#isLeaving) return false;
      this.#session = this.#newSession();
    }
    const session = this.#session;
    for (;;) {
      const sentMs = clock.now();
      const revision = await ledger.update(session.key, String(sentMs), session.revision);
      if (revision !== null) {
        this.#options.heart?.alive();
        if (session.revision === 0)
          this.#options.heart?.beat(session.key, (agoMs) => this.#renewed(session, clock.now() - agoMs));
        session.revision = revision;
        this.#renewed(session, sentMs);
        return true;
      }
      const entry = await ledger.get(session.key);
      if (entry === null) {
        this.#dead(session);
        return false;
      }
      // A renewal of before, whose answer was lost.
      if (entry.revision === session.revision) throw new Error("an entry was read as of before");
      session.revision = entry.revision;
    }
  }

  /** A renewal was made that was sent at this time. */
  #renewed(session: Session, sentMs: number): void {
    if (session.isOver) return;
    session.sureUntilMs = Math.max(session.sureUntilMs, sentMs + this.#options.leaseMs * (1 - MARGIN_SHARE));
    this.#renewedMs = Math.max(this.#renewedMs, sentMs);
    this.#changed.next();
  }

  #newSession(): Session {
    const engine = this.#options.newName();
    const session: Session = {
      engine,
      key: `${ENGINE_KEY}${engine}`,
      revision: 0,
      isOver: false,
      sureUntilMs: Number.NEGATIVE_INFINITY,
      confirmed: async () => {
        while (!this.#isSure(session)) {
          if (session.isOver) throw new LeaseLost("the engine was taken for dead");
          await firstValueFrom(this.#changed);
        }
      },
    };
    return session;
  }

  /** Somebody took it for dead: its partitions are others' now. It may come again under another name. */
  #dead(session: Session): void {
    session.isOver = true;
    this.#options.warn("this engine was silent for longer than a lease lasts; its partitions are given to others");
    for (const lease of this.#leases.values()) lease.lose();
    this.#changed.next();
  }

  /** Notes since when each engine is silent; after a time in which we could not know, from now on. */
  #look(isAnew: boolean): void {
    const nowMs = this.#options.clock.now();
    const { ledger } = this.#options;
    for (const [key, { revision }] of ledger.entries()) {
      if (!key.startsWith(ENGINE_KEY)) continue;
      if (isAnew || this.#seen.get(key)?.revision !== revision) this.#seen.set(key, { revision, sinceMs: nowMs });
    }
    for (const key of this.#seen.keys()) if (!ledger.entries().has(key)) this.#seen.delete(key);
  }

  async #removeDead(): Promise<void> {
    const { ledger, clock, leaseMs } = this.#options;
    for (const [key, { revision, sinceMs }] of this.#seen) {
      if (key === this.#session?.key || clock.now() - sinceMs < leaseMs) continue;
      await ledger.remove(key, revision);
    }
  }

  async #share(): Promise<void> {
    const session = this.#session;
    if (session === null || session.isOver) return;
    const { ledger, partitions } = this.#options;
    const entries = Array.from({ length: partitions }, (_, partition) => ledger.entries().get(leaseKey(partition)));
    const owners = entries.map((entry) => (entry === undefined ? null : readLease(entry).owner));
    const others = [...ledger.entries().keys()].filter((key) => key.startsWith(ENGINE_KEY) && key !== session.key);
    const engines = others.map((key) => key.slice(ENGINE_KEY.length));
    const wanted = shareOut(owners, this.#isLeaving && engines.length > 0 ? engines : [...engines, session.engine]);
    for (const [partition, engine] of wanted.entries()) {
      const lease = this.#leases.get(partition);
      if (lease !== undefined) {
        if (engine !== session.engine) lease.askToHandOver();
      } else if (engine === session.engine && !this.#isLeaving) {
        await this.#take(session, partition, entries[partition]);
      } else if (owners[partition] === session.engine) {
        await this.#giveBack(partition, entries[partition] as Entry);
      }
    }
  }

  /** Takes what is nobody's, or whose owner is no more. */
  async #take(session: Session, partition: number, entry: Entry | undefined): Promise<void> {
    const { ledger } = this.#options;
    const before = entry === undefined ? NO_LEASE : readLease(entry);
    const isOurs = before.owner === session.engine;
    // Asked for itself: entries may be seen here in another order than they were written.
    if (before.owner !== null && !isOurs && (await ledger.get(`${ENGINE_KEY}${before.owner}`)) !== null) return;
    const value = JSON.stringify({ ...before, owner: session.engine, term: before.term + 1 } satisfies LeaseEntry);
    const revision = await ledger.update(leaseKey(partition), value, entry?.revision ?? 0);
    if (revision === null || session.isOver) return;
    this.#begin(new Lease(partition, { value, revision }, ledger, session));
  }

  /** An entry that names us though we do not work on it: a release whose answer was lost before it was made. */
  async #giveBack(partition: number, entry: Entry): Promise<void> {
    const value = JSON.stringify({ ...readLease(entry), owner: null } satisfies LeaseEntry);
    await this.#options.ledger.update(leaseKey(partition), value, entry.revision);
  }

  #begin(lease: Lease): void {
    const { work, onHandOver } = this.#options;
    const { partition } = lease;
    this.#leases.set(partition, lease);
    onHandOver(partition, "taken");
    const run = this.#finish(lease, work(lease)).then((how) => {
      this.#leases.delete(partition);
      this.#works.delete(run);
      onHandOver(partition, how);
    });
    this.#works.add(run);
  }

  async #finish(lease: Lease, worked: Promise<void>): Promise<HandOver> {
    try {
      await worked;
    } catch (error) {
      if (error instanceof LeaseLost) return "lost";
      this.#failed.abort(error);
    }
    try {
      await lease.release();
    } catch (error) {
      if (error instanceof LeaseLost) return "lost";
      // Made or not: a later round sees whose the entry is.
      this.#options.warn(`the release of partition ${lease.partition}: ${textOf(error)}`);
    }
    return "released";
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
