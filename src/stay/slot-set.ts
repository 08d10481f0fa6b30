/** A set of slots, a byte each: what has changed since somebody last looked. */
export class SlotSet {
  private marks: Uint8Array;

  constructor(slotsMin = 256) {
    this.marks = new Uint8Array(slotsMin);
  }

  /** Makes room for so many slots at once. */
  reserve(slots: number): void {
    if (slots > this.marks.length) this.widen(slots);
  }

  add(slot: number): void {
    if (slot >= this.marks.length) this.grow(slot);
    this.marks[slot] = 1;
  }

  /** Adds the first `count` of the slots given. */
  addAll(slots: Uint32Array, count = slots.length): void {
    let highest = -1;
    for (let i = 0; i < count; i++) if ((slots[i] as number) > highest) highest = slots[i] as number;
    if (highest >= this.marks.length) this.grow(highest);
    const { marks } = this;
    for (let i = 0; i < count; i++) marks[slots[i] as number] = 1;
  }

  /** The same of slots in their order. */
  addSorted(slots: Uint32Array, count: number): void {
    if (count === 0) return;
    if ((slots[count - 1] as number) >= this.marks.length) this.grow(slots[count - 1] as number);
    const { marks } = this;
    for (let i = 0; i < count; i++) marks[slots[i] as number] = 1;
  }

  has(slot: number): boolean {
    return this.marks[slot] === 1;
  }

  /** The slots below `count`, upwards; the set is empty afterwards. */
  take(count: number): Uint32Array {
    const { marks } = this;
    const slots = new Uint32Array(Math.min(count, marks.length));
    let found = 0;
    for (let slot = 0; slot < slots.length; slot++) if (marks[slot] === 1) slots[found++] = slot;
    this.clear();
    return slots.slice(0, found);
  }

  clear(): void {
    this.marks.fill(0);
  }

  private grow(slot: number): void {
    this.widen(Math.ceil((slot + 1) * 1.5));
  }

  private widen(length: number): void {
    const marks = new Uint8Array(length);
    marks.set(this.marks);
    this.marks = marks;
  }
}

/** All slots below `count`. */
export function slotsBelow(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, slot) => slot);
}

/** Stands in a list of slots for one to pass over. */
export const NO_SLOT = 0xffffffff;
