import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import {
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  filesHaveOneSubject,
  functionsFitAScreen,
  noDeadFiles,
  nothingUnfinished,
  pageKnowsTheClientOnly,
  parseSource,
  pureCodeIsPure,
  RULES,
  type Rule,
  ringsPointInward,
  type Source,
  testsMirrorFiles,
} from "./tidy.rules.js";

const root = join(import.meta.dirname, "..");

/** What a rule says about files given as path and text. */
function said(rule: Rule, files: Record<string, string>): string[] {
  return report(rule(Object.entries(files).map(([path, text]) => parseSource(path, text))));
}

function report(offences: ReturnType<Rule>): string[] {
  return offences.map(({ path, line, says }) => `${path}:${line}: ${says}`).sort();
}

function project(): Source[] {
  return ["src", "tests", "scripts", "bench", "bin", "web"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|mjs|js)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => parseSource(relative(root, path), readFileSync(path, "utf8"))),
  );
}

describe("the rules see", () => {
  test("imports that point outwards, types and dynamic ones included", () => {
    const offences = said(ringsPointInward, {
      "src/stay/a.ts":
        'import type { X } from "../store/x.js";\nimport "../signal/y.js";\nexport * from "../engine.js";',
      "src/store/b.ts": 'const c = await import("../config/load.js");\nimport "../http/server.js";',
      "src/pipeline.ts": 'import "./store/x.js";\nimport "rxjs";\nimport "../tests/help.js";',
      "src/geo/c.ts":
        'import "node:fs";\nimport { of } from "rxjs";\nimport h3 from "h3-js";\nimport p from "protobufjs/light.js";',
    });
    expect(offences).toEqual([
      "src/geo/c.ts:1: pure code imports node:fs",
      "src/geo/c.ts:2: pure code imports rxjs",
      "src/pipeline.ts:3: the product imports tests/help.ts",
      "src/stay/a.ts:1: pure code imports edge code: src/store/x.ts",
      "src/stay/a.ts:3: pure code imports assembly code: src/engine.ts",
      "src/store/b.ts:1: edge code imports assembly code: src/config/load.ts",
    ]);
  });

  test("a page that knows more of the product than the client of its API", () => {
    const text = 'import "../src/http/client.js";\nimport "./app.js";\nimport "d3-geo";\nimport "../src/rows.js";';
    const files = { "web/main.tsx": `${text}\nexport const A = () => <p>a</p>;`, "src/a.ts": 'import "./rows.js";' };
    expect(said(pageKnowsTheClientOnly, files)).toEqual(["web/main.tsx:4: the page imports src/rows.ts"]);
  });

  test("clock, randomness, timers and the process in pure code, and leave alone what only shares a name", () => {
    const text =
      "Date.now();\nnew Date();\nMath.random();\nprocess.cwd();\nsetTimeout(f, 1);\nnew Date(0);\na.process;\nconst b = { fetch: 1 };";
    expect(said(pureCodeIsPure, { "src/time/a.ts": text, "src/rows.ts": "fetch(u)", "src/store/a.ts": text })).toEqual([
      "src/rows.ts:1: pure code uses fetch",
      "src/time/a.ts:1: pure code uses Date.now",
      "src/time/a.ts:2: pure code uses new Date()",
      "src/time/a.ts:3: pure code uses Math.random",
      "src/time/a.ts:4: pure code uses process",
      "src/time/a.ts:5: pure code uses setTimeout",
    ]);
  });

  test("functions and files that are too long, and spare those at the limit and generated ones", () => {
    const body = (lines: number) => `\n\nconst f = () => {${"\n".repeat(lines - 1)}};\n`;
    const long = body(FUNCTION_LINES_MAX + 1);
    expect(
      said(functionsFitAScreen, { "src/a.ts": long, "src/b.ts": body(FUNCTION_LINES_MAX), "src/c.generated.ts": long }),
    ).toEqual(["src/a.ts:3: a function of 61 lines, more than 60"]);
    const files = { "src/a.ts": "a;\n".repeat(FILE_LINES_MAX + 1), "tests/b.ts": "a;\n".repeat(FILE_LINES_MAX) };
    expect(said(filesHaveOneSubject, files)).toEqual(["src/a.ts:1: 401 lines, more than 400"]);
  });

  test("unfinished work, and ways round the checks", () => {
    const text = `// TO${"DO"}: later\nlet a = b as any;\n// biome-${"ignore"} lint: why\na!.b;\ntest.only("x", f);\n/** FIX${"ME"} */\nmastoDon;`;
    expect(said(nothingUnfinished, { "src/a.ts": text }).map((line) => line.split(":")[1])).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
    ]);
  });

  test("files that only tests reach, and follow workers by the name of their file", () => {
    const offences = said(noDeadFiles, {
      "src/cli/main.ts": 'import "../engine.js";',
      "src/engine.ts": 'fork(new URL("../dist/store/child.js", import.meta.url));',
      "src/store/child.ts": "",
      "src/stay/dead.ts": 'import "../engine.js";',
      "src/stay/measured.ts": "",
      "bench/b.ts": 'import "../src/stay/measured.js";',
      "tests/stay/dead.test.ts": 'import "../../src/stay/dead.js";',
    });
    expect(offences).toEqual([
      "src/stay/dead.ts:1: nothing reaches this file from src/cli/main.ts, scripts/ or bench/",
    ]);
  });

  test("tests without a file of their name", () => {
    const there = new Set(["src/stay/a.ts", "bench/b.ts", "scripts/c.mjs", "web/d.tsx"]);
    const paths = [
      "stay/a",
      "stay/gone",
      "bench/b",
      "scripts/c",
      "web/d",
      "property/any",
      "golden/any",
      "smoke/any",
      "tidy",
    ];
    const files = Object.fromEntries(paths.map((path) => [`tests/${path}.test.ts`, ""]));
    expect(
      said(
        testsMirrorFiles((path) => there.has(path)),
        files,
      ),
    ).toEqual(["tests/stay/gone.test.ts:1: there is no src/stay/gone.ts that it tests"]);
  });
});

test("the project keeps its house rules", () => {
  process.chdir(root);
  expect(existsSync("src/rows.ts")).toBe(true);
  const sources = project();
  expect(RULES.flatMap((rule) => report(rule(sources)))).toEqual([]);
});
