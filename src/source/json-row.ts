import type { SignalEvent } from "../signal/event.js";
import type { Reject } from "../signal/reason.js";
import { COLUMNS, type Column, type RowContext, type RowFields, readRow, rejectRow, rejectUnreadable } from "./row.js";

const TAC_DIGITS = 8;

/**
 * Reads one line of JSON: an object with the names of the columns. Numbers are taken for `time` (epoch ms), for identities that a
 * double holds exactly, and for `tac`; other keys are passed over. Fills the event (all but its row number) and returns null, or
 * returns the reject, which `source` names.
 */
export function parseJsonEvent(line: string, source: string, event: SignalEvent, context: RowContext): Reject | null {
  const fields = fieldsOf(line);
  if (typeof fields === "string") return rejectUnreadable(Buffer.byteLength(line), fields, source);
  const reason = readRow(fields, event, context);
  return reason === null ? null : rejectRow(fields, reason, source, context);
}

/** The fields of the line as text, or what is wrong with it (in words that hold nothing of the line). */
function fieldsOf(line: string): RowFields | string {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch {
    return "no JSON";
  }
  if (typeof object !== "object" || object === null || Array.isArray(object)) return "no JSON object";
  const fields: Partial<Record<Column, string>> = {};
  for (const column of COLUMNS) {
    const text = fieldText(column, Object.hasOwn(object, column) ? (object as Record<string, unknown>)[column] : null);
    if (text === null) return `${column} is neither text nor an exact whole number`;
    fields[column] = text;
  }
  return fields as RowFields;
}

/** The text of one value as a file would give it: empty for an absent one, null for what no field can be. */
export function fieldText(column: Column, value: unknown): string | null {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return null;
  return column === "tac" ? String(value).padStart(TAC_DIGITS, "0") : String(value);
}
