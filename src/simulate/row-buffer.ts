import type { Random } from "./random.js";

/** Rows of signalling in columns, growing as needed; one day of the city at a time. */
export class RowBuffer {
  count = 0;
  /** Event time and arrival, epoch ms. */
  timeMs = new Float64Array(1024);
  arrivalMs = new Float64Array(1024);
  person = new Int32Array(1024);
  cell = new Int32Array(1024);
  /** Index into KINDS. */
  kind = new Uint8Array(1024);
  /** Person index, below zero a number outside, NO_PEER for none. */
  peer = new Int32Array(1024);
  /** How the row is spoilt: an index into FLAWS, 0 for a sound row. */
  flaw = new Uint8Array(1024);

  add(timeMs: number, person: number, cell: number, kind: number, peer: number, arrivalMs = timeMs, flaw = 0): void {
    if (this.count === this.timeMs.length) this.#grow();
    const i = this.count++;
    this.timeMs[i] = Math.floor(timeMs);
    this.arrivalMs[i] = arrivalMs;
    this.person[i] = person;
    this.cell[i] = cell;
    this.kind[i] = kind;
    this.peer[i] = peer;
    this.flaw[i] = flaw;
  }

  /** Appends row `i` of another buffer. */
  take(other: RowBuffer, i: number): void {
    this.add(
      other.timeMs[i] as number,
      other.person[i] as number,
      other.cell[i] as number,
      other.kind[i] as number,
      other.peer[i] as number,
      other.arrivalMs[i] as number,
      other.flaw[i] as number,
    );
  }

  /** Keeps `most` of the rows from `from` on, each as likely as the next, in their order (Knuth's selection sampling). */
  thin(from: number, most: number, random: Random): void {
    let left = this.count - from;
    let wanted = most;
    if (left <= wanted) return;
    let kept = from;
    for (let i = from; wanted > 0; i++, left--) {
      if (random.next() * left >= wanted) continue;
      wanted--;
      this.#move(i, kept++);
    }
    this.count = kept;
  }

  #move(from: number, to: number): void {
    for (const column of [this.timeMs, this.arrivalMs, this.person, this.cell, this.kind, this.peer, this.flaw])
      column[to] = column[from] as number;
  }

  /** Row numbers by arrival; rows of one arrival keep their order. */
  byArrival(): Uint32Array {
    const order = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) order[i] = i;
    const { arrivalMs } = this;
    return order.sort((a, b) => (arrivalMs[a] as number) - (arrivalMs[b] as number) || a - b);
  }

  #grow(): void {
    const size = this.timeMs.length * 2;
    this.timeMs = grown(this.timeMs, new Float64Array(size));
    this.arrivalMs = grown(this.arrivalMs, new Float64Array(size));
    this.person = grown(this.person, new Int32Array(size));
    this.cell = grown(this.cell, new Int32Array(size));
    this.kind = grown(this.kind, new Uint8Array(size));
    this.peer = grown(this.peer, new Int32Array(size));
    this.flaw = grown(this.flaw, new Uint8Array(size));
  }
}

function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
