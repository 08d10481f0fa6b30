import type { FileFaults } from "./fault.js";

const COMMA = 44;
const QUOTE = 34;
const SPACE = 32;

/** Which columns a file must have and may have. */
export interface CsvForm {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/**
 * Reads CSV (RFC 4180: quoted fields, doubled quotes, line breaks in quotes, CRLF) row by row over one string. It keeps one row at
 * a time in one array that the next row overwrites, since a plan of a million cells as objects would not fit the memory allowed.
 * Blank lines are skipped. A row of the wrong length, or a quote that never ends, is reported and left out.
 */
export class CsvReader {
  /** 1-based line on which the row in hand starts. */
  line = 0;
  readonly #text: string;
  readonly #faults: FileFaults;
  readonly #fields: string[] = [];
  #columns = new Map<string, number>();
  #width = 0;
  #pos = 0;
  #nextLine = 1;
  #quoteAt = -1;

  constructor(text: string, faults: FileFaults) {
    this.#text = text;
    this.#faults = faults;
  }

  /** Takes the first row as the header and checks it; false where a row cannot be understood without mending it. */
  readHeader(form: CsvForm): boolean {
    if (!this.#nextRow()) return false;
    return this.useHeader([...this.#fields], form);
  }

  /** Takes the names as the header of a file that has none. */
  useHeader(names: readonly string[], form: CsvForm): boolean {
    const known = [...form.required, ...form.optional];
    let usable = true;
    for (const [index, name] of names.entries()) {
      if (this.#columns.has(name)) {
        this.#faults.error(this.line, "header", `column ${name} comes twice`, "keep one of them");
        usable = false;
      }
      this.#columns.set(name, index);
      if (known.includes(name)) continue;
      this.#faults.warning(
        this.line,
        "header",
        `column "${name}" is not known and not read`,
        `known: ${known.join(", ")}`,
      );
    }
    for (const name of form.required) {
      if (this.#columns.has(name)) continue;
      const mend = `add it; the header has ${names.join(", ")}`;
      this.#faults.error(this.line, "header", `column ${name} is missing`, mend);
      usable = false;
    }
    this.#width = names.length;
    return usable;
  }

  /** Index of a column for `get`, -1 where the file has none of that name. */
  column(name: string): number {
    return this.#columns.get(name) ?? -1;
  }

  /** The field of the row in hand, without spaces around it; empty for the column -1. */
  get(column: number): string {
    return column === -1 ? "" : (this.#fields[column] as string);
  }

  /** Moves to the next whole row; false at the end. */
  next(): boolean {
    while (this.#nextRow()) {
      const found = this.#fields.length;
      if (found === this.#width) return true;
      const message = `the row has ${found} fields, the header ${this.#width}`;
      this.#faults.error(
        this.line,
        "row length",
        message,
        'give every column a field; put a text with commas in "quotes"',
      );
    }
    return false;
  }

  #nextRow(): boolean {
    const text = this.#text;
    while (this.#pos < text.length) {
      this.line = this.#nextLine;
      const newLine = text.indexOf("\n", this.#pos);
      let end = newLine === -1 ? text.length : newLine;
      const after = end + 1;
      if (text.charCodeAt(end - 1) === 13) end--;
      if (isBlank(text, this.#pos, end)) {
        this.#pos = after;
        this.#nextLine++;
        continue;
      }
      this.#fields.length = 0;
      if (this.#quoteBefore(end)) {
        if (!this.#splitQuoted()) return false;
        return true;
      }
      this.#splitPlain(this.#pos, end);
      this.#pos = after;
      this.#nextLine++;
      return true;
    }
    return false;
  }

  /** Remembers where the next quote is: asking each row anew would read the rest of the file a row. */
  #quoteBefore(end: number): boolean {
    if (this.#quoteAt < this.#pos) {
      const found = this.#text.indexOf('"', this.#pos);
      this.#quoteAt = found === -1 ? this.#text.length : found;
    }
    return this.#quoteAt < end;
  }

  #splitPlain(start: number, end: number): void {
    const text = this.#text;
    let from = start;
    for (let i = start; i < end; i++) {
      if (text.charCodeAt(i) !== COMMA) continue;
      this.#fields.push(trimmed(text, from, i));
      from = i + 1;
    }
    this.#fields.push(trimmed(text, from, end));
  }

  /** Splits a row with quotes, which may go over several lines; false where a quote never ends. */
  #splitQuoted(): boolean {
    const text = this.#text;
    let from = this.#pos;
    for (;;) {
      while (text.charCodeAt(from) === SPACE) from++;
      let end: number;
      if (text.charCodeAt(from) === QUOTE) {
        const closing = closingQuote(text, from);
        if (closing === -1) {
          this.#faults.error(
            this.line,
            "quote",
            "a quote opens here and never closes",
            'close it with "; write a quote in a text as ""',
          );
          this.#pos = text.length;
          return false;
        }
        this.#fields.push(
          text
            .slice(from + 1, closing)
            .replaceAll('""', '"')
            .trim(),
        );
        for (let i = text.indexOf("\n", from); i !== -1 && i < closing; i = text.indexOf("\n", i + 1)) this.#nextLine++;
        end = endOfField(text, closing + 1);
      } else {
        end = endOfField(text, from);
        this.#fields.push(trimmed(text, from, end));
      }
      from = end + 1;
      if (text.charCodeAt(end) === COMMA) continue;
      this.#pos = from;
      this.#nextLine++;
      return true;
    }
  }
}

/** Opens a file whose header must satisfy `form`; null, with the faults reported, where its rows cannot be read. */
export function openCsv(text: string, form: CsvForm, faults: FileFaults): CsvReader | null {
  const reader = new CsvReader(text, faults);
  return reader.readHeader(form) ? reader : null;
}

function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1);
  while (at !== -1 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}

function endOfField(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== 10) at++;
  return at;
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) > SPACE) return false;
  return true;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && text.charCodeAt(start) <= SPACE) start++;
  while (end > start && text.charCodeAt(end - 1) <= SPACE) end--;
  return text.slice(start, end);
}
