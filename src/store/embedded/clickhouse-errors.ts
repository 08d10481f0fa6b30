/** A request that is refused before the engine sees it, in ClickHouse's own terms. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  readonly code: number;

  constructor(code: number, message: string, kind: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${kind})`);
    this.code = code;
  }
}

const STATUS: Readonly<Record<number, number>> = {
  // The request is wrong: syntax, types, values that cannot be parsed.
  ...codes(400, [6, 26, 27, 33, 36, 38, 41, 42, 43, 50, 53, 62, 72, 117, 130, 170, 377, 427, 441, 456, 457, 467, 675]),
  // It names what is not there.
  ...codes(404, [44, 46, 47, 60, 63, 73, 78, 81, 115, 152, 336]),
  // It may not.
  ...codes(403, [192, 193, 497, 516]),
  159: 408,
  194: 401,
  223: 413,
  48: 501,
  202: 503,
  209: 503,
};

function codes(status: number, list: readonly number[]): Record<number, number> {
  return Object.fromEntries(list.map((code) => [code, status]));
}

/** The code in `Code: N. DB::Exception`, 1001 (an exception of the standard library) where there is none. */
export function errorCode(message: string): number {
  const match = /Code: (\d+)\./.exec(message);
  return match === null ? 1001 : Number(match[1]);
}

/** HTTP status of an exception, as ClickHouse's HTTP interface answers it. */
export function errorStatus(code: number): number {
  return STATUS[code] ?? 500;
}
