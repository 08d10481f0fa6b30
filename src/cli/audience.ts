import { leavesOf } from "../audience/expression.js";
import { parseAudience, pointAt } from "../audience/parse.js";
import { printAudience } from "../audience/print.js";
import type { Config } from "../config/schema.js";
import { UserError } from "../signal/user-error.js";
import { AudienceIndex } from "../store/audience-index.js";
import { storeErrorOf } from "../store/store-error.js";
import { openDisclosure } from "./disclosure.js";
import { findStore, storeAddress } from "./find-store.js";
import { watchExcluded } from "./privacy.js";
import { pseudonymKey } from "./pseudonym.js";

export interface AudienceCommand {
  readonly config: Config;
  readonly json: boolean;
}

/**
 * `lifecircle audience`: how many people an audience has, as `Disclosure` tells it. Throws UserError with a mark below the mistake of a text,
 * and where there is no store.
 */
export async function runAudience(text: string, { config, json }: AudienceCommand): Promise<void> {
  // A mistake of the language is told without a store; the names of circles need one.
  expressionOf(text);
  const target = await findStore(storeAddress(config));
  try {
    const disclosure = await openDisclosure(config);
    const warn = (message: string) => void process.stderr.write(`${message}\n`);
    const excluded = watchExcluded(config, await pseudonymKey(config, true), warn);
    const index = await AudienceIndex.open(target.client, { excluded });
    const expression = expressionOf(text, index.circles());
    const { peopleMin, within } = disclosure;
    const bits = await index.peopleToTell(expression, peopleMin);
    const { told: people } = index.told(bits, disclosure);
    const audience = printAudience(expression);
    const asOf = new Date(index.asOfMs).toISOString();
    if (json) {
      process.stdout.write(`${JSON.stringify({ audience, expression, people, peopleMin, within, asOf })}\n`);
      return;
    }
    const number =
      people === null
        ? `too few to be told (fewer than about ${2 * peopleMin})`
        : `${people} people, give or take ${within}`;
    const conditions = leavesOf(expression).length;
    process.stderr.write(
      `${audience}\n  ${number}; ${conditions} ${conditions === 1 ? "condition" : "conditions"}, as of ${asOf}\n`,
    );
  } catch (error) {
    throw error instanceof UserError ? error : storeErrorOf(error, "audience");
  } finally {
    await target.close();
  }
}

/** @throws UserError with a mark below the mistake */
export function expressionOf(text: string, circles?: readonly string[]) {
  const parsed = parseAudience(text, circles === undefined ? {} : { circles });
  if ("expression" in parsed) return parsed.expression;
  throw new UserError(`the audience has a mistake:\n${pointAt(text, parsed.fault)}`);
}
