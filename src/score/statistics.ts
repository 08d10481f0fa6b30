/** Quotient; NaN where there is nothing to divide by. */
export function share(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : part / whole;
}

/** The harmonic mean of precision and recall: right ones among the mean of true and found ones. NaN where there are neither. */
export function f1Of(truths: number, found: number, right: number): number {
  return share(2 * right, truths + found);
}

/** The mean of the values that are numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return share(
    known.reduce((sum, value) => sum + value, 0),
    known.length,
  );
}

/** The value that the given part of the others does not exceed (the upper one of two in the middle); NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  return atQuantile(
    values.toSorted((a, b) => a - b),
    part,
  );
}

function atQuantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** The middle value, the upper one of two; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Errors as a cumulative distribution. */
export interface Errors {
  readonly count: number;
  readonly median: number;
  /** The error that nine in ten do not exceed. */
  readonly p90: number;
  /** Errors at 0, 1, ... 100 % of the cases. */
  readonly quantiles: readonly number[];
}

const QUANTILE_STEPS = 100;

export function errorsOf(values: readonly number[]): Errors {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    median: atQuantile(sorted, 0.5),
    p90: atQuantile(sorted, 0.9),
    quantiles: Array.from({ length: QUANTILE_STEPS + 1 }, (_, step) => atQuantile(sorted, step / QUANTILE_STEPS)),
  };
}
