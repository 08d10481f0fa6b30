/** Deliveries from one thread to another: the columns of their batches change hands without a copy. */
import { UserError } from "../signal/user-error.js";
import type { Delivery } from "./source.js";

/** What a user can mend, as one thread tells it to another: the parts of a UserError. */
export interface ToldError {
  readonly message: string;
  readonly mend: string | null;
}

/** The memory of a delivery: each column of its batch is a copy of its own (signal/batch-builder.ts). */
export function buffersOf({ batch }: Delivery): ArrayBuffer[] {
  return batch === null
    ? []
    : Object.values(batch).flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []));
}

export function tellError({ message, mend }: UserError): ToldError {
  return { message: mend === null ? message : message.slice(0, message.lastIndexOf("\n  mend: ")), mend };
}

export function toldError({ message, mend }: ToldError): UserError {
  return new UserError(message, mend);
}
