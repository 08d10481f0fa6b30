import { describe, expect, test } from "vitest";
import { deliver, FLAWS } from "../../src/simulate/dirt.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import { Random } from "../../src/simulate/random.js";
import { RowBuffer } from "../../src/simulate/row-buffer.js";

const ROWS = 50_000;
const START_MS = Date.parse("2025-03-03T00:00:00Z");

function sound(): RowBuffer {
  const rows = new RowBuffer();
  for (let i = 0; i < ROWS; i++) rows.add(START_MS + i * 1000, i % 50, i % 7, 9, -1);
  return rows;
}

const NONE = Object.fromEntries(
  Object.keys(DEFAULT_OPTIONS.dirt).map((share) => [share, 0]),
) as unknown as typeof DEFAULT_OPTIONS.dirt;

function count(rows: RowBuffer, test: (i: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < rows.count; i++) if (test(i)) found++;
  return found;
}

describe("what the collecting network does to the rows", () => {
  test("spoils nothing when all shares are zero, and only delays a little", () => {
    const rows = deliver(sound(), 7, NONE, new Random(1));
    expect(rows.count).toBe(ROWS);
    expect(count(rows, (i) => rows.flaw[i] !== 0)).toBe(0);
    expect(count(rows, (i) => (rows.arrivalMs[i] as number) - (rows.timeMs[i] as number) > 60_000)).toBe(0);
  });

  test("spoils one or two rows in a hundred by default", () => {
    const rows = deliver(sound(), 7, DEFAULT_OPTIONS.dirt, new Random(1));
    const late = count(rows, (i) => (rows.arrivalMs[i] as number) - (rows.timeMs[i] as number) > 60_000);
    const flawed = count(rows, (i) => rows.flaw[i] !== 0);
    const share = (late + flawed + rows.count - ROWS) / ROWS;
    expect(share).toBeGreaterThan(0.008);
    expect(share).toBeLessThan(0.025);
  });

  test.each([
    ["duplicateShare", (rows: RowBuffer) => rows.count - ROWS, 1.3],
    ["teleportShare", (rows: RowBuffer) => rows.count - ROWS, 1],
    ["unknownCellShare", (rows: RowBuffer) => count(rows, (i) => FLAWS[rows.flaw[i] as number] === "unknown_cell"), 1],
    ["malformedShare", (rows: RowBuffer) => count(rows, (i) => (rows.flaw[i] as number) > 1), 1],
    ["lateMinutesShare", (rows: RowBuffer) => count(rows, (i) => isLate(rows, i, 60_000)), 1],
    ["lateHoursShare", (rows: RowBuffer) => count(rows, (i) => isLate(rows, i, 3_500_000)), 1],
    [
      "wrongClockShare",
      (rows: RowBuffer) => count(rows, (i) => Math.abs((rows.timeMs[i] as number) - START_MS) > 1e9),
      1,
    ],
  ] as const)("keeps the share given as %s", (name, found, rowsEach) => {
    const rows = deliver(sound(), 7, { ...NONE, [name]: 0.1 }, new Random(1));
    expect(found(rows) / ROWS / rowsEach).toBeCloseTo(0.1, 1);
  });

  test("repeats rows as A, B, A at one time", () => {
    const rows = deliver(sound(), 7, { ...NONE, duplicateShare: 0.1 }, new Random(1));
    let found = 0;
    for (let i = 2; i < rows.count; i++) {
      const same = rows.timeMs[i] === rows.timeMs[i - 2] && rows.timeMs[i] === rows.timeMs[i - 1];
      if (same && rows.cell[i] === rows.cell[i - 2] && rows.cell[i] !== rows.cell[i - 1]) found++;
    }
    expect(found).toBeGreaterThan(100);
  });
});

function isLate(rows: RowBuffer, i: number, byMs: number): boolean {
  return (rows.arrivalMs[i] as number) - (rows.timeMs[i] as number) > byMs;
}
