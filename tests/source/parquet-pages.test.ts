import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { type ChunkForm, checkFooter, checkPages } from "../../src/source/parquet-pages.js";
import { eventsOf, file, read, rejectsOf } from "./file-reading.js";

const FORM: ChunkForm = {
  type: "INT64",
  valueBytes: undefined,
  isOptional: false,
  rows: 100,
  unpack: (bytes) => bytes,
  textBytesMax: 1000,
};
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const i32 = (value: number) => [0x15, ...varint(value * 2)];

/** A page with the header that says so; sizes are those of the body unless told. */
function page(body: number[], { rows = 100, encoding = 0, size = body.length, kind = 0 } = {}): Uint8Array {
  const data = [...i32(rows), ...i32(encoding), ...i32(3), ...i32(3), 0];
  return Uint8Array.from([...i32(kind), ...i32(size), ...i32(size), 0x2c, ...data, 0, ...body]);
}

const refused = (bytes: Uint8Array, form: Partial<ChunkForm> = {}) => {
  const startMs = performance.now();
  expect(() => checkPages(bytes, { ...FORM, ...form })).toThrow(Error);
  expect(performance.now() - startMs).toBeLessThan(1000);
};

describe("a page that says what cannot be is refused at once:", () => {
  test("more values than the group has rows, or than there are bytes for", () => {
    const body = Array<number>(800).fill(1);
    expect(() => checkPages(page(body), FORM)).not.toThrow();
    refused(page(body, { rows: 101 }));
    refused(page(body.slice(0, 700)));
    refused(page([1, 2, 3], { encoding: 9 }), { type: "FIXED_LEN_BYTE_ARRAY", valueBytes: 2 ** 31 });
  });

  test("a size that is below nothing or goes beyond the chunk", () => {
    refused(page([1], { size: 2 ** 30 }));
    refused(Uint8Array.from([...i32(0), 0x15, 1, 0x15, 1, 0]));
    refused(Uint8Array.from([...i32(0), 0]));
  });

  test("runs of two billion values, in levels, in indices and in booleans", () => {
    const long = [...varint(2 ** 31 - 2), 0, 0];
    const packed = [...varint(2 ** 31 - 1), 0, 0];
    for (const run of [long, packed]) {
      refused(page([run.length, 0, 0, 0, ...run]), { isOptional: true });
      refused(page([8, ...run], { encoding: 8 }));
      refused(page([0, ...run], { encoding: 8 }));
      refused(page([run.length, 0, 0, 0, ...run], { encoding: 3 }), { type: "BOOLEAN" });
    }
  });

  test("deltas in blocks that lead backwards or are as large as the memory, and texts that grow with each", () => {
    for (const head of [[0, 0], [...varint(128), 0], [...varint(128), ...varint(2 ** 31)], varint(2 ** 31).concat(1)])
      refused(page([...head, 100, 2, 0, 0], { encoding: 5 }));
    const growing = [...varint(128), 1, 100, 0, 20, 0];
    const endings = [...varint(128), 1, 100, 0, 0, 0];
    refused(page([...growing, ...endings, 1], { encoding: 7 }), { type: "BYTE_ARRAY" });
  });

  test("a list of a footer that is longer than the footer", () => {
    expect(() => checkFooter(Uint8Array.from([0x19, 0x25, 2, 4, 0]))).not.toThrow();
    expect(() => checkFooter(Uint8Array.from([0x19, 0xf5, ...varint(2 ** 25), 2, 4, 0]))).toThrow("a list of 33554432");
  });

  test("a dictionary that is longer than its bytes", () => {
    const dictionary = [...i32(2), ...i32(4), ...i32(4), 0x4c, ...i32(2 ** 29), ...i32(0), 0, 0, 1, 2, 3, 4];
    refused(Uint8Array.from(dictionary));
  });
});

const EPOCHS = Array.from({ length: 3000 }, (_, i) => 1345082400000 + 1000 * i);

describe("what writers of Parquet make is read, whatever its pages are like:", () => {
  test("pages of both versions, with and without a dictionary, by every compression of DuckDB", async () => {
    const folder = dirname(await file("here", ""));
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `CREATE TABLE s AS SELECT 1345082400000 + 1000 * i AS time, 's' || (i % 37) AS subscriber, 'cgi:460-00-1-' || (i % 11) AS cell,
        'data' AS kind, CASE WHEN i % 3 = 0 THEN NULL ELSE 's' || i END AS peer FROM range(3000) t(i)`,
    );
    for (const version of ["v1", "v2"])
      for (const codec of ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"])
        for (const dictionary of [1, 1_000_000]) {
          const path = join(folder, `${version}-${codec}-${dictionary}.parquet`);
          await connection.run(
            `COPY s TO '${path}' (FORMAT parquet, PARQUET_VERSION ${version}, CODEC '${codec}', DICTIONARY_SIZE_LIMIT ${dictionary})`,
          );
          const got = await read([path], { partitions: 1 });
          expect(rejectsOf(got)).toEqual([]);
          expect(eventsOf(got)).toMatchObject(EPOCHS.map((timeMs) => ({ timeMs })));
        }
    connection.closeSync();
  });

  test("every encoding that there is for a column", async () => {
    const column = (
      name: string,
      data: string[],
      encoding?: "DELTA_LENGTH_BYTE_ARRAY" | "DELTA_BYTE_ARRAY" | "PLAIN",
    ) => ({
      name,
      data,
      type: "STRING" as const,
      ...(encoding === undefined ? {} : { encoding }),
    });
    for (const encoding of ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"] as const)
      for (const timeEncoding of ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"] as const) {
        const buffer = parquetWriteBuffer({
          columnData: [
            { name: "time", data: EPOCHS.map(BigInt), type: "INT64", encoding: timeEncoding },
            column(
              "subscriber",
              EPOCHS.map((_, i) => `subscriber ${i}`),
              encoding,
            ),
            column(
              "cell",
              EPOCHS.map((_, i) => `cgi:460-00-1-${i % 7}`),
              encoding,
            ),
            column(
              "kind",
              EPOCHS.map(() => "data"),
            ),
          ],
          rowGroupSize: 1000,
        });
        const got = await read([await file("encoded.parquet", new Uint8Array(buffer))], { partitions: 1 });
        expect(eventsOf(got)).toMatchObject(EPOCHS.map((timeMs) => ({ timeMs })));
      }
  });
});
