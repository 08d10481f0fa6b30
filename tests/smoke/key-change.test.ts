import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatPseudonym } from "../../src/signal/identity.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { build, DERIVED, folder, KEY, lifecircle, rowsOf } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const PEOPLE = 30;
const city = folder();
const before = folder();
const after = folder();
const file = join(city.path, "signalling.csv");
const old = { LIFECIRCLE_PSEUDONYM_KEY: KEY };
const changed = { LIFECIRCLE_PSEUDONYM_KEY: "another key" };
const replay = (data: string, env: Record<string, string>) =>
  lifecircle(["replay", "--geo", city.path, "--in", file, "--data", data, "--json"], env);

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  writeSignalling(file, smallSignalling(PEOPLE, 6));
});
afterAll(() => {
  for (const { remove } of [city, before, after]) remove();
});

const pseudonymOf = (id: string, { LIFECIRCLE_PSEUDONYM_KEY }: typeof old) => {
  const pseudonymiser = new Pseudonymiser(Buffer.from(LIFECIRCLE_PSEUDONYM_KEY));
  pseudonymiser.pseudonymiseText(id);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
};

/** Rows with people by their raw ids. */
async function byRawId(data: string, env: typeof old): Promise<string[]> {
  const ids = new Set(readFileSync(file, "utf8").match(/4600012345\d{5}/g));
  const names = new Map([...ids].map((id) => [pseudonymOf(id, env), id]));
  const all = await rowsOf(data, DERIVED);
  // Members of circles are grouped by partition until they are enough to be told, and a name decides the partition.
  const rows = all.filter((row) => !row.startsWith("presence ") || /,'',\d+\)$/.test(row));
  // When a membership or anchor that goes on is told again is drawn by the name, too: who is in it since when, and who has an anchor
  // in which region by which rule, must be the same.
  const facts = rows.map((row) =>
    row
      .replace(/^(memberships \(\d+,'\w+','[^']*',)[^,]*,('[^']*'),.*$/, "$1$2")
      .replace(/^(anchors \(\d+,'\w+',\d,).*?,('\w*','\w*','\w*'),[^,]*,\d+,('[\w-]+'),[^,]*$/, "$1$2,$3"),
  );
  return facts.map((row) => row.replace(/^(\w+ \()(\d{16,20})/, (_, lead, name) => lead + names.get(name))).sort();
}

test("a replay under another key gives the same population under other names, row by row", async () => {
  for (const [data, env] of [
    [before.path, old],
    [after.path, changed],
  ] as const) {
    const { code, stderr } = await replay(data, env);
    expect(code, stderr).toBe(0);
  }
  const expected = await byRawId(before.path, old);
  expect(expected.length).toBeGreaterThan(500);
  expect(expected.filter((row) => row.includes("4600012345")).length).toBeGreaterThan(400);
  expect(await byRawId(after.path, changed)).toEqual(expected);
});

test("a folder refuses a key that is not its own, and nothing in it changes", async () => {
  const { code, stderr } = await replay(before.path, changed);
  expect(code).toBe(1);
  expect(stderr).toMatch(/named by another pseudonym key\n {2}mend: /);
  const asked = await lifecircle(["forget", "460001234500001", "--data", before.path], changed);
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain("another pseudonym key");
});
