import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPseudonym } from "../../src/signal/identity.js";
import { IDENTITY_BYTES_MAX, Pseudonymiser } from "../../src/source/pseudonym.js";

const KEY = Buffer.from("the deployment's secret", "utf8");

function oracle(text: string): string {
  return createHmac("sha256", KEY).update(text, "utf8").digest().readBigUInt64LE(0).toString();
}

function pseudonymOf(pseudonymiser: Pseudonymiser, text: string): string {
  pseudonymiser.pseudonymiseText(text);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
}

describe("a pseudonym", () => {
  test("is the first 8 bytes, little-endian, of HMAC-SHA-256 over the text, remembered or not", () => {
    const pseudonymiser = new Pseudonymiser(KEY);
    const identities = fc.oneof(fc.string({ unit: "binary", maxLength: 70 }), fc.integer({ min: 0 }).map(String));
    fc.assert(
      fc.property(fc.array(identities, { maxLength: 5 }), (texts) => {
        for (const text of [...texts, ...texts]) expect(pseudonymOf(pseudonymiser, text)).toBe(oracle(text));
      }),
    );
  });

  test("stays right when the table is smaller than the people and has to forget them", () => {
    const pseudonymiser = new Pseudonymiser(KEY, { cacheEntriesMax: 16 });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 50; i++) expect(pseudonymOf(pseudonymiser, `46000${i}`)).toBe(oracle(`46000${i}`));
    }
  });

  test("stays right while the table grows, and for identities of the greatest length", () => {
    const pseudonymiser = new Pseudonymiser(KEY);
    const identities = Array.from({ length: 5000 }, (_, i) =>
      String(i).padStart(i % 2 === 0 ? IDENTITY_BYTES_MAX : 15, "x"),
    );
    for (const identity of identities) pseudonymOf(pseudonymiser, identity);
    for (const identity of identities) expect(pseudonymOf(pseudonymiser, identity)).toBe(oracle(identity));
  });
});
