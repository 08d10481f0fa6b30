import type { Partition } from "../partition.js";

/**
 * When which partition is taken into a snapshot: each about every `everyMs`, one after another, since the stream stands still while one is
 * being taken. Those that were missed for long are made up for together.
 */
export class SnapshotTurns {
  private readonly everyMs: number;
  private latestMs: number;
  private areAllWanted = false;
  private isHurried = false;
  /** Place in the order in which the partitions were last taken, by number. */
  private readonly taken = new Map<number, number>();
  private place = 0;

  constructor(everyMs: number, nowMs: number) {
    this.everyMs = everyMs;
    this.latestMs = nowMs;
  }

  /** The next snapshot takes all partitions. */
  wantAll(): void {
    this.areAllWanted = true;
  }

  /** It is due now, too. */
  hurry(): void {
    this.wantAll();
    this.isHurried = true;
  }

  /** The partitions whose turn it is, those longest not taken; none while nothing is due. */
  due(partitions: readonly Partition[], nowMs: number): readonly Partition[] {
    const eachMs = this.everyMs / partitions.length;
    const count = eachMs > 0 ? Math.floor((nowMs - this.latestMs) / eachMs) : partitions.length;
    if (count < 1 && !this.isHurried) return [];
    this.latestMs = nowMs;
    this.isHurried = false;
    if (this.areAllWanted) {
      this.areAllWanted = false;
      return this.noted(partitions);
    }
    const placeOf = ({ number }: Partition) => this.taken.get(number) ?? -1;
    return this.noted([...partitions].sort((a, b) => placeOf(a) - placeOf(b)).slice(0, count));
  }

  private noted(partitions: readonly Partition[]): readonly Partition[] {
    for (const { number } of partitions) this.taken.set(number, this.place++);
    return partitions;
  }
}
