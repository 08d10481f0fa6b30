/**
 * The engine around the pipeline: it pulls deliveries, cuts epochs, writes their rows, then the snapshot, then acknowledges. In that
 * order a crash at any moment repeats an epoch at worst, and a repeated epoch writes the same rows under the same keys.
 *
 * While the store is away an epoch waits in the writer's retries, the next one fills up to its limits, and then nothing more is
 * pulled: that bounds the memory. A checkpoint that cannot be written stops nothing, it only makes a later crash repeat more.
 */
import {
  asyncScheduler,
  concatMap,
  filter,
  interval,
  lastValueFrom,
  map,
  merge,
  Observable,
  type SchedulerAction,
  type SchedulerLike,
  share,
  takeUntil,
  tap,
} from "rxjs";
import { endWith, ignoreElements } from "rxjs/operators";
import type { Checkpoints } from "./checkpoint/checkpoints.js";
import { Forgetting, type Forgotten } from "./checkpoint/forgetting.js";
import { moveRunning, remapBetween, remapText } from "./checkpoint/remap.js";
import { type Snapshot, takeSnapshot } from "./checkpoint/snapshot.js";
import { SnapshotTurns } from "./checkpoint/snapshot-turns.js";
import { compiledRules } from "./circle/compile-rules.js";
import type { CircleRules } from "./circle/rule-schema.js";
import { LeaseLost } from "./cluster/ledger.js";
import type { LoadedCity } from "./geo/load.js";
import type { Metrics } from "./metrics/metrics.js";
import { reportEpoch } from "./metrics/report-epoch.js";
import { addCounts, type Counts, type DerivationOptions, emptyCounts, Partition } from "./partition.js";
import { pipeline } from "./pipeline.js";
import { emptyRowSet, joined, type RowSet, rowCount } from "./rows.js";
import { type Exclusion, NOBODY } from "./signal/exclusion.js";
import type { PrivacyWatch } from "./signal/privacy-watch.js";
import { UserError } from "./signal/user-error.js";
import type { Delivery, Source } from "./source/source.js";
import type { StoreWriter } from "./store/writer.js";
import { triggerCompiler } from "./trigger/compile-triggers.js";
import type { NoticeSink } from "./trigger/notice.js";
import type { Trigger } from "./trigger/trigger.js";

export interface EngineLimits {
  /** An epoch is cut when so many rows wait, or after so long. */
  readonly flushRowsMax: number;
  readonly flushMsMax: number;
  /** Time between two snapshots of a partition; they are taken in turn, so that each one stops the stream for a short while. */
  readonly checkpointMs: number;
}

export interface EngineParts {
  readonly source: Source;
  readonly city: LoadedCity;
  /** Asked between deliveries for reference data that have changed; null while they have not. */
  readonly changedCity?: () => LoadedCity | null;
  readonly options: DerivationOptions;
  readonly writer: StoreWriter;
  /** Null: the state is not kept (a replay starts anew). */
  readonly checkpoints: Checkpoints | null;
  readonly metrics: Metrics;
  readonly limits: EngineLimits;
  /** Asked between deliveries for circle rules that have changed; null while they have not. */
  readonly changedRules?: () => CircleRules | null;
  /** Asked for triggers that have changed between deliveries, and while there are none; null while they have not. */
  readonly changedTriggers?: () => readonly Trigger[] | null;
  /** Given where triggers are. */
  readonly notices?: NoticeSink;
  /** Asked between deliveries, and while there are none. */
  readonly privacy?: PrivacyWatch;
  /** Told of trouble that the engine gets over by itself. */
  readonly warn: (message: string) => void;
  /** Time and timers. */
  readonly clock?: SchedulerLike;
  /** Told after every epoch. */
  readonly onEpoch?: (totals: Counts) => void;
}

interface Epoch {
  readonly isLast: boolean;
  readonly rows: RowSet;
  readonly counts: Counts;
  readonly snapshot: Snapshot | null;
  /** Orders to forget that are done when this epoch is; null when there are none. */
  readonly forgotten: Forgotten | null;
  /** Last sequence of each partition that the snapshot holds. */
  readonly positions: ReadonlyMap<number, number>;
}

const DUE_CHECK_MS = 200;

/** Runs evenly whatever somebody sets the wall clock to. */
export const SYSTEM_CLOCK: SchedulerLike = {
  now: () => performance.now(),
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) {
    return asyncScheduler.schedule(work, delay, state);
  },
};

/** One engine run: from the restored state until the source ends. */
export class Engine {
  readonly totals: Counts = emptyCounts();
  private readonly parts: EngineParts;
  private readonly clock: SchedulerLike;
  private readonly partitions = new Map<number, Partition>();
  private city: LoadedCity;
  private options: DerivationOptions;
  private exclusion: Exclusion = NOBODY;
  private triggers: readonly Trigger[] = [];
  private readonly forgetting = new Forgetting();
  private cutMs: number;
  private readonly turns: SnapshotTurns;
  /** Resolves when no epoch is being written; the pull loop waits for it once the next epoch is due. */
  private written: Promise<void> = Promise.resolve();
  private isWriting = false;
  /** The checkpoint under way; epochs go on beside it. */
  private saving: Promise<void> | null = null;
  /** A checkpoint that may not be written any more: the run ends. */
  private saveFailure: { readonly error: unknown } | null = null;
  private sourceFailure: { readonly error: unknown } | null = null;

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.city = parts.city;
    this.options = parts.options;
    this.clock = parts.clock ?? SYSTEM_CLOCK;
    this.cutMs = this.clock.now();
    this.turns = new SnapshotTurns(parts.limits.checkpointMs, this.cutMs);
  }

  /**
   * Runs until the source ends or is closed; everything taken is then written, saved and acknowledged. No save outlasts it.
   *
   * @throws StoreError when the store stayed away for longer than the retries last
   * @throws LeaseLost when what it works on is another engine's now
   * @throws UserError of the source, or when the last snapshot cannot be written. Nothing is lost by either: what is not acknowledged
   * is read again after the next start
   */
  async run(): Promise<Counts> {
    await this.restore();
    this.takePrivacyOrders();
    this.forgetting.foundAtStart();
    try {
      await this.runRestored();
    } finally {
      await this.saving;
      // The scratch file may be that of other engines as well.
      for (const { circles } of this.partitions.values()) circles.diary.release();
      await this.parts.source.close();
    }
    return this.totals;
  }

  private async runRestored(): Promise<void> {
    const partitions = [...this.partitions.values()];
    const positions = new Map(partitions.map(({ number, sequence }) => [number, sequence]));
    const sentMs = new Map(partitions.map((partition) => [partition.number, partition.sentMs]));
    const progress = this.pull(this.parts.source.deliveries(positions, sentMs)).pipe(
      pipeline((number) => this.partitionOf(number)),
      map((delivery) => this.observe(delivery)),
      share(),
    );
    const ended = progress.pipe(ignoreElements(), endWith(null));
    const due = merge(progress, interval(DUE_CHECK_MS, this.clock).pipe(takeUntil(ended))).pipe(
      tap(() => this.takeOrders()),
      filter(() => this.isDue() && !this.isWriting),
    );
    const epochs = due.pipe(concatMap(() => this.write(this.cut(false))));
    await lastValueFrom(epochs, { defaultValue: undefined });
    await this.saving;
    await this.write(this.cut(true));
    this.assertSaved();
    if (this.sourceFailure !== null) throw this.sourceFailure.error;
  }

  private async restore(): Promise<void> {
    const restored = await this.parts.checkpoints?.restore(this.city, this.options);
    for (const partition of restored ?? []) this.partitions.set(partition.number, partition);
    if (this.partitions.size > 0) this.turns.wantAll();
    this.useTriggers(this.parts.changedTriggers?.() ?? []);
  }

  private partitionOf(number: number): Partition {
    let partition = this.partitions.get(number);
    if (partition === undefined) {
      partition = new Partition(number, this.city, this.options);
      partition.exclusion = this.exclusion;
      partition.triggers.use(triggerCompiler(this.city).use(this.triggers));
      this.partitions.set(number, partition);
    }
    return partition;
  }

  /** Pulls one delivery after another; while an epoch is due and the one before it is still being written, it does not. */
  private pull(deliveries: AsyncIterable<Delivery>): Observable<Delivery> {
    return new Observable((subscriber) => {
      const loop = async () => {
        for await (const delivery of deliveries) {
          this.takeChangedRules();
          this.takeChangedCity();
          this.takeOrders();
          subscriber.next(delivery);
          if (subscriber.closed) return;
          await this.parts.notices?.room();
          if (this.isWriting && this.isDue()) await this.written;
        }
      };
      loop().then(
        () => subscriber.complete(),
        (error: unknown) => {
          // What was read before the source broke off is written all the same; then `run` throws.
          this.sourceFailure = { error };
          subscriber.complete();
        },
      );
    });
  }

  /** Rules that have changed hold from the next delivery on, for all partitions alike. */
  private takeChangedRules(): void {
    const rules = this.parts.changedRules?.() ?? null;
    if (rules === null) return;
    this.options = { ...this.options, rules };
    for (const partition of this.partitions.values()) partition.rules = compiledRules(rules, this.city);
  }

  /** Reference data that have changed hold from the next delivery on; a checkpoint follows, so that a crash repeats little with both. */
  private takeChangedCity(): void {
    const city = this.parts.changedCity?.() ?? null;
    if (city === null) return;
    const remap = remapBetween(this.city, city);
    for (const partition of this.partitions.values()) moveRunning(partition, city, this.options.rules, remap);
    this.city = city;
    this.useTriggers(this.triggers);
    this.turns.hurry();
    this.parts.warn(remapText(remap.report));
  }

  private takeOrders(): void {
    const triggers = this.parts.changedTriggers?.() ?? null;
    if (triggers !== null) this.useTriggers(triggers);
    this.takePrivacyOrders();
  }

  private useTriggers(triggers: readonly Trigger[]): void {
    this.triggers = triggers;
    this.parts.metrics.triggersInForce(triggers.length);
    const compiled = triggerCompiler(this.city).use(triggers);
    for (const partition of this.partitions.values()) if (partition.triggers.use(compiled)) partition.changeAll();
  }

  /** Who opts out is dropped from the next delivery on; who is to be forgotten is out of memory at once. */
  private takePrivacyOrders(): void {
    const orders = this.parts.privacy?.changed() ?? null;
    if (orders === null) return;
    this.exclusion = orders.exclusion;
    let wasHere = false;
    for (const partition of this.partitions.values()) {
      partition.exclusion = orders.exclusion;
      partition.triggers.forgetExcluded(orders.exclusion);
      if (!partition.triggers.isIdle) partition.changeAll();
      for (const { hi, lo } of orders.forget) if (partition.forget(hi, lo)) wasHere = true;
    }
    if (orders.forget.length === 0) return;
    this.forgetting.outOfMemory(orders.upToMs, wasHere);
    this.options.scratch?.wipeFreed();
  }

  private observe(delivery: Delivery): Delivery {
    const { metrics } = this.parts;
    const partition = this.partitionOf(delivery.partition);
    this.parts.notices?.tell(partition.takeNotices());
    metrics.batch((delivery.batch?.count ?? 0) + delivery.rejects.length);
    metrics.partition(delivery.partition, {
      pendingMessages: delivery.pendingMessages,
      newestEventMs: partition.clock.state.latestMs,
      watermarkMs:
        delivery.watermarkMs === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : partition.clock.watermarkMs,
    });
    return delivery;
  }

  private isDue(): boolean {
    if (this.forgetting.isUrgent && this.saving === null) return true;
    const { flushRowsMax, flushMsMax } = this.parts.limits;
    let rows = 0;
    for (const partition of this.partitions.values()) rows += rowCount(partition.rows);
    return rows >= flushRowsMax || this.clock.now() - this.cutMs >= flushMsMax;
  }

  /** Takes what waits, and the state as it is at this very moment. */
  private cut(isLast: boolean): Epoch {
    const { checkpoints } = this.parts;
    const partitions = [...this.partitions.values()].sort((a, b) => a.number - b.number);
    let rows = emptyRowSet();
    const counts = emptyCounts();
    for (const partition of partitions) {
      const taken = partition.take();
      rows = joined(rows, taken.rows);
      addCounts(counts, taken.counts);
    }
    const nowMs = this.clock.now();
    this.cutMs = nowMs;
    // One snapshot after another: what the one before could not save is in the next.
    const forgotten = this.saving === null ? this.forgetting.take() : null;
    const isAlone = forgotten?.isInFiles === true;
    const mayTake = checkpoints !== null && this.saving === null;
    const isWhole = mayTake && checkpoints.isTorn;
    if (isWhole) this.turns.wantAll();
    if (isLast || isAlone) this.turns.hurry();
    const taken = mayTake ? this.turns.due(partitions, nowMs) : [];
    return {
      isLast,
      rows,
      counts,
      snapshot: taken.length > 0 || (mayTake && isAlone) ? takeSnapshot(taken, this.city, isWhole) : null,
      forgotten,
      positions: new Map(taken.map((partition) => [partition.number, partition.sequence])),
    };
  }

  private write(epoch: Epoch): Promise<void> {
    this.isWriting = true;
    this.written = this.writeNow(epoch).finally(() => {
      this.isWriting = false;
    });
    return this.written;
  }

  private async writeNow(epoch: Epoch): Promise<void> {
    this.assertSaved();
    const { writer, metrics } = this.parts;
    if (rowCount(epoch.rows) > 0) {
      const startMs = this.clock.now();
      await writer.write(epoch.rows);
      metrics.alarm("store_down", false);
      metrics.flushed((this.clock.now() - startMs) / 1000);
    }
    if (epoch.snapshot !== null) {
      this.saving = this.save(epoch, epoch.snapshot)
        .catch((error: unknown) => {
          this.saveFailure = { error };
        })
        .finally(() => {
          this.saving = null;
        });
      // The stream does not stop for a checkpoint, but it ends with one.
      if (epoch.isLast) await this.saving;
    } else this.tellForgotten(epoch);
    this.report(epoch);
  }

  private assertSaved(): void {
    if (this.saveFailure !== null) throw this.saveFailure.error;
  }

  /** Saves and acknowledges; a snapshot that cannot be written (a full disk) is tried again with the next one. */
  private async save(epoch: Epoch, snapshot: Snapshot): Promise<void> {
    const { checkpoints, source, metrics, warn } = this.parts;
    // The snapshot says that they were told: a crash after it does not tell them again.
    await this.parts.notices?.told();
    const startMs = this.clock.now();
    try {
      await checkpoints?.save(snapshot, epoch.forgotten?.isInFiles);
      this.forgetting.saved();
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      this.turns.wantAll();
      if (epoch.forgotten !== null) this.forgetting.giveBack(epoch.forgotten);
      const text = error instanceof Error ? error.message : String(error);
      metrics.alarm("checkpoint_failed", true);
      const mend =
        "make room for checkpoint.dir; the next start goes on from the last checkpoint and reads again what came after";
      if (epoch.isLast) throw new UserError(`the state cannot be saved: ${text}`, mend);
      warn(`the checkpoint cannot be written (${text}); going on, the next one is tried as usual`);
      return;
    }
    for (const alarm of ["checkpoint_failed", "store_down"] as const) metrics.alarm(alarm, false);
    metrics.checkpointed((this.clock.now() - startMs) / 1000, snapshot.bytes);
    this.tellForgotten(epoch);
    await source.acknowledge(epoch.positions);
  }

  private tellForgotten({ forgotten }: Epoch): void {
    if (forgotten !== null) this.parts.privacy?.forgotten(forgotten.upToMs);
  }

  private report({ rows, counts }: Epoch): void {
    reportEpoch(this.parts.metrics, { rows, counts }, [...this.partitions.values()]);
    addCounts(this.totals, counts);
    this.parts.onEpoch?.(this.totals);
  }
}
