import { newSignalEvent } from "../signal/event.js";
import { parseJsonEvent } from "./json-row.js";
import { type RowContext, rejectUnreadable } from "./row.js";
import type { LineReader, RowSink } from "./row-sink.js";

const LINE_FEED = 0x0a;

/** Reads blocks of JSON lines into a sink; empty lines are passed over. */
export class NdjsonReader implements LineReader {
  line = 0;
  readonly #path: string;
  readonly #lineBytesMax: number;
  readonly #sink: RowSink;
  readonly #event = newSignalEvent();

  constructor(path: string, lineBytesMax: number, sink: RowSink) {
    this.#path = path;
    this.#lineBytesMax = lineBytesMax;
    this.#sink = sink;
  }

  read(lines: Buffer, context: RowContext): void {
    let start = 0;
    while (start < lines.length) {
      const end = lines.indexOf(LINE_FEED, start);
      if (end - start > this.#lineBytesMax) this.oversize(end - start);
      else this.#readLine(lines.toString("utf8", start, end), context);
      start = end + 1;
    }
  }

  oversize(bytes: number): void {
    this.line++;
    this.#sink.reject(rejectUnreadable(bytes, `longer than ${this.#lineBytesMax} bytes`, this.#source()));
  }

  #readLine(text: string, context: RowContext): void {
    this.line++;
    const line = text.trim();
    if (line === "") return;
    const reject = parseJsonEvent(line, this.#source(), this.#event, context);
    if (reject !== null) {
      this.#sink.reject(reject);
      return;
    }
    this.#event.rowNumber = this.line;
    this.#sink.add(this.#event);
  }

  #source(): string {
    return `file:${this.#path}:${this.line}`;
  }
}
