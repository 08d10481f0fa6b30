import { existsSync } from "node:fs";
import { posix } from "node:path";
import { parseAst } from "vitest/node";

/**
 * The rules of docs/STYLE.md that a machine can check, each a function from parsed sources to offences. tidy.test.ts shows each one
 * an offence, and then runs all of them over the project.
 */

export interface Offence {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export interface Source {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

/** A node of the ESTree that the parser of vitest gives (oxc: TypeScript included). */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export type Rule = (sources: readonly Source[]) => Offence[];

export const FUNCTION_LINES_MAX = 60;
export const FILE_LINES_MAX = 400;

const PURE = /^src\/((rows|partition)\.ts$|(signal|geo|time|stay|anchor|circle|audience|insight|score|trigger)\/)/;
const EDGE = /^src\/(source|store|checkpoint|cluster|metrics|activation|http)\//;
const RINGS = ["pure", "edge", "assembly"];

/** Packages that compute and do nothing else; pure code may use no others. */
const PURE_PACKAGES = ["flatbush", "gcoord", "h3-js", "kdbush", "point-in-polygon-hao", "protobufjs", "yaml", "zod"];

/** Names that reach a clock, randomness, a timer or the outside. */
const IMPURE_GLOBALS = new Set([
  ...["process", "console", "performance", "crypto", "fetch", "require", "global", "globalThis"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
]);

/** Folders of tests that look at the whole and mirror no file. */
const UNMIRRORED = /^tests\/(property|golden|smoke)\/|^tests\/tidy\.test\.ts$/;

/** The command, and what package.json exports. */
const CLIENT = "src/http/client.ts";
const ENTRIES = ["src/cli/main.ts", CLIENT];

export function parseSource(path: string, text: string): Source {
  return { path, text, program: parseAst(text, { lang: langOf(path) }) as unknown as Node };
}

function langOf(path: string): "ts" | "tsx" | "js" {
  return path.endsWith(".tsx") ? "tsx" : path.endsWith(".ts") ? "ts" : "js";
}

/** Imports point inwards: pure code knows only pure code, the edge knows no assembly, and the product knows no tests or tools. */
export const ringsPointInward: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith("src/"))
    .flatMap((source) => {
      const ring = ringOf(source.path);
      return imports(source).flatMap(({ name, node }) => {
        if (!name.startsWith(".")) return ring === 0 ? packageOffence(source, name, node) : [];
        const target = resolved(source.path, name);
        if (!target.startsWith("src/")) return [offence(source, node, `the product imports ${target}`)];
        return ringOf(target) <= ring
          ? []
          : [offence(source, node, `${RINGS[ring]} code imports ${RINGS[ringOf(target)]} code: ${target}`)];
      });
    });

/** What a browser runs knows of the product what everybody may: the client of the API. */
export const pageKnowsTheClientOnly: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith("web/"))
    .flatMap((source) =>
      imports(source)
        .map(({ name, node }) => ({ node, target: resolved(source.path, name) }))
        .filter(({ target }) => target.startsWith("src/") && target !== CLIENT)
        .map(({ target, node }) => offence(source, node, `the page imports ${target}`)),
    );

function packageOffence(source: Source, name: string, node: Node): Offence[] {
  const allowed = PURE_PACKAGES.some((known) => name === known || name.startsWith(`${known}/`));
  return allowed ? [] : [offence(source, node, `pure code imports ${name}`)];
}

/** Pure code reads no clock, draws no random number, sets no timer and touches nothing outside. */
export const pureCodeIsPure: Rule = (sources) =>
  sources
    .filter(({ path }) => PURE.test(path))
    .flatMap((source) => {
      const offences: Offence[] = [];
      walk(source.program, (node, parent) => {
        const name = impurity(node, parent);
        if (name !== null) offences.push(offence(source, node, `pure code uses ${name}`));
      });
      return offences;
    });

function impurity(node: Node, parent: Node | null): string | null {
  if (node.type === "NewExpression" && nameOf(node.callee) === "Date" && (node.arguments as Node[]).length === 0)
    return "new Date()";
  if (node.type === "MemberExpression") {
    const name = `${nameOf(node.object)}.${nameOf(node.property)}`;
    return name === "Date.now" || name === "Math.random" ? name : null;
  }
  if (node.type !== "Identifier" || !IMPURE_GLOBALS.has(String(node.name))) return null;
  const isOwnName = (parent?.type === "MemberExpression" || parent?.type === "Property") && parent.computed !== true;
  return isOwnName && (parent.property === node || parent.key === node) ? null : String(node.name);
}

export const functionsFitAScreen: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith("tests/") && !isGenerated(path))
    .flatMap((source) => {
      const offences: Offence[] = [];
      walk(source.program, (node) => {
        if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
        const lines = lineAt(source, node.end) - lineAt(source, node.start) + 1;
        if (lines <= FUNCTION_LINES_MAX) return;
        offences.push(offence(source, node, `a function of ${lines} lines, more than ${FUNCTION_LINES_MAX}`));
      });
      return offences;
    });

export const filesHaveOneSubject: Rule = (sources) =>
  sources
    .filter(({ path }) => !isGenerated(path))
    .flatMap(({ path, text }) => {
      const lines = text.trimEnd().split("\n").length;
      return lines <= FILE_LINES_MAX ? [] : [{ path, line: 1, says: `${lines} lines, more than ${FILE_LINES_MAX}` }];
    });

/** Marks of unfinished work and ways round the checks. Written in halves, so that this file does not hold them. */
const MARKS = [
  "TO" + "DO",
  "FIX" + "ME",
  "XX" + "X",
  "@ts-" + "ignore",
  "@ts-" + "expect-error",
  "@ts-" + "nocheck",
  "biome-" + "ignore",
];
const MARK = new RegExp(`(?<![A-Za-z])(${MARKS.join("|")})(?![A-Za-z])`);

export const nothingUnfinished: Rule = (sources) =>
  sources
    .filter(({ path }) => !isGenerated(path))
    .flatMap((source) => {
      const offences: Offence[] = [];
      source.text.split("\n").forEach((line, i) => {
        const mark = MARK.exec(line)?.[1];
        if (mark !== undefined) offences.push({ path: source.path, line: i + 1, says: `holds ${mark}` });
      });
      walk(source.program, (node) => {
        if (node.type === "TSAnyKeyword") offences.push(offence(source, node, "uses the type any"));
        if (node.type === "TSNonNullExpression")
          offences.push(offence(source, node, "asserts with ! that a value is there"));
        const focused =
          node.type === "MemberExpression" &&
          nameOf(node.property) === "only" &&
          /^(test|it|describe)$/.test(nameOf(node.object));
        if (focused) offences.push(offence(source, node, "runs only some of the tests"));
      });
      return offences;
    });

/** A file of src/ that no command, worker, script or benchmark reaches is dead, whatever tests it has. */
export const noDeadFiles: Rule = (sources) => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const open = sources
    .map(({ path }) => path)
    .filter((path) => ENTRIES.includes(path) || /^(scripts|bench)\//.test(path));
  const reached = new Set(open);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = byPath.get(path);
    for (const target of source === undefined ? [] : mentioned(source)) {
      if (reached.has(target) || !byPath.has(target)) continue;
      reached.add(target);
      open.push(target);
    }
  }
  return sources
    .filter(({ path }) => path.startsWith("src/") && !reached.has(path))
    .map(({ path }) => ({ path, line: 1, says: "nothing reaches this file from src/cli/main.ts, scripts/ or bench/" }));
};

/** Files that a source names: imports, and the texts by which workers and child processes are started (`dist/` stands for `src/`). */
function mentioned(source: Source): string[] {
  const names: string[] = [];
  walk(source.program, (node) => {
    if (node.type === "Literal" && typeof node.value === "string" && /\.m?js$/.test(node.value)) names.push(node.value);
  });
  return names.map((name) => resolved(source.path, name).replace(/^dist\//, "src/"));
}

/** One concept, one file, one test of the same name. `exists` tells whether a path of the project is there. */
export const testsMirrorFiles =
  (exists: (path: string) => boolean): Rule =>
  (sources) =>
    sources
      .filter(({ path }) => path.endsWith(".test.ts") && !UNMIRRORED.test(path))
      .flatMap(({ path }) => {
        const name = path.replace(/^tests\//, "").replace(/\.test\.ts$/, "");
        const files = /^(bench|scripts|web)\//.test(name)
          ? [`${name}.ts`, `${name}.mjs`, `${name}.tsx`]
          : [`src/${name}.ts`];
        return files.some(exists) ? [] : [{ path, line: 1, says: `there is no ${files.join(" or ")} that it tests` }];
      });

export const RULES: readonly Rule[] = [
  ringsPointInward,
  pageKnowsTheClientOnly,
  pureCodeIsPure,
  functionsFitAScreen,
  filesHaveOneSubject,
  nothingUnfinished,
  noDeadFiles,
  testsMirrorFiles(existsSync),
];

function ringOf(path: string): number {
  if (PURE.test(path)) return 0;
  return EDGE.test(path) ? 1 : 2;
}

function isGenerated(path: string): boolean {
  return path.includes(".generated.");
}

/** The source file that an import names: `./x.js` is `./x.ts`. */
function resolved(from: string, name: string): string {
  return posix.join(posix.dirname(from), name).replace(/\.js$/, ".ts");
}

function imports(source: Source): { name: string; node: Node }[] {
  const found: { name: string; node: Node }[] = [];
  walk(source.program, (node) => {
    if (!/^(Import|ExportNamed|ExportAll)Declaration$|^ImportExpression$/.test(node.type)) return;
    const name = (node.source as Node | null)?.value;
    if (typeof name === "string") found.push({ name, node });
  });
  return found;
}

function offence(source: Source, node: Node, says: string): Offence {
  return { path: source.path, line: lineAt(source, node.start), says };
}

function lineAt({ text }: Source, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function nameOf(node: unknown): string {
  const { name, value } = (node ?? {}) as { name?: unknown; value?: unknown };
  return String(name ?? value ?? "");
}

function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent);
  for (const below of Object.values(node)) {
    for (const part of Array.isArray(below) ? below : [below]) {
      if (typeof part?.type === "string") walk(part, visit, node);
    }
  }
}
