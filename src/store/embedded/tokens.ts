/**
 * Words of ClickHouse SQL, enough to see what kind of statement it is and what it names. Works on text in which one character is
 * one byte (latin1), so `start` and `end` are byte offsets also where the statement holds other alphabets.
 */
export interface Token {
  /** `name` is a bare word, `quoted` an identifier in quotes (text unescaped), `string` a literal (text left out). */
  readonly kind: "name" | "quoted" | "string" | "symbol";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes above 0x7f outside of quotes can only be the exotic blanks that ClickHouse skips; elsewhere it reports them. */
const BLANK = /(?:[\0-\x20\x80-\xff]|--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y;
const NAME = /[A-Za-z_][\w$]*/y;
const NUMBER = /[0-9][\w.]*/y;
const HEREDOC = /\$\w*\$/y;
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  0: "\0",
};

/** Tokens from `from` on, lazily: who reads an INSERT stops before its data, which is no SQL. */
export function* tokens(sql: string, from = 0): Generator<Token> {
  let at = from;
  while (true) {
    at = skip(BLANK, sql, at);
    if (at >= sql.length) return;
    const token = tokenAt(sql, at);
    yield token;
    at = token.end;
  }
}

function tokenAt(sql: string, start: number): Token {
  const first = sql.charAt(start);
  if (first === "'") return { kind: "string", text: "", start, end: quoteEnd(sql, start) };
  if (first === '"' || first === "`") {
    const end = quoteEnd(sql, start);
    return { kind: "quoted", text: unescapeIdentifier(sql.slice(start + 1, end - 1), first), start, end };
  }
  if (first === "$") {
    const open = skip(HEREDOC, sql, start);
    if (open > start) {
      const close = sql.indexOf(sql.slice(start, open), open);
      if (close >= 0) return { kind: "string", text: "", start, end: close + open - start };
    }
  }
  const nameEnd = skip(NAME, sql, start);
  if (nameEnd > start) return { kind: "name", text: sql.slice(start, nameEnd), start, end: nameEnd };
  const end = Math.max(skip(NUMBER, sql, start), start + 1);
  return { kind: "symbol", text: sql.slice(start, end), start, end };
}

function skip(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : at;
}

function quoteEnd(sql: string, start: number): number {
  const quote = sql.charCodeAt(start);
  for (let i = start + 1; i < sql.length; i++) {
    const code = sql.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === quote) {
      if (sql.charCodeAt(i + 1) !== quote) return i + 1;
      i++;
    }
  }
  return sql.length;
}

function unescapeIdentifier(text: string, quote: string): string {
  const halved = text.replaceAll(quote + quote, quote);
  return halved.replace(/\\(?:x([0-9A-Fa-f]{2})|([\s\S]))/g, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
