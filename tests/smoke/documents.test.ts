import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { KEYS } from "../../src/config/keys.js";

const ROOT = join(import.meta.dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "bench/README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true })
    .map((path) => `docs/${path}`)
    .filter((path) => path.endsWith(".md")),
];
const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");
const exists = (path: string) => existsSync(join(ROOT, path));

/** Paths of the project that a text names: in backticks below a folder of ours, down to a file or a folder with a slash. */
function namedPaths(text: string): string[] {
  const named = /`((?:src|docs|config|scripts|bench|tests|proto|geo)\/[\w./-]*)`/g;
  return [...text.matchAll(named)].map(([, path = ""]) => path);
}

/** Targets of links within the project, from the folder of the document. */
function linkedPaths(document: string): string[] {
  return [...textOf(document).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(document), target));
}

describe("the documents", () => {
  test.each(DOCUMENTS)("%s names and links only what is there", (document) => {
    const paths = [...namedPaths(textOf(document)), ...linkedPaths(document)];
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  test("of the architecture give every folder of the sources its role", () => {
    const folders = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
    const text = textOf("docs/ARCHITECTURE.md");
    expect(folders.filter((folder) => !text.includes(`\`${folder}\``))).toEqual([]);
  });

  test("of the benchmarks have a row for every question", () => {
    const questions = readdirSync(join(ROOT, "bench")).filter((name) => name.endsWith(".ts"));
    const text = textOf("bench/README.md");
    expect(questions.filter((name) => !text.includes(`| \`${name.slice(0, -3)}\` |`))).toEqual([]);
  });

  test("of the decisions have a row for every decision", () => {
    const decisions = readdirSync(join(ROOT, "docs/decisions")).filter((name) => name !== "README.md");
    const text = textOf("docs/decisions/README.md");
    expect(decisions.filter((name) => !text.includes(`(${name})`))).toEqual([]);
  });

  test("name only keys that the configuration has", () => {
    const sections = new Set([...KEYS.values()].map(({ path }) => path.split(".")[0]));
    const known = new Set([...KEYS.values()].map(({ path }) => path));
    const named = DOCUMENTS.flatMap((document) =>
      [...textOf(document).matchAll(/`([a-z]\w*(?:\.[a-zA-Z]\w*)+)`/g)].map(([, key = ""]) => `${document}: ${key}`),
    );
    const isKey = (key: string) => sections.has(key.split(".")[0]) && !/\.(ts|md|json|yaml|csv|mjs|key)$/.test(key);
    const isKnown = (key: string) => known.has(key) || [...known].some((path) => path.startsWith(`${key}.`));
    expect(named.filter((entry) => isKey(entry.split(": ")[1] ?? "") && !isKnown(entry.split(": ")[1] ?? ""))).toEqual(
      [],
    );
  });
});
