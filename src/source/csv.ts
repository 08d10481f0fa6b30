import { CellBytes } from "../signal/cell-bytes.js";
import type { SignalEvent } from "../signal/event.js";
import { isTimeInRange, newSignalEvent } from "../signal/event.js";
import { fieldEnd, parseDigits, parseKindBytes, parsePlmnBytes } from "../signal/field-bytes.js";
import { TimeBytes } from "../signal/time-bytes.js";
import { UserError } from "../signal/user-error.js";
import { splitCsvLine } from "./csv-line.js";
import { columnsOfHeader, showCautiously } from "./header.js";
import { IDENTITY_BYTES_MAX } from "./pseudonym.js";
import { fieldsFrom, type RowContext, type RowFields, readRow, rejectRow, rejectUnreadable } from "./row.js";
import type { LineReader, RowSink } from "./row-sink.js";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
/** Places in COLUMNS; the home PLMN is the last. */
const TIME = 0;
const SUBSCRIBER = 1;
const CELL = 2;
const KIND = 3;
const PEER = 4;
const TAC = 5;
const TAC_DIGITS = 8;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * Reads blocks of CSV lines (RFC 4180, a record a line) into a sink. A plain good row is read from its bytes without making
 * text of a field; every other row (quotes, unusual spellings, faults) goes the way of all formats through `readRow`.
 */
export class CsvReader implements LineReader {
  line = 0;
  readonly #path: string;
  readonly #lineBytesMax: number;
  readonly #sink: RowSink;
  readonly #event: SignalEvent = newSignalEvent();
  readonly #time = new TimeBytes();
  readonly #cell = new CellBytes();
  /** Index in COLUMNS of each field of a line; empty before the header was read. */
  #columns: Uint8Array = new Uint8Array(0);
  /** The block in hand and its length. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #length = 0;

  constructor(path: string, lineBytesMax: number, sink: RowSink) {
    this.#path = path;
    this.#lineBytesMax = lineBytesMax;
    this.#sink = sink;
  }

  /** @throws UserError when the header, the first line of the file, is wrong. */
  read(lines: Buffer, context: RowContext): void {
    this.#view = new DataView(lines.buffer, lines.byteOffset, lines.length);
    this.#length = lines.length;
    let start = 0;
    while (start < lines.length) {
      this.line++;
      start = this.#columns.length === 0 ? this.#readHeader(lines) : this.#readLine(lines, start, context);
    }
  }

  /** @throws UserError for the first line: without a header no line can be read. */
  oversize(bytes: number): void {
    this.line++;
    if (this.#columns.length === 0)
      throw new UserError(
        `${this.#path}: the first line has ${bytes} bytes, more than ${this.#lineBytesMax}, and is no header`,
        "name the columns in the first line, and end it with a line feed",
      );
    this.#sink.reject(rejectUnreadable(bytes, `longer than ${this.#lineBytesMax} bytes`, this.#source()));
  }

  #readHeader(lines: Buffer): number {
    const end = lines.indexOf(LINE_FEED);
    const text = lines.toString("utf8", 0, contentEnd(lines, 0, end));
    const names = splitCsvLine(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text) ?? [text];
    this.#columns = columnsOfHeader(names, this.#path, showCautiously);
    return end + 1;
  }

  /** Reads the line that begins at `start`; returns where the next one begins. */
  #readLine(lines: Buffer, start: number, context: RowContext): number {
    const end = this.#readPlainly(start, context);
    if (end < 0) return this.#readAnyway(lines, start, context);
    this.#event.rowNumber = this.line;
    this.#sink.add(this.#event);
    return end + 1;
  }

  /** Fills the event from a line of plain good fields and returns where it ends; -1 where it needs a closer look. */
  #readPlainly(start: number, context: RowContext): number {
    const view = this.#view;
    const length = this.#length;
    const columns = this.#columns;
    const event = this.#event;
    event.tac = 0;
    event.plmn = 0;
    event.hasPeer = false;
    let at = start;
    for (let field = 0; field < columns.length; field++) {
      const end = fieldEnd(view, at, length);
      if (end < 0 || !this.#fill(columns[field] as number, at, end, context)) return -1;
      if (field + 1 === columns.length) return this.#lineFeedAt(end, start);
      if (view.getUint8(end) !== COMMA) return -1;
      at = end + 1;
    }
    return -1;
  }

  /** Where the line ends whose last field ends at `end`; -1 where more follows or it is too long. */
  #lineFeedAt(end: number, start: number): number {
    const lineFeed = this.#view.getUint8(end) === CARRIAGE_RETURN ? end + 1 : end;
    if (this.#view.getUint8(lineFeed) !== LINE_FEED) return -1;
    return end - start > this.#lineBytesMax ? -1 : lineFeed;
  }

  #fill(column: number, start: number, end: number, context: RowContext): boolean {
    const event = this.#event;
    switch (column) {
      case TIME:
        event.timeMs = this.#time.parse(this.#view, start, end);
        return isTimeInRange(event.timeMs, context);
      case SUBSCRIBER:
        return this.#fillSubscriber(start, end, context);
      case CELL:
        return this.#cell.parse(this.#view, start, end, event);
      case KIND:
        event.kind = parseKindBytes(this.#view, start, end);
        return event.kind >= 0;
      case PEER:
        return end === start || this.#fillPeer(start, end, context);
      case TAC:
        event.tac = end === start ? 0 : parseDigits(this.#view, start, end);
        return end === start || (end - start === TAC_DIGITS && event.tac >= 0);
      default:
        event.plmn = end === start ? 0 : parsePlmnBytes(this.#view, start, end);
        return end === start || event.plmn !== 0;
    }
  }

  #fillSubscriber(start: number, end: number, { pseudonymiser }: RowContext): boolean {
    if (end === start || end - start > IDENTITY_BYTES_MAX) return false;
    pseudonymiser.pseudonymise(this.#view, start, end);
    this.#event.subscriberHi = pseudonymiser.hi;
    this.#event.subscriberLo = pseudonymiser.lo;
    return true;
  }

  #fillPeer(start: number, end: number, { pseudonymiser }: RowContext): boolean {
    if (end - start > IDENTITY_BYTES_MAX) return false;
    pseudonymiser.pseudonymise(this.#view, start, end);
    this.#event.hasPeer = true;
    this.#event.peerHi = pseudonymiser.hi;
    this.#event.peerLo = pseudonymiser.lo;
    return true;
  }

  #readAnyway(lines: Buffer, start: number, context: RowContext): number {
    const lineFeed = lines.indexOf(LINE_FEED, start);
    const end = contentEnd(lines, start, lineFeed);
    if (end > start) this.#readSlowly(lines, start, end, context);
    return lineFeed + 1;
  }

  #readSlowly(lines: Buffer, start: number, end: number, context: RowContext): void {
    const bytes = end - start;
    const fields =
      bytes > this.#lineBytesMax ? `longer than ${this.#lineBytesMax} bytes` : this.#fields(lines, start, end);
    if (typeof fields === "string") {
      this.#sink.reject(rejectUnreadable(bytes, fields, this.#source()));
      return;
    }
    const reason = readRow(fields, this.#event, context);
    if (reason !== null) {
      this.#sink.reject(rejectRow(fields, reason, this.#source(), context));
      return;
    }
    this.#event.rowNumber = this.line;
    this.#sink.add(this.#event);
  }

  #fields(lines: Buffer, start: number, end: number): RowFields | string {
    const texts = splitCsvLine(lines.toString("utf8", start, end));
    if (texts === null) return "a quote out of place";
    if (texts.length !== this.#columns.length) return `${texts.length} fields, expected ${this.#columns.length}`;
    return fieldsFrom((column) => texts[this.#columns.indexOf(column)]);
  }

  #source(): string {
    return `file:${this.#path}:${this.line}`;
  }
}

/** The end of a line without the carriage return that stands before the line feed in files from Windows. */
function contentEnd(lines: Buffer, start: number, lineFeed: number): number {
  return lineFeed > start && lines[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
}
