import { beforeAll, describe, expect, test } from "vitest";
import { DELIVERIES_AHEAD_MAX, type FileThreadOptions, fileThread } from "../../src/source/file-thread.js";
import type { Source } from "../../src/source/source.js";
import { buildServer } from "../store/support.js";
import { contentOf, file, GOOD, HEADER, messageOf, open, type Read, read } from "./file-reading.js";

beforeAll(buildServer);

function inThread(files: string[], options: Partial<FileThreadOptions> = {}): Source {
  return fileThread({
    files,
    partitions: 4,
    rowsPerBatch: 1000,
    pseudonymKey: Buffer.from("key"),
    aheadMsMax: 60_000,
    lineBytesMax: 1000,
    closeAtEnd: false,
    ...options,
  });
}

async function readInThread(source: Source, after = new Map<number, number>()): Promise<Read> {
  const got: Read = { deliveries: [], error: null };
  try {
    for await (const delivery of source.deliveries(after)) got.deliveries.push(delivery);
  } catch (error) {
    got.error = error;
  }
  return got;
}

/** Everything but the wall clock. */
function allOf(got: Read): unknown[] {
  const others = got.deliveries.map(({ origin, rejects, watermarkMs, batch }) => [
    origin,
    rejects,
    watermarkMs,
    [...(batch?.rowNumber ?? [])],
  ]);
  return [contentOf(got), others];
}

/** Rows of all columns, some of them bad, for many more deliveries than are read ahead. */
function manyRows(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const peer = i % 3 === 0 ? `138${i}` : "";
    const time = i % 97 === 0 ? "never" : String(1_345_082_400_000 + i * 1000);
    return `${time},${i % 50},ecgi:460-00-${i % 40},${peer === "" ? "data" : "call_out"},${peer},35123456,460-0${i % 3}`;
  });
  return ["time,subscriber,cell,kind,peer,tac,home_plmn", ...rows].join("\n");
}

describe("files read in a thread", () => {
  test("give the same deliveries in the same order, rejects and all", async () => {
    const path = await file("thread.csv", manyRows(3000));
    const options = { rowsPerBatch: 20, closeAtEnd: true };
    const got = await readInThread(inThread([path], options));
    const expected = await read([path], options);
    expect(got.error).toBeNull();
    expect(got.deliveries.length).toBeGreaterThan(3 * DELIVERIES_AHEAD_MAX);
    expect(allOf(got)).toEqual(allOf(expected));
  });

  test("go on after the positions that are given", async () => {
    const path = await file("thread-after.csv", manyRows(400));
    const after = new Map([
      [0, 3],
      [2, 1],
    ]);
    const got = await readInThread(inThread([path], { rowsPerBatch: 10 }), after);
    const expected: Read = { deliveries: [], error: null };
    for await (const delivery of open([path], { rowsPerBatch: 10 }).deliveries(after))
      expected.deliveries.push(delivery);
    expect(allOf(got)).toEqual(allOf(expected));
  });

  test("that break off give what could be read, then the same message", async () => {
    const path = await file("thread-good.csv", [HEADER, GOOD].join("\n"));
    const wrong = await file("thread-wrong.csv", "a,b,c\n");
    const got = await readInThread(inThread([path, wrong]));
    const expected = await read([path, wrong]);
    expect(allOf(got)).toEqual(allOf(expected));
    expect(messageOf(got)).toBe(messageOf(expected));
  });

  test("end when they are closed, although much is left", async () => {
    const path = await file("thread-close.csv", manyRows(20_000));
    const source = inThread([path], { rowsPerBatch: 10 });
    let count = 0;
    for await (const _ of source.deliveries(new Map())) if (++count === 5) await source.close();
    expect(count).toBe(5);
  });
});
