import fc from "fast-check";
import { expect, test } from "vitest";
import type { TableCodec } from "../../src/store/encode.js";
import { putString, putUInt8 } from "../../src/store/rowbinary.js";
import { TableWriter } from "../../src/store/writer.js";

interface Row {
  readonly key: number;
  readonly text: string;
}

const codec: TableCodec<readonly Row[]> = {
  table: "rows",
  columns: ["key", "text"],
  encode(buffer, rows, at) {
    const { key, text } = rows[at] as Row;
    putUInt8(buffer, key);
    putString(buffer, text);
  },
};
const keyOf = (rows: readonly Row[], at: number) => String(rows[at]?.key);

/** Texts are shorter than 128 bytes, so their length is one byte. */
function rowsIn(body: Uint8Array): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 2 + (body[at + 1] as number);
    rows.push({ key: body[at] as number, text: Buffer.from(body.subarray(at + 2, end)).toString() });
    at = end;
  }
  return rows;
}

const someRows = fc.array(
  fc.record({ key: fc.nat({ max: 9 }), text: fc.constantFrom("", "R1", "e".repeat(50), "广".repeat(20)) }),
  { maxLength: 60 },
);

async function inserted(sets: readonly (readonly Row[])[], insertRowsMax: number): Promise<Row[][]> {
  const inserts: Row[][] = [];
  const store = {
    insertRowBinary: async (_table: string, _columns: readonly string[], body: Uint8Array) => {
      inserts.push(rowsIn(body));
    },
  };
  const table = new TableWriter({ store, codec, limits: { insertRowsMax, insertBytesMax: 1e6 }, keyOf });
  for (const rows of sets) await table.add(rows);
  await table.flush();
  return inserts;
}

test("of rows with one key that wait together the last is inserted, in the order in which they came", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someRows, { maxLength: 5 }), async (sets) => {
      const all = sets.flat();
      const last = all.filter(({ key }, at) => all.findLastIndex((other) => other.key === key) === at);
      expect((await inserted(sets, 1000)).flat()).toEqual(last);
    }),
  );
});

test("a table that keeps the last of each key ends the same, however few rows an insert may have", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someRows, { maxLength: 5 }), fc.integer({ min: 1, max: 12 }), async (sets, most) => {
      const inserts = await inserted(sets, most);
      const tableOf = (rows: readonly Row[]) => new Map(rows.map(({ key, text }) => [key, text]));
      expect(tableOf(inserts.flat())).toEqual(tableOf(sets.flat()));
      for (const rows of inserts) expect(rows.length).toBeLessThanOrEqual(most);
    }),
  );
});
