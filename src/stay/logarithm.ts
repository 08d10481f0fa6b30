/**
 * Natural logarithm and exponential function from tables, right to 1e-12: `Math.log` and `Math.exp` are calls of some 25 ns, and decoding is made
 * of them. After P. T. P. Tang, Table-driven implementation of the logarithm function (1990): the table has the nearest of 128 steps, and a
 * polynomial the rest.
 */
const STEPS = 128;
const POLYNOMIAL_3 = 1 / 3;

/** By step of the significand: one over the middle of the step, and its logarithm. */
const PER_MIDDLE = Float64Array.from({ length: STEPS }, (_, step) => STEPS / (STEPS + step + 0.5));
const MIDDLE_LOG = PER_MIDDLE.map((perMiddle) => -Math.log(perMiddle));
/** Powers of two from 0 down, and roots of two. */
const POWERS_MAX = 1022;
const PER_POWER = Float64Array.from({ length: POWERS_MAX + 1 }, (_, power) => 2 ** -power);
const ROOTS = Float64Array.from({ length: STEPS }, (_, step) => 2 ** (step / STEPS));
const STEPS_PER_E = STEPS / Math.LN2;
const STEP_LOG = Math.LN2 / STEPS;
/** Below it the exponential function is told to be 0. */
const EXPONENT_MIN = -700;

const NUMBER = new Float64Array(1);
const WORDS = new Uint32Array(NUMBER.buffer);
/** Words of a double in this machine's order. */
NUMBER[0] = 1;
const HIGH = WORDS[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/** Natural logarithm of a number of 0 or more. */
export function ln(x: number): number {
  NUMBER[0] = x;
  const high = WORDS[HIGH] as number;
  const exponent = high >>> 20;
  // 0 and what is next to it, and what is no number.
  if (exponent === 0 || exponent >= 2047) return Math.log(x);
  const step = (high >>> 13) & (STEPS - 1);
  const significand = 1 + (high & 0xfffff) * 2 ** -20 + (WORDS[LOW] as number) * 2 ** -52;
  const rest = significand * (PER_MIDDLE[step] as number) - 1;
  const log = rest * (1 - rest * (0.5 - rest * (POLYNOMIAL_3 - rest * 0.25)));
  return (exponent - 1023) * Math.LN2 + (MIDDLE_LOG[step] as number) + log;
}

/** e to the power of a number of 0 or less; 0 where that is below e^-700. */
export function exp(x: number): number {
  if (!(x >= EXPONENT_MIN)) return 0;
  const steps = (x * STEPS_PER_E - 0.5) | 0;
  const rest = x - steps * STEP_LOG;
  const power = 1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24))));
  return (PER_POWER[-(steps >> 7)] as number) * (ROOTS[steps & (STEPS - 1)] as number) * power;
}

/**
 * Raises the first `count` numbers, of more than 0 up to 1, to a power. In a loop that does nothing else V8 puts both functions in place of their
 * calls; where they are called now and then, it makes an object of each number that a call takes or answers.
 */
export function raiseAll(numbers: Float64Array, count: number, power: number): void {
  for (let i = 0; i < count; i++) numbers[i] = exp(power * ln(numbers[i] as number));
}
