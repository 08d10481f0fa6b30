import { expect, test } from "vitest";
import { KEYS, KEYS_BY_ENVIRONMENT } from "../../src/config/keys.js";

test("the name in the environment is the path in upper case with underscores", () => {
  const names = ["stream.url", "stream.maxBytesGb", "store.tls.caFile", "store.ttlDays.membershipLog", "h3.resolution"];
  expect(names.map((path) => KEYS.get(path)?.environment)).toEqual([
    "LIFECIRCLE_STREAM_URL",
    "LIFECIRCLE_STREAM_MAX_BYTES_GB",
    "LIFECIRCLE_STORE_TLS_CA_FILE",
    "LIFECIRCLE_STORE_TTL_DAYS_MEMBERSHIP_LOG",
    "LIFECIRCLE_H3_RESOLUTION",
  ]);
  expect(KEYS.get("pseudonym.key")?.environment).toBe("LIFECIRCLE_PSEUDONYM_KEY");
});

test("no two keys share a name in the environment", () => {
  expect(KEYS_BY_ENVIRONMENT.size).toBe(KEYS.size);
});

test("every key that sounds like a secret is one", () => {
  const sounding = [...KEYS.values()].filter((key) => /(password|token|secret|key)$/i.test(key.path));
  expect(sounding.filter((key) => key.secret === undefined)).toEqual([]);
});
