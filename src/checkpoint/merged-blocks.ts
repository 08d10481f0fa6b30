/** Files of blocks, the latest first, become the blocks of one run in which everybody is told of at most once, by the latest of them. */
import { SlotSet } from "../stay/slot-set.js";
import type { BlockFiles } from "./block-files.js";
import { blocksOf, type Seen, withoutSeen } from "./blocks.js";

export class MergedBlocks {
  private readonly seen = new Map<number, Seen>();
  private readonly files: BlockFiles;

  /** @param files to which the blocks are added */
  constructor(files: BlockFiles) {
    this.files = files;
  }

  /** Takes what no later file has told of. @throws SnapshotFault when the file is torn */
  async add(file: Buffer): Promise<void> {
    for (const block of blocksOf(file)) {
      const seen = this.seen.get(block.partition) ?? nobodySeen();
      this.seen.set(block.partition, seen);
      const kept = withoutSeen(block, seen);
      if (kept !== null) (await this.files.roomFor(kept.length)).set(kept);
    }
  }
}

export function nobodySeen(slotsMin?: number): Seen {
  return { records: new SlotSet(slotsMin), lists: new SlotSet(slotsMin) };
}
