import { InvalidArgumentError } from "commander";
import { isPurpose, NO_PURPOSE } from "../http/access/purpose.js";

/** A purpose given to a command, as the API takes it. @throws InvalidArgumentError */
export function purpose(text: string): string {
  if (isPurpose(text)) return text;
  throw new InvalidArgumentError(`It ${NO_PURPOSE}.`);
}
