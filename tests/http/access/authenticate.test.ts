import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Access, openAccess } from "../../../src/http/access/authenticate.js";
import { allows } from "../../../src/http/access/principal.js";

let folder = "";
let access: Access;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lifecircle-access-"));
  const keysFile = join(folder, "api-keys.json");
  access = openAccess({ keysFile, oidc: null, loopback: true, warn: () => undefined });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOST = { host: "127.0.0.1:8080" };
const of = (headers: Record<string, string>) => access.authenticate(new Headers({ ...HOST, ...headers }));

describe("while there are no keys, on loopback", () => {
  test("a program of this machine may ask everything", async () => {
    expect((await of({})).role).toBe("admin");
  });

  test("a browser on our own page, or where a person typed the address, may ask for numbers and for nobody", async () => {
    for (const site of ["same-origin", "none"]) {
      const { role } = await of({ "sec-fetch-site": site });
      expect([allows(role, "numbers"), allows(role, "people"), allows(role, "members")]).toEqual([true, false, false]);
    }
    expect((await of({ origin: "http://127.0.0.1:8080" })).role).toBe("ops");
  });

  test("a page of another site, of another port, or of a name that was pointed here may not ask at all", async () => {
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:3000" },
      { origin: "https://evil.example" },
      { host: "evil.example", "sec-fetch-site": "same-origin" },
    ]) {
      await expect(of(headers)).rejects.toMatchObject({ status: 403 });
    }
  });
});
