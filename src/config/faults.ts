import { UserError } from "../signal/user-error.js";

/** One thing wrong with the configuration. */
export interface Fault {
  /** Where it was said: `my.yaml:12`, `LIFECIRCLE_HTTP_PORT`, `flag`. */
  readonly place: string;
  readonly path: string;
  /** The value as it may be printed; null where there is none to print. */
  readonly value: string | null;
  readonly says: string;
  readonly mend: string;
}

const VALUE_CHARS_MAX = 80;
const SECRET_SHOWN = "***";

/** The text of all faults as one error, a fault a paragraph. */
export function faultsError(faults: readonly Fault[]): UserError {
  const head = faults.length === 1 ? "1 fault in the configuration" : `${faults.length} faults in the configuration`;
  return new UserError([`${head}:`, ...faults.map(paragraph)].join("\n"));
}

function paragraph(fault: Fault): string {
  const what = [fault.path, fault.value].filter((part) => part !== null && part !== "").join(" = ");
  const subject = what === "" ? fault.place : `${fault.place}: ${what}`;
  return `  ${subject}: ${fault.says}\n    mend: ${fault.mend}`;
}

/** A value as it may be shown: secrets and the login part of URLs are hidden; long values, and texts after a blank, are cut. */
export function shown(value: unknown, secret: boolean): string {
  if (secret) return value === "" ? '""' : SECRET_SHOWN;
  // What follows a blank may be the next line, with a secret, whose line feed was lost.
  const first = typeof value === "string" ? value.replace(/[\s\0].*$/s, "...") : value;
  const whole = JSON.stringify(hideLogins(first)) ?? String(first);
  return whole.length > VALUE_CHARS_MAX ? `${whole.slice(0, VALUE_CHARS_MAX)}...` : whole;
}

/** The same value, with `***` for the login of any URL in it; a secret is `***` unless it is empty. */
export function hidden(value: unknown, secret: boolean): unknown {
  if (secret) return value === "" ? "" : SECRET_SHOWN;
  return hideLogins(value);
}

function hideLogins(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/:\/\/[^/\s,]*@/g, `://${SECRET_SHOWN}@`) : value;
}
