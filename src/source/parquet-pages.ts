/**
 * The pages of a column chunk of a Parquet file, looked over before the library decodes them. It believes what page headers, levels and runs
 * say, so a file of a kilobyte could keep it busy for hours or have it fill the memory. What is checked: the sizes against the chunk, the
 * numbers of values against the rows of the group, every run and every length against what there is.
 */
import { checkDeltas, checkRuns, deltaLengths, PageReader } from "./parquet-runs.js";

/** What a chunk is to be, by the footer. */
export interface ChunkForm {
  /** Physical type, as `INT64`. */
  readonly type: string;
  /** Bytes of a value of FIXED_LEN_BYTE_ARRAY. */
  readonly valueBytes: number | undefined;
  readonly isOptional: boolean;
  readonly rows: number;
  /** Unpacks a page, to at most so many bytes. */
  readonly unpack: (bytes: Uint8Array, size: number) => Uint8Array;
  /** Bytes that the texts of one page may come to. */
  readonly textBytesMax: number;
}

const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;

/** Numbers of the encodings in the format. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA = 5;
const DELTA_LENGTHS = 6;
const DELTA_TEXTS = 7;
const DICTIONARY_INDICES = 8;
const SPLIT = 9;

const BYTES_OF: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 };

/** @throws Error that says what is wrong with a page */
export function checkPages(chunk: Uint8Array, form: ChunkForm): void {
  const reader = new PageReader(chunk);
  let rows = 0;
  while (rows < form.rows) {
    const header = readStruct(reader, 0);
    const packed = numberOf(header, 3);
    const from = reader.at;
    reader.skip(packed);
    rows += checkPage(chunk.subarray(from, from + packed), header, form, form.rows - rows);
  }
}

/** Returns the rows that the page holds. */
function checkPage(bytes: Uint8Array, header: Struct, form: ChunkForm, rowsLeft: number): number {
  const size = numberOf(header, 2);
  const kind = numberOf(header, 1);
  if (kind === DICTIONARY) {
    checkDictionary(form.unpack(bytes, size), numberOf(structOf(header, 7), 1), form);
    return 0;
  }
  if (kind !== DATA && kind !== DATA_V2) throw new Error(`a page of kind ${kind}`);
  const data = structOf(header, kind === DATA ? 5 : 8);
  const rows = numberOf(data, 1);
  if (rows > rowsLeft) throw new Error(`a page of ${rows} values where ${rowsLeft} are left`);
  if (kind === DATA) checkData(form.unpack(bytes, size), numberOf(data, 2), rows, form);
  else checkDataV2(bytes, size, data, form);
  return rows;
}

function checkDictionary(page: Uint8Array, values: number, { type, valueBytes }: ChunkForm): void {
  const least = type === "BOOLEAN" ? 1 / 8 : (BYTES_OF[type] ?? (type === "BYTE_ARRAY" ? 4 : (valueBytes ?? 0)));
  if (!(least > 0) || values * least > page.length)
    throw new Error(`a dictionary of ${values} values in ${page.length} bytes`);
}

function checkData(page: Uint8Array, encoding: number, rows: number, form: ChunkForm): void {
  const reader = new PageReader(page);
  let values = rows;
  if (form.isOptional) {
    const length = reader.uint32();
    values = checkRuns(new PageReader(page, reader.at, reader.at + length), 1, rows);
    reader.skip(length);
  }
  checkValues(reader, encoding, values, form);
}

function checkDataV2(bytes: Uint8Array, size: number, data: Struct, form: ChunkForm): void {
  const rows = numberOf(data, 1);
  const nulls = numberOf(data, 2);
  const levels = numberOf(data, 5);
  const repetition = numberOf(data, 6);
  if (numberOf(data, 3) !== rows || levels + repetition > Math.min(bytes.length, size))
    throw new Error("a page whose parts do not fit together");
  const found = form.isOptional ? checkRuns(new PageReader(bytes, repetition, repetition + levels), 1, rows) : rows;
  if (found !== rows - nulls) throw new Error(`a page of ${rows - nulls} values that says where ${found} are`);
  const rest = bytes.subarray(levels + repetition);
  const restBytes = size - levels - repetition;
  const page = data.get(7) === false ? rest : form.unpack(rest, restBytes);
  checkValues(new PageReader(page), numberOf(data, 4), found, form);
}

function checkValues(reader: PageReader, encoding: number, values: number, form: ChunkForm): void {
  const left = reader.end - reader.at;
  if (encoding === PLAIN || encoding === SPLIT) checkWidth(values, left, form);
  else if (encoding === PLAIN_DICTIONARY || encoding === DICTIONARY_INDICES) checkIndices(reader, values);
  else if (encoding === RLE && form.type === "BOOLEAN") checkBooleans(reader, values);
  else if (encoding === DELTA) checkDeltas(reader, values);
  else if (encoding === DELTA_LENGTHS) deltaLengths(reader, values, left);
  else if (encoding === DELTA_TEXTS) checkTexts(reader, values, form.textBytesMax);
  else throw new Error(`values of encoding ${encoding}`);
}

function checkBooleans(reader: PageReader, values: number): void {
  const length = reader.uint32();
  checkRuns(new PageReader(reader.bytes, reader.at, reader.at + length), 1, values);
}

/** A text is the beginning of the one before it and an ending, so few bytes can say much. */
function checkTexts(reader: PageReader, values: number, bytesMax: number): void {
  const beginnings = deltaLengths(reader, values, bytesMax);
  const endings = deltaLengths(reader, values, reader.end - reader.at);
  for (let i = 0, before = 0; i < values; i++) {
    if ((beginnings[i] as number) > before) throw new Error("a text begins with more than the one before it has");
    before = (beginnings[i] as number) + (endings[i] as number);
  }
}

/** Values of fixed width must be there; texts break off by themselves. */
function checkWidth(values: number, bytes: number, { type, valueBytes }: ChunkForm): void {
  const width = type === "BOOLEAN" ? 1 / 8 : type === "BYTE_ARRAY" ? 4 : (BYTES_OF[type] ?? valueBytes ?? 0);
  if (!(width > 0) || values * width > bytes + 1) throw new Error(`${values} values in ${bytes} bytes`);
}

function checkIndices(reader: PageReader, values: number): void {
  const width = reader.byte();
  // All are the first of the dictionary.
  if (width === 0 && reader.at === reader.end) return;
  checkRuns(reader, width, values);
}

/** @throws Error where a footer says of a list or text that it is longer than the footer */
export function checkFooter(footer: Uint8Array): void {
  readStruct(new PageReader(footer), 0);
}

/** A struct of the compact protocol that headers and footers are written in; texts and lists are passed over. */
type Struct = ReadonlyMap<number, number | boolean | Map<number, unknown>>;
const DEPTH_MAX = 16;

function readStruct(reader: PageReader, depth: number): Map<number, number | boolean | Map<number, unknown>> {
  if (depth > DEPTH_MAX) throw new Error("a header is nested too deeply");
  const fields = new Map<number, number | boolean | Map<number, unknown>>();
  for (let id = 0; ; ) {
    const byte = reader.byte();
    const type = byte & 15;
    if (type === 0) return fields;
    id = byte >> 4 === 0 ? reader.zigzag() : id + (byte >> 4);
    const value = readElement(reader, type, depth);
    if (value !== null) fields.set(id, value);
  }
}

function readElement(reader: PageReader, type: number, depth: number): number | boolean | Map<number, unknown> | null {
  if (type === 1 || type === 2) return type === 1;
  if (type === 3) return reader.byte();
  if (type === 4 || type === 5) return reader.zigzag();
  if (type === 6) reader.skipLong();
  else if (type === 7) reader.skip(8);
  else if (type === 8) reader.skip(reader.varint());
  else if (type === 9) skipList(reader, depth);
  else if (type === 12) return readStruct(reader, depth + 1);
  else throw new Error(`a header with a field of type ${type}`);
  return null;
}

function skipList(reader: PageReader, depth: number): void {
  const byte = reader.byte();
  const type = byte & 15;
  const length = byte >> 4 === 15 ? reader.varint() : byte >> 4;
  if (length > reader.end - reader.at) throw new Error(`a list of ${length} in ${reader.end - reader.at} bytes`);
  // An element takes a byte at least.
  for (let i = 0; i < length; i++) readElement(reader, type === 1 || type === 2 ? 3 : type, depth + 1);
}

function structOf(struct: Struct, field: number): Struct {
  const value = struct.get(field);
  if (!(value instanceof Map)) throw new Error("a page header without its part");
  return value as Struct;
}

/** A number that cannot be below 0. */
function numberOf(struct: Struct, field: number): number {
  const value = struct.get(field);
  if (typeof value !== "number" || value < 0) throw new Error("a page header without a number that it must have");
  return value;
}
