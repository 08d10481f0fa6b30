import { StatementError } from "./clickhouse-errors.js";
import { isWord } from "./statement.js";
import type { Token } from "./tokens.js";

/**
 * What a request may not name. The engine in the library is ClickHouse's local mode: its table functions and its `default`
 * database read and write any file of this user, even with readonly=2. A server confines them; so do we, by name.
 */
const HARMLESS_TABLE_FUNCTIONS = new Set([
  "format",
  "fuzzjson",
  "generate_series",
  "generateseries",
  "generaterandom",
  "mergetreeindex",
  "mergetreeprojection",
  "mergetreeparts",
  "null",
  "numbers",
  "numbers_mt",
  "primes",
  "timeseriesselector",
  "values",
  "view",
  "viewexplain",
  "viewifpermitted",
  "zeros",
  "zeros_mt",
]);
const FORBIDDEN_FUNCTIONS = ["file", "disk", "http", "catboostevaluate", "odbc", "jdbc", "executable"];
const FORBIDDEN_FORMAT = /^(template\w*|capnproto|protobuf\w*)$/i;
const FORBIDDEN_SETTING =
  /^(dialect|implicit_table_at_top_level|additional_table_filters|additional_result_filter|format_template_\w+|format_schema\w*|\w+_(dir|path))$/i;
const HARMLESS_ENGINE =
  /^(\w*mergetree|memory|log|tinylog|stripelog|null|join|set|view|materializedview|atomic|buffer)$/i;
const FORBIDDEN_VERBS = new Set(["ATTACH", "BACKUP", "RESTORE", "USE", "SET"]);

export interface Guard {
  /** Throws StatementError 497 when the statement reaches for anything outside the store's own tables. */
  check(words: readonly Token[], parameters: ReadonlyMap<string, string>): void;
  /** Throws StatementError 497 for a setting that would open such a way. */
  checkSetting(name: string): void;
}

/** `tableFunctions`: the names in system.table_functions of the engine in use. */
export function createGuard(tableFunctions: readonly string[]): Guard {
  const forbidden = new Set(FORBIDDEN_FUNCTIONS);
  for (const name of tableFunctions) {
    const lower = name.toLowerCase();
    if (!HARMLESS_TABLE_FUNCTIONS.has(lower)) forbidden.add(lower);
  }
  return {
    check: (words, parameters) => checkWords(withIdentifiers(words, parameters), forbidden),
    checkSetting(name) {
      if (FORBIDDEN_SETTING.test(name)) throw refused(`setting ${name}`);
    },
  };
}

function checkWords(words: readonly Token[], forbidden: ReadonlySet<string>): void {
  const verb = words[0];
  if (verb !== undefined && FORBIDDEN_VERBS.has(verb.text.toUpperCase())) throw refused(verb.text.toUpperCase());
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Token;
    if (word.kind === "string" || word.kind === "symbol") continue;
    const lower = word.text.toLowerCase();
    const next = words[i + 1];
    if (next?.text === "(" && next.kind === "symbol" && forbidden.has(lower)) throw refused(`function ${word.text}`);
    if (next?.text === "." && next.kind === "symbol" && lower === "default") throw refused("database default");
    if (lower.startsWith("default.")) throw refused("database default");
    if (FORBIDDEN_SETTING.test(lower) && next?.text === "=") throw refused(`setting ${word.text}`);
    if (isWord(word, "INTO") && isWord(next, "OUTFILE")) throw refused("INTO OUTFILE");
    if (isWord(word, "FROM") && isWord(next, "INFILE")) throw refused("FROM INFILE");
    if (isWord(word, "FORMAT") && next !== undefined && FORBIDDEN_FORMAT.test(next.text)) {
      throw refused(`format ${next.text}`);
    }
    if (isWord(word, "ENGINE")) checkEngine(next?.text === "=" ? words[i + 2] : next);
  }
}

function checkEngine(name: Token | undefined): void {
  if (name === undefined || name.kind === "string" || name.kind === "symbol") return;
  if (!HARMLESS_ENGINE.test(name.text)) throw refused(`engine ${name.text}`);
}

/** Puts the values of `{name:Identifier}` in the place of the substitution, so that they are checked like written ones. */
function withIdentifiers(words: readonly Token[], parameters: ReadonlyMap<string, string>): readonly Token[] {
  if (parameters.size === 0) return words;
  const result: Token[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Token;
    const value = parameters.get(words[i + 1]?.text ?? "");
    if (word.text === "{" && isWord(words[i + 3], "IDENTIFIER") && value !== undefined) {
      result.push({ kind: "quoted", text: value, start: word.start, end: word.end });
      i += 4;
    } else {
      result.push(word);
    }
  }
  return result;
}

function refused(what: string): StatementError {
  return new StatementError(
    497,
    `${what} is not available: the embedded store answers from its own tables only`,
    "ACCESS_DENIED",
  );
}
