/** Orders to forget that go with one epoch: they are done when it is written, and its snapshot saved. */
export interface Forgotten {
  /** These orders and all before them. */
  readonly upToMs: number;
  /** Files of before may hold somebody of them: no older checkpoint may be kept, and no file of one. */
  readonly isInFiles: boolean;
}

/**
 * Orders to forget on their way from memory to the checkpoints of one engine. Who is to be forgotten is out of memory at once; rows that were
 * made before are written with the next epoch, and files go when that epoch's snapshot is saved. Only then is an order done. A snapshot that
 * cannot be saved gives its orders back, and they go with another one at the usual pace.
 */
export class Forgetting {
  /** Done in memory and not yet in the checkpoints; null when there are none. */
  private upToMs: number | null = null;
  private isInFiles = false;
  /** A snapshot with such orders could not be saved, and none was since. */
  private isLate = false;

  /** An epoch is wanted for them now. */
  get isUrgent(): boolean {
    return this.upToMs !== null && !this.isLate;
  }

  /** Orders up to here are done in memory. @param wasHere somebody of them was in it, so that files may hold that person */
  outOfMemory(upToMs: number, wasHere: boolean): void {
    this.upToMs = upToMs;
    this.isInFiles ||= wasHere;
  }

  /** The orders found at a start: an engine that died may have had somebody of them in files of which no memory tells. */
  foundAtStart(): void {
    this.isInFiles ||= this.upToMs !== null;
  }

  /** The orders that go with the epoch which is cut now; null when there are none. */
  take(): Forgotten | null {
    const { upToMs, isInFiles } = this;
    if (upToMs === null) return null;
    this.upToMs = null;
    this.isInFiles = false;
    return { upToMs, isInFiles };
  }

  /** The snapshot of their epoch is not saved. */
  giveBack({ upToMs, isInFiles }: Forgotten): void {
    this.upToMs ??= upToMs;
    this.isInFiles ||= isInFiles;
    this.isLate = true;
  }

  /** A snapshot is saved, so another one can be. */
  saved(): void {
    this.isLate = false;
  }
}
