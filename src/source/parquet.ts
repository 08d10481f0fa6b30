import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { newSignalEvent, type SignalEvent } from "../signal/event.js";
import { UserError } from "../signal/user-error.js";
import { columnsOfHeader } from "./header.js";
import { fieldText } from "./json-row.js";
import { checkFooter, checkPages } from "./parquet-pages.js";
import { COLUMNS, type Column, type RowContext, type RowFields, readRow, rejectRow, rejectUnreadable } from "./row.js";
import type { RowSink } from "./row-sink.js";

/** Timestamps of every unit come as epoch ms; one without a zone is read as UTC, as the writers of such files mean it. */
const EPOCH_MS_PARSERS = {
  timestampFromMilliseconds: (ms: bigint) => ms,
  timestampFromMicroseconds: (us: bigint) => us / 1000n,
  timestampFromNanoseconds: (ns: bigint) => ns / 1_000_000n,
};

/** A page is read whole. Writers make pages of about a megabyte; one that says more is damaged or made to fill the memory. */
const PAGE_BYTES_MAX = 256 * 2 ** 20;
/** What no codec does, so that a small page cannot ask for much. */
const EXPANSION_MAX = 2000;
const GROUP_ROWS_MAX = 50_000_000;
/** Length of the footer and a mark. */
const TAIL_BYTES = 8;
/** No file of real signalling has so many rows a byte. */
const ROWS_PER_BYTE_MAX = 64;

/** The decompressors, told to refuse before they allocate. */
const BOUNDED: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, bytes: number) => {
      if (!(bytes <= Math.min(PAGE_BYTES_MAX, 1024 + EXPANSION_MAX * input.length)))
        throw new Error(`a page of ${input.length} bytes says that it holds ${bytes}`);
      return decompress(input, bytes);
    },
  ]),
);

type Values = ArrayLike<unknown>;

function unpacked(codec: string, bytes: Uint8Array, size: number): Uint8Array {
  if (codec === "UNCOMPRESSED") return bytes;
  const unpack = BOUNDED[codec as keyof Compressors];
  if (unpack === undefined) throw new Error(`the compression ${codec} is not known`);
  return unpack(bytes, size);
}

/**
 * Reads a Parquet file into a sink, a row group at a time (one group is what it holds in memory), and yields after each. The columns are
 * named as in CSV; `time` is text, a timestamp, or epoch ms in an integer. Rows are numbered from 1.
 *
 * @throws UserError when the file is no Parquet, has other columns, or is damaged; what came before was put into the sink.
 */
export async function* readParquet(path: string, sink: RowSink, context: () => RowContext): AsyncGenerator<void> {
  const file = await asyncBufferFromFile(path);
  const metadata = await readFooter(file).catch((error: Error) => {
    throw damaged(path, "its footer cannot be read", error);
  });
  const names = columnNames(metadata, path);
  columnsOfHeader(names, path);
  checkGroups(metadata, file.byteLength, path);
  const scan = await openScan(file, metadata, names).catch((error: Error) => {
    throw damaged(path, "its columns cannot be found", error);
  });
  let rowsBefore = 0;
  for (const [group, { rowStart, rowEnd }] of scan.ranges.entries()) {
    const columns = await readGroup(file, metadata, group, (column) =>
      names.includes(column) ? scan.readColumn({ column, rowStart, rowEnd }) : null,
    ).catch((error: Error) => {
      throw damaged(path, `it cannot be read after row ${rowsBefore}, and the rows before were taken`, error);
    });
    new ParquetRows(path, sink, context()).read(columns, rowStart, rowEnd);
    rowsBefore = rowEnd;
    yield;
  }
}

async function readFooter(file: AsyncBuffer): Promise<FileMetaData> {
  const end = file.byteLength - TAIL_BYTES;
  if (end > 0) {
    const length = new DataView(await file.slice(end, file.byteLength)).getUint32(0, true);
    if (length <= end) checkFooter(new Uint8Array(await file.slice(end - length, end)));
  }
  return parquetMetadataAsync(file);
}

/** The columns of a group, all of whose pages were looked over before. */
async function readGroup(
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: number,
  read: (column: Column) => Promise<Values> | null,
): Promise<(Values | null)[]> {
  await checkGroup(file, metadata, group);
  return Promise.all(COLUMNS.map(read));
}

async function checkGroup(file: AsyncBuffer, { schema, row_groups: groups }: FileMetaData, group: number) {
  for (const { meta_data: chunk } of groups[group]?.columns ?? []) {
    const element = schema.slice(1).find(({ name }) => name === chunk?.path_in_schema[0]);
    if (chunk === undefined || element === undefined || !COLUMNS.includes(element.name as Column)) continue;
    const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
    const end = start + Number(chunk.total_compressed_size);
    if (!(start >= 0 && start < end && end <= file.byteLength))
      throw new Error(`${element.name} lies outside of the file`);
    checkPages(new Uint8Array(await file.slice(start, end)), {
      type: chunk.type,
      valueBytes: element.type_length,
      isOptional: element.repetition_type === "OPTIONAL",
      rows: Number(chunk.num_values),
      unpack: (bytes, size) => unpacked(chunk.codec, bytes, size),
      textBytesMax: PAGE_BYTES_MAX,
    });
  }
}

function openScan(file: AsyncBuffer, metadata: FileMetaData, columns: string[]) {
  return parquetScan({
    file,
    metadata,
    columns,
    compressors: BOUNDED,
    parsers: EPOCH_MS_PARSERS,
    useOffsetIndex: false,
  });
}

function damaged(path: string, what: string, error: Error): UserError {
  return new UserError(`${path}: ${what} (${error.message})`, "copy or export the file again");
}

/** A group of rows is held in memory, and so must be small enough for it. */
function checkGroups(metadata: FileMetaData, fileBytes: number, path: string): void {
  const rowsMax = Math.min(GROUP_ROWS_MAX, ROWS_PER_BYTE_MAX * fileBytes);
  for (const [at, { num_rows: rows, columns }] of metadata.row_groups.entries()) {
    if (rows < 0 || rows > rowsMax || columns.some(({ meta_data }) => meta_data?.num_values !== rows))
      throw new UserError(
        `${path}: row group ${at + 1} says that it has ${rows} rows, and its columns say otherwise or it is too large`,
        `export the file again, with groups of at most ${GROUP_ROWS_MAX} rows`,
      );
  }
}

/** Names of the columns; a column of lists or records cannot be a field. */
function columnNames(metadata: FileMetaData, path: string): string[] {
  const names: string[] = [];
  for (const element of metadata.schema.slice(1)) {
    if (element.num_children || element.repetition_type === "REPEATED") {
      throw new UserError(
        `${path}: the column ${element.name} holds lists or records`,
        "make it a column of single values",
      );
    }
    if (typeof element.name !== "string")
      throw damaged(path, "its footer cannot be read", new Error("a column without a name"));
    if (COLUMNS.includes(element.name as Column) && isNoField(element))
      throw new UserError(
        `${path}: the column ${element.name} has the type ${element.converted_type ?? element.type}, of which no row could be taken`,
        "export it as text or whole numbers, the time also as a timestamp",
      );
    names.push(element.name);
  }
  return names;
}

/** By its type alone no field: days, times of a day, fractions, and bytes of fixed length. Each row would be refused for itself. */
function isNoField({ type, converted_type: converted, scale }: SchemaElement): boolean {
  if (converted === "DECIMAL") return (scale ?? 0) > 0;
  const isTimeOfDay = converted === "TIME_MILLIS" || converted === "TIME_MICROS";
  return converted === "DATE" || isTimeOfDay || type === "BOOLEAN" || type === "FIXED_LEN_BYTE_ARRAY";
}

class ParquetRows {
  readonly #path: string;
  readonly #sink: RowSink;
  readonly #context: RowContext;
  readonly #event: SignalEvent = newSignalEvent();

  constructor(path: string, sink: RowSink, context: RowContext) {
    this.#path = path;
    this.#sink = sink;
    this.#context = context;
  }

  /** Reads the rows `rowStart` to `rowEnd` (counted from 0), whose values stand in one array for each of COLUMNS. */
  read(columns: readonly (Values | null)[], rowStart: number, rowEnd: number): void {
    for (let i = 0; i < rowEnd - rowStart; i++) {
      const rowNumber = rowStart + i + 1;
      const source = `file:${this.#path}:${rowNumber}`;
      const fields = fieldsAt(columns, i);
      if (typeof fields === "string") {
        this.#sink.reject(rejectUnreadable(0, fields, source));
        continue;
      }
      const reason = readRow(fields, this.#event, this.#context);
      if (reason === null) {
        this.#event.rowNumber = rowNumber;
        this.#sink.add(this.#event);
      } else {
        this.#sink.reject(rejectRow(fields, reason, source, this.#context));
      }
    }
  }
}

function fieldsAt(columns: readonly (Values | null)[], row: number): RowFields | string {
  const fields: Partial<Record<Column, string>> = {};
  for (let c = 0; c < COLUMNS.length; c++) {
    const column = COLUMNS[c] as Column;
    const text = fieldText(column, columns[c]?.[row]);
    if (text === null) return `${column} is neither text nor a whole number`;
    fields[column] = text;
  }
  return fields as RowFields;
}
