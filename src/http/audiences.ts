import { type Expression, readExpression } from "../audience/expression.js";
import { parseAudience } from "../audience/parse.js";
import { printAudience } from "../audience/print.js";
import { AudienceIndex } from "../store/audience-index.js";
import type { AUDIENCE_OPERATIONS } from "./audience-operations.js";
import type { Answers } from "./operation.js";
import { Problem } from "./problem.js";
import { isoOf, type Scope, type Services } from "./services.js";

/** Between two looks at what the store was given since. */
const REFRESH_MS_MIN = 2000;

type Needed = Pick<Services, "store" | "disclosure" | "scopeOf">;

interface Given {
  readonly text?: string | undefined;
  readonly expression?: unknown;
}

export function audienceAnswers(services: Needed): Answers<typeof AUDIENCE_OPERATIONS> {
  const { disclosure } = services;
  const { peopleMin, within } = disclosure;
  const fresh = freshIndex(services);
  const about = (index: AudienceIndex) => ({
    asOf: index.asOfMs === 0 ? null : isoOf(index.asOfMs / 1000),
    peopleMin,
    within,
  });
  const counted = async (index: AudienceIndex, expression: Expression, scope: Scope) =>
    index.tell(await index.peopleToTell(expression, peopleMin, homesIn(scope)), disclosure);
  const understood = async (index: AudienceIndex, expression: Expression, scope: Scope) => ({
    text: printAudience(expression),
    expression,
    people: await counted(index, expression, scope),
  });
  return {
    async countAudience({ body, principal }) {
      const index = await fresh();
      const expression = expressionOf(body, "body", await index.circles());
      return { ...about(index), ...(await understood(index, expression, services.scopeOf(principal))) };
    },
    async compareAudiences({ body, principal }) {
      const index = await fresh();
      const circles = await index.circles();
      const [a, b] = [expressionOf(body.a, "body.a", circles), expressionOf(body.b, "body.b", circles)];
      const scope = services.scopeOf(principal);
      return {
        ...about(index),
        a: await understood(index, a, scope),
        b: await understood(index, b, scope),
        both: await counted(index, { all: [a, b] }, scope),
        onlyA: await counted(index, { all: [a, { not: b }] }, scope),
        onlyB: await counted(index, { all: [b, { not: a }] }, scope),
      };
    },
  };
}

/** The index, read at the first question and kept fresh from then on; one that failed to open is tried again. */
function freshIndex({ store }: Needed): () => Promise<AudienceIndex> {
  let opened: Promise<AudienceIndex> | null = null;
  let refreshedMs = 0;
  return async () => {
    if (opened === null) {
      refreshedMs = Date.now();
      opened = AudienceIndex.open(store);
      opened.catch(() => {
        opened = null;
      });
    }
    const index = await opened;
    if (Date.now() - refreshedMs < REFRESH_MS_MIN) return index;
    refreshedMs = Date.now();
    await index.refresh();
    return index;
  };
}

/** Those whose home is in a scope; null for everybody. */
function homesIn({ regions }: Scope): Expression | null {
  if (regions === null) return null;
  const homes: Expression[] = regions.map((region) => ({ region, kind: "home" }));
  // Nobody lives nowhere: who may ask about no region sees nobody.
  return homes.length === 0 ? { all: [{ circle: "" }] } : { any: homes };
}

function expressionOf(given: Given, place: string, circles: readonly string[]): Expression {
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
