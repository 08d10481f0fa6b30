import { forgetText, type RowBuffer } from "./rowbinary.js";

/** The key of the row at a place of a list of rows: of rows with one key the table keeps the last. */
export type KeyOf = (rows: never, at: number) => string;

/**
 * Which of the rows in a buffer are the last of their keys. The others need not be inserted: a table that replaces rows by key would only
 * parse, sort and drop them.
 */
export class LatestRows {
  /** Bytes of rows that a later one has replaced. */
  replacedBytes = 0;
  private readonly buffer: RowBuffer;
  private readonly keyOf: KeyOf;
  /** Key of each row, in order, null where it was replaced; and where each begins. */
  private keys: (string | null)[] = [];
  private starts: number[] = [];
  private readonly rowOf = new Map<string, number>();

  constructor(buffer: RowBuffer, keyOf: KeyOf) {
    this.buffer = buffer;
    this.keyOf = keyOf;
  }

  /** Rows that no later one has replaced. */
  get count(): number {
    return this.rowOf.size;
  }

  /** Takes note of the row that was written from `start` to the end of the buffer. */
  add(rows: never, at: number, start: number): void {
    const key = this.keyOf(rows, at);
    const before = this.rowOf.get(key);
    if (before !== undefined) {
      this.keys[before] = null;
      this.replacedBytes += (this.starts[before + 1] ?? start) - (this.starts[before] as number);
    }
    this.rowOf.set(key, this.keys.length);
    this.keys.push(key);
    this.starts.push(start);
  }

  /** Moves the rows that were not replaced together, to the beginning of the buffer. */
  compact(): void {
    if (this.replacedBytes === 0) return;
    const { buffer, keys, starts } = this;
    const { bytes, length } = buffer;
    this.forget();
    let end = 0;
    for (const [row, key] of keys.entries()) {
      if (key === null) continue;
      const from = starts[row] as number;
      const to = starts[row + 1] ?? length;
      bytes.copyWithin(end, from, to);
      this.rowOf.set(key, this.keys.length);
      this.keys.push(key);
      this.starts.push(end);
      end += to - from;
    }
    buffer.length = end;
    forgetText(buffer);
  }

  /** The buffer begins again from nothing. */
  forget(): void {
    this.keys = [];
    this.starts = [];
    this.rowOf.clear();
    this.replacedBytes = 0;
  }
}
