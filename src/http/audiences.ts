import { SavedAudiences } from "../activation/saved.js";
import { countBits } from "../audience/bitset.js";
import type { Expression } from "../audience/expression.js";
import { atHomeIn, homesIn } from "../audience/homes.js";
import { printAudience } from "../audience/print.js";
import { withinOfSets } from "../audience/told-sets.js";
import type { AudienceIndex } from "../store/audience-index.js";
import type { Principal } from "./access/principal.js";
import type { AUDIENCE_OPERATIONS } from "./audience-operations.js";
import { meant } from "./audience-question.js";
import type { Answers } from "./operation.js";
import { Problem } from "./problem.js";
import { isoOf, type Services } from "./services.js";

type Needed = Pick<Services, "knownNames" | "store" | "audiences" | "disclosure" | "toldSets" | "scopeOf">;

export function audienceAnswers(services: Needed): Answers<typeof AUDIENCE_OPERATIONS> {
  const { disclosure } = services;
  const { peopleMin } = disclosure;
  const saved = new SavedAudiences(services.store);
  const understood = (expression: Expression, people: number | null) => ({
    text: printAudience(expression),
    expression,
    people,
  });
  return {
    async countAudience({ body, principal }) {
      const index = await services.audiences("soon");
      const { expression } = await meant(body, "body", services.knownNames(), saved);
      const [people = null] = await told(services, index, [expression], principal);
      return { ...asOfNumbersOf(services, index), ...understood(expression, people) };
    },
    async countAudienceExactly({ body, principal, told: noted }) {
      const index = await services.audiences();
      const { expression } = await meant(body, "body", services.knownNames(), saved);
      const { regions } = services.scopeOf(principal);
      const count = countBits(await index.people(atHomeIn(expression, regions)));
      noted(count);
      const people = count < peopleMin ? null : count;
      return { ...asOfOf(index), peopleMin, text: printAudience(expression), expression, people };
    },
    async compareAudiences({ body, principal }) {
      const index = await services.audiences("soon");
      const known = services.knownNames();
      const { expression: a } = await meant(body.a, "body.a", known, saved);
      const { expression: b } = await meant(body.b, "body.b", known, saved);
      const asked = [a, b, { all: [a, b] }, { all: [a, { not: b }] }, { all: [b, { not: a }] }];
      const numbers = await told(services, index, asked, principal);
      const [ofA = null, ofB = null, both = null, onlyA = null, onlyB = null] = numbers;
      return {
        ...asOfNumbersOf(services, index),
        a: understood(a, ofA),
        b: understood(b, ofB),
        ...{ both, onlyA, onlyB },
      };
    },
  };
}

/**
 * The numbers that somebody may be told of audiences, of the people who live in its regions. Throws Problem 429 where it was told of as
 * many audiences as it may be in a day.
 */
export async function told(
  { disclosure, toldSets, scopeOf }: Pick<Services, "disclosure" | "toldSets" | "scopeOf">,
  index: AudienceIndex,
  expressions: readonly Expression[],
  principal: Principal,
): Promise<(number | null)[]> {
  const homes = homesIn(scopeOf(principal).regions);
  const tellings = expressions.map(async (expression) => {
    const people = await index.peopleToTell(expression, disclosure.peopleMin, homes);
    const telling = await toldSets.tell(principal.id, index.told(people, disclosure));
    if ("people" in telling) return telling.people;
    throw spent(telling.retrySeconds);
  });
  return Promise.all(tellings);
}

function spent(seconds: number): Problem {
  return new Problem(
    429,
    "this key was told of as many different audiences as it may be in a day",
    `ask for one of before, which is free, or for another in ${seconds} s; who needs more has api.audiencesToldPerDayMax raised`,
    [],
    { "retry-after": String(seconds) },
  );
}

/** As of which event time an answer out of the index is. */
export function asOfOf(index: AudienceIndex): { asOf: string | null } {
  return { asOf: index.asOfMs === 0 ? null : isoOf(index.asOfMs / 1000) };
}

/** The same, and how exact its numbers are. */
export function asOfNumbersOf({ disclosure }: Pick<Services, "disclosure">, index: AudienceIndex) {
  return { ...asOfOf(index), peopleMin: disclosure.peopleMin, within: withinOfSets(disclosure) };
}
