/** YAML that people write: bounded before it is read, and what is wrong with it as values that hold nothing of its text. */
import { type Document, isCollection, isPair, LineCounter, type Node, parseDocument } from "yaml";

/** Where and what; line and column from 1. */
export interface YamlFault {
  readonly line: number;
  readonly column: number;
  readonly says: string;
}

export interface YamlText {
  /** Null where there are faults. */
  readonly document: Document.Parsed | null;
  readonly lines: LineCounter;
  readonly faults: readonly YamlFault[];
}

/** The parser takes time that grows with the square of what is broken. */
const CHARS_MAX = 200_000;
const DEPTH_MAX = 60;
/** One slip breaks all that follows it. */
const FAULTS_MAX = 10;
const ALIASES_MAX = 100;

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const refused = (says: string, line = 1): YamlText => ({
    document: null,
    lines,
    faults: [{ line, column: 1, says }],
  });
  if (text.length > CHARS_MAX) return refused(`it has ${text.length} characters, more than ${CHARS_MAX}`);
  const tooDeep = "it is nested too deeply";
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) return refused(tooDeep);
    throw error;
  }
  // Some of its own overflows the parser tells as errors of the text.
  if (document.errors.some(({ message }) => message.startsWith("Maximum call stack"))) return refused(tooDeep);
  if (document.errors.length === 0 && isTooDeep(document.contents))
    return refused(`it is nested more than ${DEPTH_MAX} deep`);
  const faults = document.errors.slice(0, FAULTS_MAX).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    // What follows the first quote or colon is text of the file, and may be a secret.
    const says = error.message.split(/[:"`]/)[0] as string;
    return { line: Math.max(1, line), column: Math.max(1, col), says: says.trim() };
  });
  return { document: faults.length === 0 ? document : null, lines, faults };
}

/** The document as plain values, aliases filled in; a text that says why where they cannot be: too many, or one within itself. */
export function plainValue(document: Document.Parsed): { readonly value: unknown } | { readonly says: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    JSON.stringify(value);
    return { value };
  } catch (error) {
    if (error instanceof ReferenceError) return { says: "its aliases stand for too much, or for what is not there" };
    if (error instanceof TypeError || error instanceof RangeError)
      return { says: "it has an alias within what it stands for" };
    throw error;
  }
}

function isTooDeep(contents: Node | null): boolean {
  let level: unknown[] = [contents];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return true;
    level = level.flatMap((node) => (isCollection(node) ? node.items.flatMap(partsOf) : []));
  }
  return false;
}

function partsOf(item: unknown): unknown[] {
  return isPair(item) ? [item.key, item.value] : [item];
}
