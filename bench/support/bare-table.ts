import type { EventBatch } from "../../src/signal/batch.js";

/** A cache line. */
const RECORD_WORDS = 16;
const KEY_HI = 0;
const KEY_LO = 1;
const COUNT = 2;
const LATEST = 3;
const CELL = 4;

/**
 * The least that an engine with a state a subscriber can do for an event: find the record by its 64-bit pseudonym (open addressing, the keys
 * in the records) and write one cache line of it. What memory allows, so the limit for whatever does more.
 */
export class BareTable {
  private readonly index: Uint32Array;
  private readonly records: Uint32Array;
  private count = 0;

  constructor(subscribers: number) {
    this.index = new Uint32Array(2 ** Math.ceil(Math.log2(2 * subscribers)));
    this.records = new Uint32Array(RECORD_WORDS * subscribers);
  }

  update(batch: EventBatch): void {
    const { count, baseMs, offsetMs, subscriber, cell } = batch;
    const { records } = this;
    const baseSec = Math.floor(baseMs / 1000);
    for (let i = 0; i < count; i++) {
      const record = this.recordOf(subscriber[2 * i + 1] as number, subscriber[2 * i] as number);
      records[record + COUNT] = (records[record + COUNT] as number) + 1;
      records[record + LATEST] = baseSec + Math.floor((offsetMs[i] as number) / 1000);
      records[record + CELL] = cell[i] as number;
    }
  }

  private recordOf(hi: number, lo: number): number {
    const { index, records } = this;
    const mask = index.length - 1;
    for (let at = Math.imul(lo ^ hi, 0x9e37_79b1) & mask; ; at = (at + 1) & mask) {
      const entry = index[at] as number;
      if (entry === 0) {
        index[at] = ++this.count;
        const record = (this.count - 1) * RECORD_WORDS;
        records[record + KEY_HI] = hi;
        records[record + KEY_LO] = lo;
        return record;
      }
      const record = (entry - 1) * RECORD_WORDS;
      if (records[record + KEY_HI] === hi && records[record + KEY_LO] === lo) return record;
    }
  }
}
