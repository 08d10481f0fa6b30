import { rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { FileOrder } from "../../src/source/file-order.js";
import { file, folder, HEADER, open } from "./file-reading.js";

afterAll(() => rmSync(folder, { recursive: true }));

const LATENESS_MS = 600_000;
const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2025, 0, 1);

/** A file of hourly events of some people; one of the first people's clocks is years behind. */
function hours(name: string, from: number, to: number): Promise<string> {
  const rows = [`2012-08-16T02:00:00Z,p1,cgi:460-00-1-1,data`];
  for (let hour = from; hour < to; hour++)
    for (let person = 0; person < 20; person++)
      rows.push(`${new Date(FIRST_MS + hour * HOUR_MS + person).toISOString()},p${person},cgi:460-00-1-1,data`);
  return file(name, `${[HEADER, ...rows].join("\n")}\n`);
}

async function misplacedOf(...files: string[]) {
  const order = new FileOrder();
  let count = 0;
  for await (const _ of order.watch(open(files, { rowsPerBatch: 50 })).deliveries(new Map())) count++;
  expect(count).toBeGreaterThan(0);
  return order.misplaced(LATENESS_MS);
}

test("files of different times are in order when each begins where the one before ends, and not otherwise", async () => {
  const [one, two, three] = await Promise.all([
    hours("one.csv", 0, 24),
    hours("two.csv", 24, 48),
    hours("three.csv", 48, 72),
  ]);
  expect(await misplacedOf(one, two, three)).toBeNull();
  expect(await misplacedOf(one)).toBeNull();
  expect(await misplacedOf(one, three, two)).toMatchObject({ earlier: two, readBefore: three });
  expect(await misplacedOf(three, one, two)).toMatchObject({ earlier: one, readBefore: three });
  const found = await misplacedOf(two, one);
  expect(found?.beginMs).toBeGreaterThanOrEqual(FIRST_MS);
  expect(found?.beginMs).toBeLessThan(FIRST_MS + 24 * HOUR_MS);
  expect(found?.endMs).toBeGreaterThan(FIRST_MS + 24 * HOUR_MS);
});

test("files of the same time, one read after the other, are out of order as well", async () => {
  const [east, west] = await Promise.all([hours("east.csv", 0, 48), hours("west.csv", 0, 48)]);
  expect(await misplacedOf(east, west)).toMatchObject({ earlier: west, readBefore: east });
});
