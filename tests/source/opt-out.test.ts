import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatPseudonym } from "../../src/signal/identity.js";
import { addToOptOut, parseOptOut, parsePseudonym, readOptOut } from "../../src/source/opt-out.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { temporary } from "../derivation.js";

const pseudonymiser = new Pseudonymiser(Buffer.from("key"));
const listed = (text: string) =>
  parseOptOut(text, "list.txt", pseudonymiser).map(({ hi, lo }) => formatPseudonym(hi, lo));
function pseudonymOf(id: string): string {
  pseudonymiser.pseudonymiseText(id);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
}

test("a list holds raw ids and pseudonyms, with comments, blanks and line ends of any system", () => {
  expect(
    listed("# asked on Monday\r\n460001234500001\r\n\r\n  pseudonym: 18446744073709551615 \n8613912345678"),
  ).toEqual([pseudonymOf("460001234500001"), "18446744073709551615", pseudonymOf("8613912345678")]);
  expect(parseOptOut("1", "list.txt", pseudonymiser)[0]?.sentUntilMs).toBe(Number.POSITIVE_INFINITY);
  expect(listed("\n# nobody\n")).toEqual([]);
});

test("every faulty line is named by its number, and none by its text", () => {
  const secret = "4".repeat(129);
  const text = `1\npseudonym:18446744073709551616\n${secret}\npseudonym:-5`;
  expect(() => listed(text)).toThrow(/list\.txt: no subscriber in lines 2, 3, 4\n {2}mend: /);
  expect(() => listed(text)).not.toThrow(/444/);
});

test("a pseudonym is a decimal number below 2^64", () => {
  expect(parsePseudonym("4294967298")).toEqual({ hi: 1, lo: 2 });
  for (const text of ["", "-1", "1.5", "0x1", "18446744073709551616", "1 "]) expect(parsePseudonym(text)).toBeNull();
});

test("a pseudonym is added once, on a line of its own, to a list that is made where there is none", () => {
  const path = join(temporary("lists"), "opt-out.txt");
  addToOptOut(path, "7");
  addToOptOut(path, "7");
  expect(readOptOut(path)).toBe("pseudonym:7\n");
  writeFileSync(path, "460001234500001");
  addToOptOut(path, "8");
  expect(readFileSync(path, "utf8")).toBe("460001234500001\npseudonym:8\n");
});

test("a list that cannot be read or written says so with its mend", () => {
  const path = temporary("missing");
  expect(() => readOptOut(path)).toThrow(/cannot be read: ENOENT\n {2}mend: /);
  writeFileSync(path, "");
  expect(() => addToOptOut(join(path, "below"), "1")).toThrow(/cannot be written: .*\n {2}mend: /);
});
