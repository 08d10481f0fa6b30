/** Inputs made of good ones by a few changes: bytes set, cut, repeated, taken from elsewhere, numbers and words that break parsers. */
import fc from "fast-check";

/** Longest input, bytes, unless a target says less. */
const BYTES_MAX = 2 ** 21;
const PIECE_BYTES_MAX = 64;
/** Mostly few; some make an input as long as it may be. */
const TIMES = [2, 2, 3, 3, 4, 5, 8, 8, 16, 16, 32, 32, 64, 64, 64, 100, 100, 200, 300, 1024, 50_000];
const NUMBERS = [
  "0",
  "-1",
  "-0",
  "1e999",
  "0x10",
  "NaN",
  "255",
  "65536",
  "2147483648",
  "4294967295",
  "9007199254740993",
  "18446744073709551616",
  "0.0000000000000000000000001",
  "1".repeat(400),
];

/** What a change does, where (as a number that is taken modulo the length), and with what. */
type Change = readonly [kind: number, at: number, length: number, value: number];
type Apply = (bytes: Buffer, change: Change, words: readonly Buffer[], others: readonly Buffer[]) => Buffer;

const CHANGES: readonly Apply[] = [
  (bytes, [, at, , value]) => replaced(bytes, at, 1, Buffer.from([value & 255])),
  (bytes, [, at, , value]) => replaced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << (value & 7))])),
  (bytes, [, at, length]) => replaced(bytes, at, 1 + (length % PIECE_BYTES_MAX), Buffer.alloc(0)),
  (bytes, [, at, , value], words) => replaced(bytes, at, 0, words[value % words.length] as Buffer),
  (bytes, [, at, length, value]) => replaced(bytes, at, 0, pieceOf(bytes, value, length)),
  (bytes, [, at, length, value]) => {
    const piece = pieceOf(bytes, at, length % 16);
    const times = Math.min(TIMES[value % TIMES.length] as number, Math.floor(BYTES_MAX / Math.max(1, piece.length)));
    return replaced(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
  (bytes, [, at, length, value], _, others) => {
    const other = others[value % others.length] as Buffer;
    return Buffer.concat([bytes.subarray(0, at), other.subarray(length % (other.length + 1))]);
  },
  (bytes, [, at]) => bytes.subarray(0, at),
  (bytes, [, at, , value]) => withNumber(bytes, at, NUMBERS[value % NUMBERS.length] as string),
  (bytes, [, at, length, value], words) =>
    replaced(bytes, at, 1 + (length % PIECE_BYTES_MAX), words[value % words.length] as Buffer),
];

function replaced(bytes: Buffer, at: number, length: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

function pieceOf(bytes: Buffer, at: number, length: number): Buffer {
  const from = at % (bytes.length + 1);
  return bytes.subarray(from, from + 1 + (length % PIECE_BYTES_MAX));
}

/** Puts a number in the place of the digits that begin next after `at`. */
function withNumber(bytes: Buffer, at: number, text: string): Buffer {
  const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
  let from = at;
  while (from < bytes.length && !isDigit(bytes[from])) from++;
  let to = from;
  while (isDigit(bytes[to])) to++;
  return replaced(bytes, from, to - from, Buffer.from(text));
}

/**
 * Mutations of some good inputs, and now and then bytes of no form at all. Shrinks towards the first seed with no change.
 *
 * @param seeds good inputs, one or more
 * @param words what the form has a meaning for, or stumbles over
 */
export function mutations(
  seeds: readonly Buffer[],
  words: readonly (string | Buffer)[],
  bytesMax = BYTES_MAX,
): fc.Arbitrary<Buffer> {
  const tokens = words.map((word) => Buffer.from(word));
  const change = fc.tuple(
    fc.nat({ max: CHANGES.length - 1 }),
    fc.nat({ max: 2 ** 20 }),
    fc.nat({ max: 2 ** 16 }),
    fc.nat({ max: 255 }),
  );
  const mutated = fc
    .tuple(fc.nat({ max: seeds.length - 1 }), fc.array(change, { maxLength: 7 }))
    .map(([seed, changes]) => {
      let bytes = seeds[seed] as Buffer;
      for (const [kind, at, length, value] of changes) {
        const next = (CHANGES[kind] as Apply)(bytes, [kind, at % (bytes.length + 1), length, value], tokens, seeds);
        bytes = next.length > bytesMax ? next.subarray(0, bytesMax) : next;
      }
      return bytes;
    });
  const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof({ weight: 19, arbitrary: mutated }, { weight: 1, arbitrary: anything });
}

const SHOWN_CHARS_MAX = 4000;

/** Bytes as a person can read them: as text where they are text, else as hexadecimal digits. */
export function shown(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  const whole = isText ? JSON.stringify(text) : bytes.toString("hex");
  return whole.length <= SHOWN_CHARS_MAX
    ? whole
    : `${whole.slice(0, SHOWN_CHARS_MAX)}... (${bytes.length} bytes in all)`;
}
