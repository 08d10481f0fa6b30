/** `config/circles.yaml`: read, checked, and all its faults told at once, each with line and column. */
import { readFileSync } from "node:fs";
import { isMap, isPair, isSeq, type LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { checkRules, type RuleFault } from "../circle/rule-check.js";
import { type CircleRules, RULES_SCHEMA } from "../circle/rule-schema.js";
import { shortened } from "../geo/fault.js";
import { plainValue, readYaml } from "../geo/yaml.js";
import { nearestName } from "../signal/nearest-name.js";
import { UserError } from "../signal/user-error.js";
import { reasonOf } from "./layers.js";

/** A fault with its place in the text; line and column from 1. */
export interface PlacedFault extends RuleFault {
  readonly line: number;
  readonly column: number;
}

/** The rules of a text, or its faults. */
export type RulesResult =
  | { readonly rules: CircleRules; readonly faults: readonly [] }
  | { readonly rules: null; readonly faults: readonly PlacedFault[] };

/** Checks the text of a rules file. */
export function parseRules(text: string): RulesResult {
  const { document, lines, faults: broken } = readYaml(text);
  const mend = "mend the YAML";
  if (document === null) return { rules: null, faults: broken.map((fault) => ({ path: [], mend, ...fault })) };
  const plain = plainValue(document);
  if ("says" in plain) return { rules: null, faults: [{ path: [], mend, line: 1, column: 1, says: plain.says }] };
  const parsed = RULES_SCHEMA.safeParse(plain.value ?? {}, { reportInput: true });
  const found = parsed.success ? checkRules(parsed.data) : parsed.error.issues.flatMap(faultsOf);
  if (parsed.success && found.length === 0) return { rules: parsed.data, faults: [] };
  const faults = found.map((fault) => ({
    ...fault,
    says: shortened(fault.says),
    mend: shortened(fault.mend),
    ...placeOf(lines, offsetOf(document.contents, fault.path)),
  }));
  return { rules: null, faults: faults.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** All faults of a rules file. @throws UserError when it cannot be read */
export function ruleFaults(path: string): readonly PlacedFault[] {
  return parseRules(textOf(path)).faults;
}

/** The rules of a file. @throws UserError with all faults, each with file, line and column */
export function readRules(path: string): CircleRules {
  const { rules, faults } = parseRules(textOf(path));
  if (rules === null) throw rulesError(path, faults);
  return rules;
}

/** Milliseconds between two looks at a rules file. */
const LOOK_MS = 1000;

/**
 * Looks at a rules file now and then and gives its rules when they have changed; null while they have not. A file with faults is refused:
 * `warn` is told of them once, and the rules of before stay in force until it is mended.
 */
export function watchRules(path: string, warn: (message: string) => void): () => CircleRules | null {
  let known = textOf(path);
  let told = "";
  let lookedMs = Date.now();
  return () => {
    if (Date.now() - lookedMs < LOOK_MS) return null;
    lookedMs = Date.now();
    try {
      const text = textOf(path);
      if (text === known) return null;
      known = text;
      const { rules, faults } = parseRules(text);
      if (rules === null) throw rulesError(path, faults);
      told = "";
      return rules;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.message !== told) warn(`${error.message}\nthe rules of before stay in force`);
      told = error.message;
      return null;
    }
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(
      `the circle rules ${path} cannot be read: ${reasonOf(error)}`,
      "name a file in circles.rulesFile",
    );
  }
}

export function rulesError(path: string, faults: readonly PlacedFault[]): UserError {
  const head = faults.length === 1 ? "1 fault in the circle rules" : `${faults.length} faults in the circle rules`;
  return new UserError([`${head}:`, ...faults.map((fault) => formatRuleFault(path, fault))].join("\n"));
}

/** `FILE:LINE:COLUMN: what: says`, and the mend below it. */
export function formatRuleFault(path: string, fault: PlacedFault): string {
  const what = fault.path.length === 0 ? "" : ` ${fault.path.join(".")}:`;
  return `${path}:${fault.line}:${fault.column}:${what} ${fault.says}\n  mend: ${fault.mend}`;
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where in the text the value of a path begins; of a path that leads nowhere, its nearest part that exists. */
function offsetOf(contents: Node | null, path: readonly (string | number)[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const part of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(part));
      const key = pair?.key as Node | undefined;
      if (key?.range) offset = key.range[0];
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      const range = (next as Node | undefined)?.range;
      if (range) offset = range[0];
    }
    if (next === undefined) return offset;
    node = next;
  }
  return offset;
}

type Issue = z.core.$ZodIssue;

/** An issue in words; of a choice of forms, the issues of the form that came nearest. */
function faultsOf(issue: Issue): RuleFault[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "invalid_union") {
    const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0] ?? [];
    if (nearest.length > 0)
      return nearest.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      says: "is not a key of this place",
      mend: "see config/circles.schema.json for the keys, or take it out",
    }));
  }
  return [{ path, ...explain(issue) }];
}

function depthOf(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function explain(issue: Issue): { says: string; mend: string } {
  if (issue.code === "invalid_value") {
    const names = issue.values.map(String);
    const meant = nearestName(String(issue.input), names);
    const hint = meant === null ? "" : `; did you mean ${meant}?`;
    return {
      says: `${JSON.stringify(issue.input)} is not one of its values`,
      mend: `write one of ${names.join(", ")}${hint}`,
    };
  }
  if (issue.code === "invalid_type")
    return issue.input === undefined
      ? { says: "is missing", mend: `give a ${issue.expected}` }
      : { says: `is no ${issue.expected}`, mend: `give a ${issue.expected}` };
  if (issue.code === "too_small") return { says: "is too small", mend: `give ${issue.minimum} or more` };
  if (issue.code === "too_big") return { says: "is too big", mend: `give ${issue.maximum} or less` };
  return { says: issue.message, mend: "see config/circles.schema.json for the form" };
}
