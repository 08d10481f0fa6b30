import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvReader, openCsv } from "../../src/geo/csv.js";
import { faultsFor } from "./city-files.js";

const FORM = { required: ["a", "b"], optional: ["c"] };

function rowsOf(text: string): { rows: string[][]; lines: number[]; told: string[] } {
  const { faults, told } = faultsFor("x.csv");
  const csv = openCsv(text, FORM, faults);
  const rows: string[][] = [];
  const lines: number[] = [];
  while (csv?.next()) {
    rows.push([csv.get(csv.column("a")), csv.get(csv.column("b")), csv.get(csv.column("c"))]);
    lines.push(csv.line);
  }
  return { rows, lines, told: told() };
}

describe("CsvReader", () => {
  it("reads columns by name in any order, and empty for one that is not there", () => {
    expect(rowsOf("b,a\n1,2\n").rows).toEqual([["2", "1", ""]]);
  });

  it("reads CRLF, blank lines, spaces around fields and a last line without an end", () => {
    const { rows, lines, told } = rowsOf("a,b\r\n\r\n 1 , 2\r\n   \r\n3,4");
    expect(rows).toEqual([
      ["1", "2", ""],
      ["3", "4", ""],
    ]);
    expect(lines).toEqual([3, 5]);
    expect(told).toEqual([]);
  });

  it("reads quoted commas, quotes and line breaks, and goes on counting lines", () => {
    const { rows, lines } = rowsOf('a,b\n"x,""y""\nz",2\n5,"6"\n');
    expect(rows).toEqual([
      ['x,"y"\nz', "2", ""],
      ["5", "6", ""],
    ]);
    expect(lines).toEqual([2, 4]);
  });

  it("reports a missing, a double and an unknown column in the header", () => {
    expect(rowsOf("a,a,d\n1,2,3\n").told).toEqual([
      "1 error column a comes twice",
      "1 error column b is missing",
      '1 warning column "d" is not known and not read',
    ]);
  });

  it("reports a row of the wrong length and reads the rows beside it", () => {
    const { rows, told } = rowsOf("a,b\n1,2\n3\n4,5,6\n7,8\n");
    expect(rows.map(([a]) => a)).toEqual(["1", "7"]);
    expect(told).toEqual(["3 error the row has 1 fields, the header 2", "4 error the row has 3 fields, the header 2"]);
  });

  it("reports a quote that never closes at the line where it opens", () => {
    expect(rowsOf('a,b\n1,2\n3,"4\n5,6\n').told).toEqual(["3 error a quote opens here and never closes"]);
  });

  it("agrees with csv-parse on any table", () => {
    const field = fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "\n", " ", "é", "中") });
    const table = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 });
    const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    fc.assert(
      fc.property(table, fc.constantFrom("\n", "\r\n"), (rows, end) => {
        const text = [["a", "b", "c"], ...rows].map((row) => row.map(quote).join(",")).join(end);
        const expected = parse(text, { from: 2, skip_empty_lines: true, record_delimiter: end }) as string[][];
        const trimmed = expected.map((row) => row.map((cell) => cell.trim()));
        expect(rowsOf(text).rows).toEqual(trimmed);
      }),
    );
  });

  it("takes a given header for a file that has none", () => {
    const { faults } = faultsFor("x.csv");
    const csv = new CsvReader("1,2\n", faults);
    expect(csv.useHeader(["a", "b"], FORM)).toBe(true);
    expect(csv.next() && csv.get(csv.column("b"))).toBe("2");
  });
});
