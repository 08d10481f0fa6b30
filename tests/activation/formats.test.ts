import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { CHUNK_PEOPLE, fileOf } from "../../src/activation/formats.js";
import type { ExportFormat } from "../../src/audience/export-format.js";

async function written(format: ExportFormat, people: BigUint64Array, chunkPeople = CHUNK_PEOPLE): Promise<Buffer> {
  function* chunks() {
    for (let at = 0; at < people.length; at += chunkPeople) yield people.subarray(at, at + chunkPeople);
  }
  const parts: Uint8Array[] = [];
  for await (const part of fileOf(format, chunks())) parts.push(part);
  return Buffer.concat(parts);
}

const someone = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("people come back out of every format as they went in, to the last of 64 bits, in whatever chunks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someone, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (list, chunk) => {
      const people = BigUint64Array.from(list);
      const texts = list.map(String);
      expect((await written("csv", people, chunk)).toString()).toBe(["subscriber", ...texts, ""].join("\n"));
      const lines = (await written("ndjson", people, chunk)).toString().split("\n").slice(0, -1);
      expect(lines.map((line) => JSON.parse(line))).toEqual(texts.map((subscriber) => ({ subscriber })));
      const { buffer, byteOffset, byteLength } = await written("parquet", people, chunk);
      const rows = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
      expect(rows.map(({ subscriber }) => BigInt.asUintN(64, subscriber))).toEqual(list);
    }),
  );
});
