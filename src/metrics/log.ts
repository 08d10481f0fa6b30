import { type Level, type Logger, pino } from "pino";

/**
 * Logs without raw ids. Two lines of defence, both at the only exit, where no child logger or serializer can pass them by:
 *
 * - A field named after a raw id (`subscriber`, `peer`, `imsi`, `msisdn`, ...) is withheld, at any depth. A pseudonym is logged
 *   as `pseudonym`.
 * - A run of eight or more digits in a text becomes its length: an IMSI has 14 or 15 digits, an MSISDN 8 to 15. Left alone are
 *   what looks like a date (`signalling-20240501.csv`), the digits of a cell's name, and the number of a checkpoint's file
 *   (`state-000000000012.snapshot`), which begins as no id does. Counts and sequence numbers belong in fields of their own, as numbers, or
 *   stand in a text by thousands (`12,345,678`); those stay.
 *
 * An id may also be any text at all, which no pattern can find. So an error never repeats the text of a row: it names file and line.
 */

/** Where lines go: stderr, or what a test reads. */
export interface LogSink {
  write(line: string): unknown;
  readonly isTTY?: boolean;
}

export interface LogOptions {
  readonly level: Level | "silent";
  /** Short lines for people instead of JSON; `auto`: when the sink is a terminal. */
  readonly pretty: "auto" | "always" | "never";
}

const WITHHELD = "[withheld]";
const RAW_FIELDS = /^(subscriber|peer|imsi|msisdn|imei|supi|gpsi|raw|raw_?id)$/i;
const TEXT_CHARS_MAX = 4000;
const DEPTH_MAX = 8;
/** Digits of a cell's name or a file's keep their prefix in the match, so that they are told apart. */
const DIGIT_RUN = /((?:c|ec|nc)gi:\d{3}-\d{2,3}-|(?:state|blocks|events)-0000(?=\d{8}(?!\d)))?\d{8,}/g;
const DATE_DIGITS = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;

/** A logger that writes one JSON object a line (or a short line for people) to `sink`, cleaned of raw ids. */
export function createLog(options: LogOptions, sink: LogSink = process.stderr): Logger {
  const pretty = options.pretty === "always" || (options.pretty === "auto" && sink.isTTY === true);
  const write = (line: string) => {
    const record = cleaned(JSON.parse(line), "", 0) as Record<string, unknown>;
    sink.write(`${pretty ? shortLine(record) : JSON.stringify(record)}\n`);
  };
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
}

/** The text with runs of digits that could be a raw id replaced by their length, and cut to a bounded length. */
export function safeText(text: string): string {
  const cut = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}...` : text;
  return cut.replace(DIGIT_RUN, (run, name: string | undefined) =>
    name !== undefined || DATE_DIGITS.test(run) ? run : `[${run.length} digits]`,
  );
}

function cleaned(value: unknown, name: string, depth: number): unknown {
  if (RAW_FIELDS.test(name) || depth > DEPTH_MAX) return WITHHELD;
  if (typeof value === "string") return name === "pseudonym" ? value : safeText(value);
  if (Array.isArray(value)) return value.map((part) => cleaned(part, "", depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => [safeText(key), cleaned(part, key, depth + 1)]);
  return Object.fromEntries(parts);
}

/** `18:05:33 warn  store is slow seconds=3`; the stack of an error goes below. */
function shortLine(record: Record<string, unknown>): string {
  const { time, level, msg, pid: _pid, err, ...rest } = record;
  const clock = String(time).slice(11, 19);
  const fields = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const head = [clock, String(level).padEnd(5), ...(msg === undefined ? [] : [String(msg)]), ...fields].join(" ");
  const stack = (err as { stack?: unknown } | undefined)?.stack;
  return stack === undefined ? head : `${head}\n${String(stack)}`;
}
