/** The issuer's public keys (JWKS, RFC 7517), from a URL or a file. */
import type { JsonWebKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { KeySource } from "./jwt.js";

const KEPT_MS_MAX = 3_600_000;
/** A key that is not among the known ones makes us ask again, but not more often: strangers choose `kid`. */
const ASK_AGAIN_MS_MIN = 30_000;
const FETCH_MS_MAX = 5000;
const BYTES_MAX = 1_000_000;

const JWKS = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })) });

/** Keys of `place`, an https URL (http on loopback) or a path, kept for an hour. Rejects when they cannot be had and none are kept. */
export function jwksSource(place: string, nowMs: () => number = Date.now): KeySource {
  let kept: readonly JsonWebKey[] | null = null;
  let askedMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | null = null;
  const ask = async () => {
    askedMs = nowMs();
    try {
      kept = JWKS.parse(JSON.parse(await textOf(place))).keys as readonly JsonWebKey[];
    } catch (error) {
      if (kept === null)
        throw new Error(`the keys of the issuer cannot be had from ${place}: ${(error as Error).message}`);
    }
  };
  return async (kid) => {
    const isKnown = kept?.some((key) => kid === null || key.kid === kid) === true;
    const age = nowMs() - askedMs;
    if (age >= (isKnown ? KEPT_MS_MAX : kept === null ? 0 : ASK_AGAIN_MS_MIN)) {
      pending ??= ask().finally(() => {
        pending = null;
      });
    }
    await pending;
    return kept ?? [];
  };
}

async function textOf(place: string): Promise<string> {
  if (!/^https?:\/\//.test(place)) return readFile(place, "utf8");
  const answer = await fetch(place, { signal: AbortSignal.timeout(FETCH_MS_MAX), redirect: "error" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const text = await answer.text();
  if (text.length > BYTES_MAX) throw new Error(`more than ${BYTES_MAX} bytes`);
  return text;
}
