import type { Word64 } from "./wire.generated.js";

const TWO_POW_32 = 4294967296;

/** A whole number (a safe integer, of either sign) as two's complement words. */
export function word64Of(value: number): Word64 {
  return { low: value | 0, high: Math.floor(value / TWO_POW_32) | 0, unsigned: false };
}

/** The value of a signed 64-bit number; beyond 2^53 it is rounded, which `Number.isSafeInteger` then shows. */
export function numberOf(word: Word64): number {
  return (word.high | 0) * TWO_POW_32 + (word.low >>> 0);
}

/**
 * An optional field of a decoded message, null where the message does not have it. protobufjs shows an absent one as its zero value
 * through the prototype, so only an own field counts.
 */
export function present<M extends object, F extends keyof M>(message: M, field: F): NonNullable<M[F]> | null {
  return Object.hasOwn(message, field) ? (message[field] ?? null) : null;
}
