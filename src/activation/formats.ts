/** People as files: one column, `subscriber`, the pseudonym. The same people give the same bytes. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { ExportFormat } from "../audience/export-format.js";

/** Pseudonyms of one chunk of a file; that of Parquet is a row group. */
export const CHUNK_PEOPLE = 100_000;

/** The file of these people, a chunk at a time. @param chunks pseudonyms in chunks of CHUNK_PEOPLE, the last may be shorter */
export function fileOf(
  format: ExportFormat,
  chunks: AsyncIterable<BigUint64Array> | Iterable<BigUint64Array>,
): AsyncGenerator<Uint8Array> {
  if (format === "parquet") return parquetOf(chunks);
  return format === "csv" ? linesOf(chunks, "subscriber\n", "", "\n") : linesOf(chunks, "", '{"subscriber":"', '"}\n');
}

/** In JSON a pseudonym is text: a number of 64 bits is more than most readers take. */
async function* linesOf(
  chunks: AsyncIterable<BigUint64Array> | Iterable<BigUint64Array>,
  head: string,
  before: string,
  after: string,
): AsyncGenerator<Uint8Array> {
  if (head !== "") yield Buffer.from(head);
  for await (const chunk of chunks) {
    let text = "";
    for (const pseudonym of chunk) text += `${before}${pseudonym}${after}`;
    yield Buffer.from(text, "latin1");
  }
}

/** A column of UINT_64, plain and uncompressed: pseudonyms are random, nothing would make them smaller. */
async function* parquetOf(
  chunks: AsyncIterable<BigUint64Array> | Iterable<BigUint64Array>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    codec: "UNCOMPRESSED",
    statistics: false,
    createdBy: "lifecircle",
    schema: [
      { name: "root", num_children: 1 },
      { name: "subscriber", type: "INT64", converted_type: "UINT_64", repetition_type: "REQUIRED" },
    ],
  });
  for await (const chunk of chunks) {
    file.write({
      columnData: [{ name: "subscriber", data: chunk, encoding: "PLAIN" }],
      rowGroupSize: CHUNK_PEOPLE,
    });
    yield taken(bytes);
  }
  file.finish();
  yield taken(bytes);
}

/** What was written since the last time; the writer goes on counting its offset. */
function taken(bytes: ByteWriter): Uint8Array {
  const copy = bytes.getBytes().slice();
  bytes.index = 0;
  return copy;
}
