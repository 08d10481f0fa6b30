/** Who is meant by a request: a text, an expression, or a saved audience. */
import type { SavedAudience, SavedAudiences } from "../activation/saved.js";
import { type Expression, placedLeaves, readExpression } from "../audience/expression.js";
import { type KnownNames, unknownName } from "../audience/known-names.js";
import { parseAudience } from "../audience/parse.js";
import { Problem } from "./problem.js";

export interface Given {
  readonly text?: string | undefined;
  readonly expression?: unknown;
  readonly saved?: string | undefined;
}

export interface Meant {
  readonly expression: Expression;
  /** The saved audience that it is; null for a text or an expression. */
  readonly saved: SavedAudience | null;
}

/** @param place where it stands in the request. Throws Problem 400 with the place of a mistake, or 404 */
export async function meant(
  given: Given,
  place: string,
  known: KnownNames,
  audiences: Pick<SavedAudiences, "get">,
): Promise<Meant> {
  if (given.saved === undefined) return { expression: expressionOf(given, place, known), saved: null };
  const saved = await savedAudience(audiences, given.saved, `${place}.saved`);
  return { expression: saved.expression, saved };
}

/** The newest version of a saved audience. Throws Problem 404. */
export async function savedAudience(
  audiences: Pick<SavedAudiences, "get">,
  id: string,
  place = "path.audience",
): Promise<SavedAudience> {
  const saved = await audiences.get(id);
  if (saved !== null) return saved;
  throw new Problem(404, `there is no audience ${id}`, "see GET /v1/audiences for those that are saved", [
    { place, says: "is not known" },
  ]);
}

/** Throws Problem 400 with the place of a mistake, also where it names what nobody has. */
export function expressionOf(given: Omit<Given, "saved">, place: string, known: KnownNames): Expression {
  if (given.text === undefined) return checked(given.expression, `${place}.expression`, known);
  const parsed = parseAudience(given.text, known);
  if ("expression" in parsed) return parsed.expression;
  const { at, says, suggestion } = parsed.fault;
  const mend = mendOf(suggestion, "mend the text at the character that `errors` names");
  throw new Problem(400, says, mend, [{ place: `${place}.text:${at + 1}`, says }]);
}

function checked(given: unknown, place: string, known: KnownNames): Expression {
  const below = (inner: string) => (inner === "" ? place : `${place}.${inner}`);
  const read = readExpression(given);
  if ("faults" in read) {
    const faults = read.faults.map((fault) => ({ ...fault, place: below(fault.place) }));
    throw new Problem(400, "the expression has mistakes", "mend what `errors` names", faults);
  }
  const unknown = placedLeaves(read.expression).flatMap((one) => {
    const fault = unknownName(one.leaf, known);
    return fault === null ? [] : [{ ...fault, place: below(one.place) }];
  });
  const [first] = unknown;
  if (first === undefined) return read.expression;
  const faults = unknown.map(({ place: at, says }) => ({ place: at, says }));
  throw new Problem(400, first.says, mendOf(first.suggestion, "mend what `errors` names"), faults);
}

function mendOf(suggestion: string | null, otherwise: string): string {
  return suggestion === null ? otherwise : `did you mean ${suggestion}?`;
}
