/** Tokens of OpenID Connect: JWS in compact form (RFC 7515) with RS256 or ES256, claims by RFC 7519. */
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { z } from "zod";
import { type Principal, ROLES } from "./principal.js";

export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Claims that hold the role, the regions and the purposes; without regions or purposes all are meant. */
  readonly roleClaim: string;
  readonly regionsClaim: string;
  readonly purposesClaim: string;
}

/** Keys of the issuer by `kid`. */
export type KeySource = (kid: string | null) => Promise<readonly JsonWebKey[]>;

export type TokenResult = { readonly principal: Principal } | { readonly refused: string };

/** Clocks of two machines may differ by so much. */
const CLOCK_SECONDS = 60;
const TOKEN_CHARS_MAX = 8192;

const HEADER = z.object({ alg: z.string(), kid: z.string().optional(), crit: z.unknown().optional() });
const CLAIMS = z.looseObject({
  iss: z.string(),
  sub: z.string().min(1).max(256),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().optional(),
});
const NAMES = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean))])
  .optional();

/** Checks signature, issuer, audience, times and role of a token. */
export async function checkToken(
  options: OidcOptions,
  keys: KeySource,
  token: string,
  nowMs: number,
): Promise<TokenResult> {
  const parts = token.split(".");
  if (parts.length !== 3 || token.length > TOKEN_CHARS_MAX) return { refused: "it is no signed token" };
  const [head, body, signature] = parts as [string, string, string];
  const header = HEADER.safeParse(json(head));
  const claims = CLAIMS.safeParse(json(body));
  if (!header.success || !claims.success) return { refused: "it is no token with iss, sub, aud and exp" };
  const { alg, kid, crit } = header.data;
  if (alg !== "RS256" && alg !== "ES256") return { refused: "its algorithm is not RS256 or ES256" };
  if (crit !== undefined) return { refused: "it has critical header parameters" };
  const bytes = Buffer.from(signature, "base64url");
  const candidates = (await keys(kid ?? null)).filter((jwk) => fits(jwk, alg, kid));
  if (!candidates.some((jwk) => isSigned(jwk, alg, `${head}.${body}`, bytes)))
    return { refused: "no key of the issuer signed it" };
  const wrong = wrongClaim(options, claims.data, nowMs / 1000);
  return wrong === null ? principalOf(options, claims.data) : { refused: wrong };
}

function fits(jwk: JsonWebKey, alg: string, kid: string | undefined): boolean {
  if (kid !== undefined && jwk.kid !== kid) return false;
  if (jwk.use !== undefined && jwk.use !== "sig") return false;
  if (jwk.alg !== undefined && jwk.alg !== alg) return false;
  return alg === "RS256" ? jwk.kty === "RSA" : jwk.kty === "EC" && jwk.crv === "P-256";
}

function isSigned(jwk: JsonWebKey, alg: "RS256" | "ES256", text: string, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return verify("sha256", Buffer.from(text), alg === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key, signature);
  } catch {
    return false;
  }
}

type Claims = z.infer<typeof CLAIMS>;

function wrongClaim(options: OidcOptions, claims: Claims, nowSec: number): string | null {
  if (claims.iss !== options.issuer) return "it is of another issuer";
  if (![claims.aud].flat().includes(options.audience)) return "it is for another audience";
  if (claims.exp + CLOCK_SECONDS <= nowSec) return "it has expired";
  if (claims.nbf !== undefined && claims.nbf - CLOCK_SECONDS > nowSec) return "it is not valid yet";
  return null;
}

function principalOf(options: OidcOptions, claims: Claims): TokenResult {
  const given = [claims[options.roleClaim]].flat();
  const role = ROLES.findLast((name) => given.includes(name));
  if (role === undefined) return { refused: `its claim ${options.roleClaim} names none of ${ROLES.join(", ")}` };
  const regions = NAMES.safeParse(claims[options.regionsClaim]);
  const purposes = NAMES.safeParse(claims[options.purposesClaim]);
  if (!regions.success || !purposes.success) return { refused: "its regions or purposes are no list of names" };
  return {
    principal: {
      id: `oidc:${claims.sub}`,
      name: claims.sub,
      role,
      regions: regions.data ?? null,
      purposes: purposes.data ?? null,
    },
  };
}

function json(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
