import { StatementError } from "./clickhouse-errors.js";
import { type Token, tokens } from "./tokens.js";

/** An INSERT whose rows follow as data, in the request body or behind the FORMAT clause. */
export interface InsertStatement {
  readonly kind: "insert";
  /** `INSERT INTO table (columns)`; the FROM INFILE clause comes after it. */
  readonly head: string;
  /** `SETTINGS ... FORMAT name`. */
  readonly tail: string;
  /** First byte of data that came behind the statement. */
  readonly dataStart: number;
  readonly words: readonly Token[];
}

export interface QueryStatement {
  readonly kind: "query";
  readonly text: string;
  /** First word, upper case: SELECT, CREATE, ... */
  readonly verb: string;
  /** The FORMAT clause, if it has one. */
  readonly format: string | null;
  readonly words: readonly Token[];
}

/**
 * Finds out what a request asks for. One statement a request, as ClickHouse's HTTP interface has it.
 * Throws StatementError 62 for none or several.
 */
export function parseStatement(sql: Buffer): InsertStatement | QueryStatement {
  const text = sql.toString("latin1");
  const words: Token[] = [];
  for (const token of tokens(text)) {
    words.push(token);
    if (token.text === ";" && token.kind === "symbol") break;
    if (isInsert(words) && endsInsertHead(words)) return insertStatement(sql, words);
  }
  const last = words.at(-1);
  let end = text.length;
  if (last?.kind === "symbol" && last.text === ";") {
    words.pop();
    end = last.start;
    for (const token of tokens(text, last.end)) {
      if (token.text !== ";")
        throw new StatementError(62, "Syntax error: Multi-statements are not allowed", "SYNTAX_ERROR");
    }
  }
  const first = words.find((word) => word.text !== "(");
  if (first === undefined) throw new StatementError(62, "Syntax error: Empty query", "SYNTAX_ERROR");
  return {
    kind: "query",
    text: sql.subarray(0, end).toString("utf8"),
    verb: first.text.toUpperCase(),
    format: formatClause(words),
    words,
  };
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "name" && token.text.toUpperCase() === word;
}

function isInsert(words: readonly Token[]): boolean {
  return isWord(words[0], "INSERT");
}

/** True when the last word begins the data: the name after FORMAT, or VALUES, outside of brackets. */
function endsInsertHead(words: readonly Token[]): boolean {
  const last = words.at(-1);
  if (words.some((word) => isWord(word, "SELECT") || isWord(word, "WITH") || isWord(word, "INFILE"))) return false;
  if (isWord(last, "VALUES")) return words.length > 2 && depth(words) === 0;
  return isWord(words.at(-2), "FORMAT") && last?.kind === "name" && words.length > 3 && depth(words) === 0;
}

function depth(words: readonly Token[]): number {
  let open = 0;
  for (const word of words) {
    if (word.kind === "symbol") open += word.text === "(" ? 1 : word.text === ")" ? -1 : 0;
  }
  return open;
}

function insertStatement(sql: Buffer, words: readonly Token[]): InsertStatement {
  const last = words.at(-1) as Token;
  const values = isWord(last, "VALUES");
  const settings = words.find((word) => isWord(word, "SETTINGS"));
  const clause = values ? last : (words.at(-2) as Token);
  const headEnd = settings?.start ?? clause.start;
  return {
    kind: "insert",
    head: sql.subarray(0, headEnd).toString("utf8"),
    tail: `${sql.subarray(headEnd, clause.start).toString("utf8")} FORMAT ${values ? "Values" : last.text}`,
    dataStart: afterFormat(sql, last.end),
    words,
  };
}

/** Skips the blanks up to and including the line end that separates the statement from its data. */
function afterFormat(sql: Buffer, from: number): number {
  let at = from;
  while (at < sql.length && (sql[at] === 0x20 || sql[at] === 0x09 || sql[at] === 0x0d)) at++;
  return sql[at] === 0x0a || sql[at] === 0x3b ? at + 1 : at;
}

function formatClause(words: readonly Token[]): string | null {
  for (let i = words.length - 2; i >= 0; i--) {
    const next = words[i + 1];
    const after = words[i + 2];
    const ends = after === undefined || isWord(after, "SETTINGS");
    if (ends && isWord(words[i], "FORMAT") && next?.kind === "name") return next.text;
  }
  return null;
}
