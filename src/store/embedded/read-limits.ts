/** What a question may use that only reads: whoever asks may lower these limits and not raise them. */
import { StatementError } from "./clickhouse-errors.js";
import type { Token } from "./tokens.js";

/** Settings of ClickHouse and the most that each may be. */
export type ReadLimits = ReadonlyMap<string, number>;

const READ_SECONDS_MAX = 600;
const RESULT_ROWS_MAX = 100_000_000;
const RESULT_BYTES_MAX = 16 * 1024 ** 3;

/** @param memoryBytesMax of one question; beyond it the question fails, and not what runs beside it */
export function readLimits(memoryBytesMax: number): ReadLimits {
  return new Map([
    ["max_execution_time", READ_SECONDS_MAX],
    ["max_memory_usage", memoryBytesMax],
    ["max_result_rows", RESULT_ROWS_MAX],
    ["max_result_bytes", RESULT_BYTES_MAX],
  ]);
}

/** Settings that would end a question quietly at a limit, or count it against another one. */
const MODES =
  /^(\w+_overflow_mode\w*|max_memory_usage_for_user|max_execution_time_leaf|timeout_before_checking_execution_speed)$/i;

/**
 * The settings of a request that only reads, limits included; those that it gives itself must keep to them.
 *
 * @throws StatementError 452 for one that would raise a limit
 */
export function limitedSettings(settings: ReadonlyMap<string, string>, limits: ReadLimits): Map<string, string> {
  const limited = new Map(settings);
  for (const [name, most] of limits) {
    const given = settings.get(name);
    if (given !== undefined) checkValue(name, given, most);
    else limited.set(name, String(most));
  }
  for (const name of settings.keys()) if (MODES.test(name)) throw violation(name);
  return limited;
}

/** Checks a SETTINGS clause in the same way. @throws StatementError 452 */
export function checkLimitClauses(words: readonly Token[], limits: ReadLimits): void {
  for (const [i, word] of words.entries()) {
    if ((word.kind !== "name" && word.kind !== "quoted") || words[i + 1]?.text !== "=") continue;
    const name = word.text.toLowerCase();
    if (MODES.test(name)) throw violation(name);
    const most = limits.get(name);
    if (most !== undefined) checkValue(name, words[i + 2]?.text ?? "", most);
  }
}

/** 0 means no limit to ClickHouse; a text of another form than digits may mean anything. */
function checkValue(name: string, value: string, most: number): void {
  if (!/^\d{1,15}$/.test(value) || Number(value) === 0 || Number(value) > most) throw violation(name, most);
}

function violation(name: string, most?: number): StatementError {
  const text = most === undefined ? "may not be set by a question that only reads" : `may be 1 to ${most}`;
  return new StatementError(452, `Setting ${name} ${text}`, "SETTING_CONSTRAINT_VIOLATION");
}
