/** Who is meant by a request: a text, an expression, or a saved audience. */
import type { SavedAudience, SavedAudiences } from "../activation/saved.js";
import { type Expression, readExpression } from "../audience/expression.js";
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
  circles: readonly string[],
  audiences: Pick<SavedAudiences, "get">,
): Promise<Meant> {
  if (given.saved === undefined) return { expression: expressionOf(given, place, circles), saved: null };
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

/** Throws Problem 400 with the place of a mistake. */
export function expressionOf(given: Omit<Given, "saved">, place: string, circles: readonly string[]): Expression {
  if (given.text === undefined) {
    const read = readExpression(given.expression);
    if ("expression" in read) return read.expression;
    const faults = read.faults.map((fault) => ({
      place: [place, "expression", fault.place].filter((part) => part !== "").join("."),
      says: fault.says,
    }));
    throw new Problem(400, "the expression has mistakes", "mend what `errors` names", faults);
  }
  const parsed = parseAudience(given.text, { circles });
  if ("expression" in parsed) return parsed.expression;
  const { at, says, suggestion } = parsed.fault;
  const mend =
    suggestion === null ? "mend the text at the character that `errors` names" : `did you mean ${suggestion}?`;
  throw new Problem(400, says, mend, [{ place: `${place}.text:${at + 1}`, says }]);
}
