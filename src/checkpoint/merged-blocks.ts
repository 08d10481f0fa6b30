/** Files of blocks, the latest first, become the blocks of one run in which everybody is told of at most once, by the latest of them. */
import { SlotSet } from "../stay/slot-set.js";
import { blocksOf, type Seen, withoutSeen } from "./blocks.js";

export class MergedBlocks {
  private readonly seen = new Map<number, Seen>();
  /** One room for all that is written: for fresh ones the garbage collector would run again and again. */
  private readonly out: Buffer;
  private filled = 0;
  private readonly write: (bytes: Buffer) => Promise<void>;

  /** @param write takes the bytes of a file; they last until it resolves */
  constructor(fileBytesMax: number, write: (bytes: Buffer) => Promise<void>) {
    this.out = Buffer.allocUnsafeSlow(fileBytesMax);
    this.write = write;
  }

  /** Takes what no later file has told of. @throws SnapshotFault when the file is torn */
  async add(file: Buffer): Promise<void> {
    for (const block of blocksOf(file)) {
      const seen = this.seen.get(block.partition) ?? nobodySeen();
      this.seen.set(block.partition, seen);
      const kept = withoutSeen(block, seen);
      if (kept === null) continue;
      if (this.filled + kept.length > this.out.length) await this.end();
      if (kept.length > this.out.length) await this.write(kept);
      else {
        this.out.set(kept, this.filled);
        this.filled += kept.length;
      }
    }
  }

  /** Writes what has been taken and is not yet. */
  async end(): Promise<void> {
    if (this.filled > 0) await this.write(this.out.subarray(0, this.filled));
    this.filled = 0;
  }
}

export function nobodySeen(slotsMin?: number): Seen {
  return { records: new SlotSet(slotsMin), lists: new SlotSet(slotsMin) };
}
