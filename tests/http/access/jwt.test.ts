import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jwksSource } from "../../../src/http/access/jwks.js";
import { checkToken, type TokenResult } from "../../../src/http/access/jwt.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicJwk = (key: KeyObject, kid: string): JsonWebKey => ({ ...key.export({ format: "jwk" }), kid, use: "sig" });
const JWKS = [publicJwk(rsa.publicKey, "r"), publicJwk(ec.publicKey, "e")];

const OPTIONS = {
  issuer: "https://issuer.example",
  audience: "lifecircle",
  roleClaim: "role",
  regionsClaim: "regions",
  purposesClaim: "purposes",
};
const NOW_MS = 1_767_614_400_000;
const CLAIMS = {
  iss: OPTIONS.issuer,
  aud: ["other", "lifecircle"],
  sub: "li",
  exp: NOW_MS / 1000 + 600,
  role: "analyst",
};

function token(claims: object, header: object = { alg: "RS256", kid: "r" }, key: KeyObject = rsa.privateKey): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function check(text: string, keys: readonly JsonWebKey[] = JWKS): Promise<TokenResult> {
  return checkToken(OPTIONS, async () => keys, text, NOW_MS);
}

describe("a token is taken", () => {
  test("with RS256 and ES256, and says who, as what, where and why", async () => {
    const claims = { ...CLAIMS, role: ["x", "analyst"], regions: ["W"], purposes: "care churn" };
    const expected = {
      principal: { id: "oidc:li", name: "li", role: "analyst", regions: ["W"], purposes: ["care", "churn"] },
    };
    expect(await check(token(claims))).toEqual(expected);
    expect(await check(token(claims, { alg: "ES256", kid: "e" }, ec.privateKey))).toEqual(expected);
  });

  test("without regions and purposes for all, and within a minute of its times", async () => {
    const claims = { ...CLAIMS, exp: NOW_MS / 1000 - 30, nbf: NOW_MS / 1000 + 30 };
    expect(await check(token(claims))).toMatchObject({ principal: { regions: null, purposes: null } });
  });
});

describe("a token is refused", () => {
  const refused: readonly [string, () => string, RegExp][] = [
    ["of another issuer", () => token({ ...CLAIMS, iss: "https://evil.example" }), /another issuer/],
    ["for another audience", () => token({ ...CLAIMS, aud: "other" }), /another audience/],
    ["that has expired", () => token({ ...CLAIMS, exp: NOW_MS / 1000 - 61 }), /expired/],
    ["that never expires", () => token({ ...CLAIMS, exp: undefined }), /exp/],
    ["that is not valid yet", () => token({ ...CLAIMS, nbf: NOW_MS / 1000 + 61 }), /not valid yet/],
    ["without a role of ours", () => token({ ...CLAIMS, role: "root" }), /names none of/],
    ["that a stranger signed", () => token(CLAIMS, undefined, stranger.privateKey), /no key of the issuer/],
    ["of a key that the issuer has not", () => token(CLAIMS, { alg: "RS256", kid: "x" }), /no key of the issuer/],
    ["without a signature", () => `${token(CLAIMS, { alg: "none" }).split(".").slice(0, 2).join(".")}.`, /algorithm/],
    ["signed with the public key as a secret", () => token(CLAIMS, { alg: "HS256", kid: "r" }), /algorithm/],
    ["with the algorithm of another key", () => token(CLAIMS, { alg: "ES256", kid: "r" }), /no key of the issuer/],
    ["with critical parameters", () => token(CLAIMS, { alg: "RS256", kid: "r", crit: ["b64"] }), /critical/],
    ["whose claims were changed", () => changed(token(CLAIMS), { ...CLAIMS, role: "admin" }), /no key of the issuer/],
    ["that is no token", () => "a.b.c", /no token/],
  ];
  test.each(refused)("%s", async (_, make, says) => {
    const result = await check(make());
    expect("refused" in result && result.refused).toMatch(says);
  });
});

function changed(text: string, claims: object): string {
  const [head, , signature] = text.split(".");
  return `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
}

describe("the issuer's keys", () => {
  test("come from a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lifecircle-jwks-"));
    try {
      writeFileSync(join(folder, "keys.json"), JSON.stringify({ keys: JWKS }));
      expect((await jwksSource(join(folder, "keys.json"))("r")).map(({ kid }) => kid)).toEqual(["r", "e"]);
      await expect(jwksSource(join(folder, "none.json"))("r")).rejects.toThrow(/cannot be had/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("come from a URL, are kept, and asked for again for an unknown one, but not for each", async () => {
    let asked = 0;
    let keys = JWKS.slice(0, 1);
    const server = createServer((_, answer) => {
      asked++;
      answer.end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      let nowMs = NOW_MS;
      const source = jwksSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, () => nowMs);
      await source("r");
      for (let i = 0; i < 5; i++) await source("e");
      expect(asked).toBe(1);
      keys = JWKS;
      nowMs += 31_000;
      expect((await source("e")).map(({ kid }) => kid)).toEqual(["r", "e"]);
      expect(asked).toBe(2);
    } finally {
      server.close();
    }
  });
});
