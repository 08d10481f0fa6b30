import { afterAll, beforeAll, expect, test } from "vitest";
import { keysPath, readKeys } from "../../src/http/access/keys.js";
import { build, folder, lifecircle } from "./lifecircle.js";

const data = folder();

beforeAll(build, 60_000);
afterAll(data.remove);

test("keys that several commands make and revoke at once are all made and stay revoked", async () => {
  const key = (...args: string[]) => lifecircle(["key", ...args, "--data", data.path, "--json"]);
  const create = (name: string) => key("create", "--name", name, "--role", "ops");
  const first = JSON.parse((await create("first")).stdout);
  const ended = await Promise.all([create("a"), create("b"), key("revoke", first.id), create("c"), create("d")]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const keys = readKeys(keysPath(data.path));
  expect(keys.map(({ name }) => name).sort()).toEqual(["a", "b", "c", "d", "first"]);
  expect(keys.find(({ id }) => id === first.id)?.revoked).not.toBeNull();
}, 60_000);
