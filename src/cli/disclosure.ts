import { createHmac } from "node:crypto";
import type { Config } from "../config/schema.js";
import { Disclosure } from "../insight/disclosure.js";
import { sipKey } from "../insight/siphash.js";
import { pseudonymKey } from "./pseudonym.js";

/** Which numbers may be told. Its secret comes from that of the pseudonyms, so every process of a deployment tells the same numbers. */
export async function openDisclosure(config: Config): Promise<Disclosure> {
  const secret = createHmac("sha256", await pseudonymKey(config, true))
    .update("disclosure")
    .digest();
  return new Disclosure({ peopleMin: config.api.peopleMin, key: sipKey(secret) });
}
