/**
 * Dense 32-bit ids of subscribers, from 0 by order of first sight: 64-bit pseudonyms in two columns and an open-addressing index over them,
 * 14 to 20 bytes a subscriber. Ids are never given back.
 */
export class DenseIds {
  count = 0;
  /** The ids below this one are in the order of their pseudonyms. */
  private ascending = 0;
  private hi = new Uint32Array(256);
  private lo = new Uint32Array(256);
  /** Id + 1 at the hash position of a pseudonym, 0 = empty; a power of two long, at most 2/3 full. */
  private index = new Uint32Array(1024);

  get byteLength(): number {
    return this.hi.byteLength + this.lo.byteLength + this.index.byteLength;
  }

  hiOf(id: number): number {
    return this.hi[id] as number;
  }

  loOf(id: number): number {
    return this.lo[id] as number;
  }

  /** The id of a pseudonym, -1 where it has none. */
  find(hi: number, lo: number): number {
    return (this.index[this.seat(hi, lo)] as number) - 1;
  }

  /**
   * `find` for many, who are fastest found ascending: the ids that were given in the order of the pseudonyms are searched from the last
   * one found on, in ever longer steps (Bentley and Yao, 1976), which reads memory in its order. Who is not among them is found as usual.
   */
  finder(): (hi: number, lo: number) => number {
    let last = 0;
    return (hi, lo) => {
      let step = 1;
      while (last + step < this.ascending && !this.isAfter(last + step, hi, lo)) {
        last += step;
        step *= 2;
      }
      for (; step >= 1; step /= 2) if (last + step < this.ascending && !this.isAfter(last + step, hi, lo)) last += step;
      return this.lo[last] === lo && this.hi[last] === hi && last < this.count ? last : this.find(hi, lo);
    };
  }

  /** Whether the pseudonym of an id is greater than this one. */
  private isAfter(id: number, hi: number, lo: number): boolean {
    const other = this.hi[id] as number;
    return other === hi ? (this.lo[id] as number) > lo : other > hi;
  }

  /** The id of a pseudonym; the next one when it has none. */
  idOf(hi: number, lo: number): number {
    const seat = this.seat(hi, lo);
    const entry = this.index[seat] as number;
    if (entry !== 0) return entry - 1;
    const id = this.count++;
    if (id === this.hi.length) this.grow();
    this.hi[id] = hi;
    this.lo[id] = lo;
    if (this.ascending === id && (id === 0 || !this.isAfter(id - 1, hi, lo))) this.ascending++;
    this.index[seat] = id + 1;
    if (this.count * 3 > this.index.length * 2) this.reindex();
    return id;
  }

  private seat(hi: number, lo: number): number {
    const mask = this.index.length - 1;
    let at = hash(hi, lo) & mask;
    for (;;) {
      const id = (this.index[at] as number) - 1;
      if (id < 0 || (this.lo[id] === lo && this.hi[id] === hi)) return at;
      at = (at + 1) & mask;
    }
  }

  private grow(): void {
    const length = Math.ceil(this.hi.length * 1.5);
    const [hi, lo] = [new Uint32Array(length), new Uint32Array(length)];
    hi.set(this.hi);
    lo.set(this.lo);
    this.hi = hi;
    this.lo = lo;
  }

  private reindex(): void {
    this.index = new Uint32Array(this.index.length * 2);
    for (let id = 0; id < this.count; id++) this.index[this.seat(this.hiOf(id), this.loOf(id))] = id + 1;
  }
}

/** Pseudonyms are uniform already; the mixing guards against pseudonyms that a client chose. */
function hash(hi: number, lo: number): number {
  const mixed = Math.imul(lo ^ (hi >>> 15) ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
