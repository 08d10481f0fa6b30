import { SavedAudiences } from "../activation/saved.js";
import { countBits } from "../audience/bitset.js";
import type { Expression } from "../audience/expression.js";
import { atHomeIn, homesIn } from "../audience/homes.js";
import { printAudience } from "../audience/print.js";
import type { AudienceIndex } from "../store/audience-index.js";
import type { AUDIENCE_OPERATIONS } from "./audience-operations.js";
import { meant } from "./audience-question.js";
import type { Answers } from "./operation.js";
import { isoOf, type Scope, type Services } from "./services.js";

type Needed = Pick<Services, "store" | "audiences" | "disclosure" | "scopeOf">;

export function audienceAnswers(services: Needed): Answers<typeof AUDIENCE_OPERATIONS> {
  const { disclosure } = services;
  const { peopleMin } = disclosure;
  const saved = new SavedAudiences(services.store);
  const understood = async (index: AudienceIndex, expression: Expression, scope: Scope) => ({
    text: printAudience(expression),
    expression,
    people: await told(services, index, expression, scope),
  });
  return {
    async countAudience({ body, principal }) {
      const index = await services.audiences();
      const { expression } = await meant(body, "body", index.circles(), saved);
      return {
        ...asOfNumbersOf(services, index),
        ...(await understood(index, expression, services.scopeOf(principal))),
      };
    },
    async countAudienceExactly({ body, principal, told: noted }) {
      const index = await services.audiences();
      const { expression } = await meant(body, "body", index.circles(), saved);
      const { regions } = services.scopeOf(principal);
      const count = countBits(await index.people(atHomeIn(expression, regions)));
      noted(count);
      const people = count < peopleMin ? null : count;
      return { ...asOfOf(index), peopleMin, text: printAudience(expression), expression, people };
    },
    async compareAudiences({ body, principal }) {
      const index = await services.audiences();
      const circles = index.circles();
      const { expression: a } = await meant(body.a, "body.a", circles, saved);
      const { expression: b } = await meant(body.b, "body.b", circles, saved);
      const scope = services.scopeOf(principal);
      return {
        ...asOfNumbersOf(services, index),
        a: await understood(index, a, scope),
        b: await understood(index, b, scope),
        both: await told(services, index, { all: [a, b] }, scope),
        onlyA: await told(services, index, { all: [a, { not: b }] }, scope),
        onlyB: await told(services, index, { all: [b, { not: a }] }, scope),
      };
    },
  };
}

/** The number that may be told of an audience, of the people who live in a scope. */
export async function told(
  { disclosure }: Pick<Services, "disclosure">,
  index: AudienceIndex,
  expression: Expression,
  { regions }: Scope,
): Promise<number | null> {
  return index.tell(await index.peopleToTell(expression, disclosure.peopleMin, homesIn(regions)), disclosure);
}

/** As of which event time an answer out of the index is. */
export function asOfOf(index: AudienceIndex): { asOf: string | null } {
  return { asOf: index.asOfMs === 0 ? null : isoOf(index.asOfMs / 1000) };
}

/** The same, and how exact its numbers are. */
export function asOfNumbersOf({ disclosure }: Pick<Services, "disclosure">, index: AudienceIndex) {
  const { peopleMin, within } = disclosure;
  return { ...asOfOf(index), peopleMin, within };
}
