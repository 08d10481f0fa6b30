/** What a fuzzing target is: where its inputs come from, and what must hold of each. */
import type fc from "fast-check";

/** What became of the rows of one input: reason, or `taken`, to how many. A target of whole files counts the file. */
export type Verdict = Readonly<Record<string, number>>;

/** A target that is ready to be given inputs. */
export interface OpenTarget<Input> {
  readonly inputs: fc.Arbitrary<Input>;
  /**
   * Gives one input to the product and looks at what it does with it.
   *
   * @throws an error that says what is wrong where the product throws what it must not, loses a row, or tells what it must not
   */
  judge(input: Input): Verdict | Promise<Verdict>;
  /** The input for a person, whole where it is short. */
  show(input: Input): string;
  /** Bytes of an input, for what it may cost. */
  bytes(input: Input): number;
  /** What the process may grow by for one input, bytes, where that is more than for others. */
  readonly growthBytesMax?: number;
  close(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Of a million inputs so many are its. */
  readonly perMillion: number;
  open(): Promise<OpenTarget<unknown>>;
}

/** A target, with the type of its inputs hidden from those who only run it. */
export function target<Input>(name: string, perMillion: number, open: () => Promise<OpenTarget<Input>>): Target {
  return { name, perMillion, open: open as () => Promise<OpenTarget<unknown>> };
}

/** Fails with a text where something does not hold. */
export function must(holds: boolean, says: () => string): void {
  if (!holds) throw new Error(says());
}

export function closeNothing(): Promise<void> {
  return Promise.resolve();
}
