/** What the engines of a cluster agree by: small entries, each written only by whom has seen its last writing. */

export interface Entry {
  readonly value: string;
  /** Grows with every write to the entry. */
  readonly revision: number;
}

export interface Ledger {
  /** The entries as far as they are known here; what others write appears a moment later. */
  entries(): ReadonlyMap<string, Entry>;
  /** The entry as it is now, null when there is none. */
  get(key: string): Promise<Entry | null>;
  /**
   * Writes when the entry's revision is still this one; 0 stands for an entry that is not there.
   *
   * @returns the new revision, or null when somebody else has written
   * @throws Error when the outcome is not known: it may have been written, or be written later
   */
  update(key: string, value: string, revision: number): Promise<number | null>;
  /** Removes an entry of this revision; false when it has another. @throws Error when the outcome is not known */
  remove(key: string, revision: number): Promise<boolean>;
}

/** The lease of a partition is another engine's now, or nobody's: nothing more may be written for it. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}
