import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findStore } from "../../src/cli/find-store.js";
import { openConfiguredStore } from "../../src/cli/store.js";
import { loadConfig } from "../../src/config/load.js";

test("the store is opened after a question that has it open for itself, however long that takes, and not in the midst of it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "lifecircle-store-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const config = loadConfig({ file: undefined, env: {}, flags: { "data.dir": dir } });
  await (await openConfiguredStore(config, () => undefined)).close();
  const question = await findStore({ data: dir });
  let isAnswered = false;
  const opening = openConfiguredStore(config, () => undefined).then((store) => ({ store, wasAnswered: isAnswered }));
  const answer = await question.client.query({
    query: "SELECT sleepEachRow(1) AS zero FROM numbers(7)",
    clickhouse_settings: { max_block_size: "1" },
    format: "JSONEachRow",
  });
  expect(await answer.json()).toHaveLength(7);
  isAnswered = true;
  await question.close();
  const { store, wasAnswered } = await opening;
  expect(wasAnswered).toBe(true);
  expect(await store.store.isHealthy()).toBe(true);
  await store.close();
});
