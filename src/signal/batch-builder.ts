import { BATCH_ROWS_MAX, type EventBatch } from "./batch.js";
import type { SignalEvent } from "./event.js";

const OFFSET_MS_MAX = 0xffff_ffff;
/** Home networks of one batch: their index plus 1 fits a byte. */
const PLMNS_MAX = 255;

/**
 * Collects checked events of one partition into columns and hands them over as batches. Its buffers are used again for every
 * batch; what it hands over are copies, so a batch may be kept.
 *
 * A batch is complete at `rowsMax` rows. It is completed earlier when the next event does not fit beside its rows: more than
 * 2^32 - 1 ms (49 days) between its oldest and newest event, or a 256th home network.
 */
export class BatchBuilder {
  readonly #rowsMax: number;
  #count = 0;
  #timeMinMs = Number.POSITIVE_INFINITY;
  #timeMaxMs = Number.NEGATIVE_INFINITY;
  readonly #timeMs: Float64Array;
  readonly #subscriber: Uint32Array;
  readonly #cell: Uint16Array;
  readonly #kind: Uint8Array;
  readonly #plmn: Uint8Array;
  readonly #tac: Uint32Array;
  #hasTac = false;
  readonly #peerRow: Uint16Array;
  readonly #peer: Uint32Array;
  #peerCount = 0;
  readonly #rowNumber: Uint32Array;
  readonly #cells: Uint32Array;
  #cellCount = 0;
  /** Open addressing: 0 for a free slot, else the index of the cell plus 1. At least twice as many slots as cells. */
  readonly #cellSlots: Uint16Array;
  readonly #plmns = new Uint32Array(PLMNS_MAX);
  #plmnCount = 0;

  /** `rowsMax`: rows of a complete batch, 1 to BATCH_ROWS_MAX; a RangeError otherwise. */
  constructor(rowsMax: number) {
    if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > BATCH_ROWS_MAX) {
      throw new RangeError(`rowsMax is ${rowsMax}, expected a whole number from 1 to ${BATCH_ROWS_MAX}`);
    }
    this.#rowsMax = rowsMax;
    this.#timeMs = new Float64Array(rowsMax);
    this.#subscriber = new Uint32Array(2 * rowsMax);
    this.#cell = new Uint16Array(rowsMax);
    this.#kind = new Uint8Array(rowsMax);
    this.#plmn = new Uint8Array(rowsMax);
    this.#tac = new Uint32Array(rowsMax);
    this.#peerRow = new Uint16Array(rowsMax);
    this.#peer = new Uint32Array(2 * rowsMax);
    this.#rowNumber = new Uint32Array(rowsMax);
    this.#cells = new Uint32Array(2 * rowsMax);
    this.#cellSlots = new Uint16Array(2 ** Math.ceil(Math.log2(2 * rowsMax)));
  }

  /** Rows collected since the last batch. */
  get count(): number {
    return this.#count;
  }

  /** Whether the event can stand in one batch with the rows collected so far. */
  fits(event: SignalEvent): boolean {
    if (this.#count === 0) return true;
    const oldest = Math.min(this.#timeMinMs, event.timeMs);
    const newest = Math.max(this.#timeMaxMs, event.timeMs);
    if (newest - oldest > OFFSET_MS_MAX) return false;
    return event.plmn === 0 || this.#plmnCount < PLMNS_MAX || this.#plmns.includes(event.plmn);
  }

  /** Adds one event. Returns the batch that this completed, else null; the event is in it or, where it did not fit, in the next. */
  add(event: SignalEvent): EventBatch | null {
    const before = this.fits(event) ? null : this.take();
    this.#append(event);
    return before ?? (this.#count === this.#rowsMax ? this.take() : null);
  }

  /** The rows collected so far as a batch, null when there are none; the builder is then empty. */
  take(): EventBatch | null {
    const count = this.#count;
    if (count === 0) return null;
    const offsetMs = new Uint32Array(count);
    for (let row = 0; row < count; row++) offsetMs[row] = (this.#timeMs[row] as number) - this.#timeMinMs;
    const batch: EventBatch = {
      count,
      baseMs: this.#timeMinMs,
      offsetMs,
      subscriber: this.#subscriber.slice(0, 2 * count),
      cell: this.#cell.slice(0, count),
      cells: this.#cells.slice(0, 2 * this.#cellCount),
      kind: this.#kind.slice(0, count),
      plmn: this.#plmnCount === 0 ? null : this.#plmn.slice(0, count),
      plmns: this.#plmns.slice(0, this.#plmnCount),
      tac: this.#hasTac ? this.#tac.slice(0, count) : null,
      peerRow: this.#peerRow.slice(0, this.#peerCount),
      peer: this.#peer.slice(0, 2 * this.#peerCount),
      rowNumber: this.#rowNumber.slice(0, count),
    };
    this.#clear();
    return batch;
  }

  #clear(): void {
    this.#count = 0;
    this.#timeMinMs = Number.POSITIVE_INFINITY;
    this.#timeMaxMs = Number.NEGATIVE_INFINITY;
    this.#hasTac = false;
    this.#peerCount = 0;
    this.#cellCount = 0;
    this.#cellSlots.fill(0);
    this.#plmnCount = 0;
  }

  #append(event: SignalEvent): void {
    const row = this.#count++;
    const { timeMs } = event;
    if (timeMs < this.#timeMinMs) this.#timeMinMs = timeMs;
    if (timeMs > this.#timeMaxMs) this.#timeMaxMs = timeMs;
    this.#timeMs[row] = timeMs;
    this.#subscriber[2 * row] = event.subscriberLo;
    this.#subscriber[2 * row + 1] = event.subscriberHi;
    this.#cell[row] = this.#cellIndex(event.cellHi, event.cellLo);
    this.#kind[row] = event.kind;
    this.#plmn[row] = event.plmn === 0 ? 0 : this.#plmnIndex(event.plmn) + 1;
    this.#tac[row] = event.tac;
    if (event.tac !== 0) this.#hasTac = true;
    if (event.hasPeer) {
      const peer = this.#peerCount++;
      this.#peerRow[peer] = row;
      this.#peer[2 * peer] = event.peerLo;
      this.#peer[2 * peer + 1] = event.peerHi;
    }
    this.#rowNumber[row] = event.rowNumber;
  }

  #cellIndex(hi: number, lo: number): number {
    const mask = this.#cellSlots.length - 1;
    let slot = (Math.imul(lo ^ Math.imul(hi, 0x85eb_ca6b), 0x9e37_79b1) >>> 15) & mask;
    for (;;) {
      const index = (this.#cellSlots[slot] as number) - 1;
      if (index < 0) break;
      if (this.#cells[2 * index] === lo && this.#cells[2 * index + 1] === hi) return index;
      slot = (slot + 1) & mask;
    }
    const index = this.#cellCount++;
    this.#cells[2 * index] = lo;
    this.#cells[2 * index + 1] = hi;
    this.#cellSlots[slot] = index + 1;
    return index;
  }

  #plmnIndex(plmn: number): number {
    for (let index = 0; index < this.#plmnCount; index++) if (this.#plmns[index] === plmn) return index;
    this.#plmns[this.#plmnCount] = plmn;
    return this.#plmnCount++;
  }
}
