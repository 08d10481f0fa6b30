import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isPassing, StoreError } from "../../src/store/store-error.js";
import { startTestServer, type TestServer } from "./support.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** What a question to a store at an address ends with. */
async function faultAt(url: string, query: string, requestMsMax = 10_000): Promise<unknown> {
  const client = createClient({ url, request_timeout: requestMsMax, log: { level: ClickHouseLogLevel.OFF } });
  try {
    return await client.query({ query, format: "JSONEachRow" }).then(
      () => null,
      (error: unknown) => error,
    );
  } finally {
    await client.close();
  }
}

test("what a store answers that is away, busy or slow passes", async () => {
  expect(isPassing(await faultAt("http://127.0.0.1:1", "SELECT 1"))).toBe(true);
  expect(isPassing(await faultAt(server.url, "SELECT sleep(2)", 200))).toBe(true);
  expect(
    isPassing(await faultAt(server.url, "SELECT sum(number) FROM numbers(1e12) SETTINGS max_execution_time = 0.2")),
  ).toBe(true);
  expect(isPassing(new StoreError("away", "away"))).toBe(true);
});

test("a wrong statement and a fault of ours do not pass", async () => {
  expect(isPassing(await faultAt(server.url, "SELECT nothing FROM nowhere"))).toBe(false);
  expect(isPassing(new TypeError("undefined is not a function"))).toBe(false);
  expect(isPassing("text")).toBe(false);
});
