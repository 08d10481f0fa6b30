/**
 * Sets of people as plain bits over dense ids: bit i of the array is the person of id i, 32 to a word. 10 million people are 1.25 MB a set,
 * whatever its size. The arrays of one operation are equally long.
 */
export type Bits = Uint32Array<ArrayBuffer>;

export function bitsFor(ids: number): Bits {
  return new Uint32Array(Math.ceil(ids / 32));
}

export function setBit(bits: Bits, id: number): void {
  const word = id >>> 5;
  bits[word] = (bits[word] as number) | (1 << (id & 31));
}

export function clearBit(bits: Bits, id: number): void {
  const word = id >>> 5;
  bits[word] = (bits[word] as number) & ~(1 << (id & 31));
}

export function hasBit(bits: Bits, id: number): boolean {
  return (((bits[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
}

export function keepBoth(bits: Bits, other: Bits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) & (other[i] as number);
}

export function addAll(bits: Bits, other: Bits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) | (other[i] as number);
}

export function takeAway(bits: Bits, other: Bits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) & ~(other[i] as number);
}

/** Bits set in a 32-bit word (Warren, Hacker's Delight, 2012, 5-1). */
function bitsOf(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += bitsOf(bits[i] as number);
  return count;
}

// How many are in a set that is not made.
export function countBoth(bits: Bits, other: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += bitsOf((bits[i] as number) & (other[i] as number));
  return count;
}

export function countEither(bits: Bits, other: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += bitsOf((bits[i] as number) | (other[i] as number));
  return count;
}

export function countWithout(bits: Bits, other: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += bitsOf((bits[i] as number) & ~(other[i] as number));
  return count;
}

/** The ids in a set, ascending. */
export function* idsIn(bits: Bits): Generator<number> {
  for (let i = 0; i < bits.length; i++) {
    let word = bits[i] as number;
    while (word !== 0) {
      yield i * 32 + 31 - Math.clz32(word & -word);
      word &= word - 1;
    }
  }
}

/**
 * Those who are in at least `atLeast` of the sets. The sets are added word by word into a counter whose binary digits are sets too
 * (bit-sliced, as in O'Neil and Quass, 1997), which is then compared with the number.
 */
export function atLeastOf(sets: readonly Bits[], atLeast: number): Bits {
  const words = sets[0]?.length ?? 0;
  const digits = Array.from({ length: 32 - Math.clz32(sets.length) }, () => new Uint32Array(words));
  for (const set of sets) {
    const carry = set.slice();
    for (const digit of digits) addDigit(digit, carry);
  }
  const above = new Uint32Array(words);
  const equal = new Uint32Array(words).fill(0xffffffff);
  for (let i = digits.length - 1; i >= 0; i--) compareDigit(digits[i] as Bits, (atLeast >>> i) & 1, above, equal);
  addAll(above, equal);
  return above;
}

function addDigit(digit: Bits, carry: Bits): void {
  for (let i = 0; i < digit.length; i++) {
    const both = (digit[i] as number) & (carry[i] as number);
    digit[i] = (digit[i] as number) ^ (carry[i] as number);
    carry[i] = both;
  }
}

/** One binary digit of `counter >= number`, from the highest down. */
function compareDigit(digit: Bits, wanted: number, above: Bits, equal: Bits): void {
  for (let i = 0; i < digit.length; i++) {
    const word = digit[i] as number;
    const same = equal[i] as number;
    if (wanted === 1) equal[i] = same & word;
    else {
      above[i] = (above[i] as number) | (same & word);
      equal[i] = same & ~word;
    }
  }
}
