/** Orders to forget somebody, over the death of an engine. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type CheckpointFiles, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { Engine, type EngineParts } from "../../src/engine.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { Exclusion, NOBODY } from "../../src/signal/exclusion.js";
import { deliveriesOf, listSource, OPTIONS, smallCity, temporary } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";

type Told = Pick<EngineParts, "source" | "checkpoints" | "privacy">;

const engineOf = (told: Told) =>
  new Engine({
    ...told,
    city: smallCity(),
    options: OPTIONS,
    writer: { write: () => Promise.resolve() },
    metrics: createMetrics(),
    warn: () => undefined,
    limits: { flushRowsMax: 20, flushMsMax: 1e9, checkpointMs: 0 },
  });

test("an order that an engine had half done when it died is done by the next: no older checkpoint holds the person", async () => {
  const deliveries = await deliveriesOf(smallSignalling(12, 4));
  const [lo = 0, hi = 0] = deliveries.find(({ batch }) => batch !== null)?.batch?.subscriber ?? [];
  const orders = {
    exclusion: new Exclusion([{ hi, lo, sentUntilMs: Number.POSITIVE_INFINITY }]),
    forget: [{ hi, lo }],
    upToMs: 7,
  };
  const path = temporary("checkpoints");
  const bytes = Buffer.from(new Uint32Array([lo, hi]).buffer);
  const holds = () => readdirSync(path).some((name) => readFileSync(join(path, name)).includes(bytes));
  const folder = await openCheckpointFolder(path);
  let isOrdered = false;
  let isDead = false;
  const dying: CheckpointFiles = {
    ...folder,
    async write(name, parts) {
      if (isDead) throw new Error("killed");
      await folder.write(name, parts);
    },
    // It dies when the checkpoint without the person is there, and before the older ones are removed.
    async remove(name) {
      isDead ||= isOrdered;
      if (isDead) throw new Error("killed");
      await folder.remove(name);
    },
  };
  const source = listSource(deliveries, async () => {
    await pause(1);
    if (isDead) throw new Error("killed");
  });
  const first = engineOf({
    source,
    checkpoints: await openCheckpoints(dying, () => undefined),
    privacy: {
      changed() {
        if (isOrdered || source.pulled < 25) return null;
        isOrdered = true;
        return orders;
      },
      forgotten: () => expect.unreachable("it died before"),
    },
  });
  await expect(first.run()).rejects.toThrow("killed");
  expect([isDead, holds()]).toEqual([true, true]);

  let isAsked = false;
  let told = 0;
  const next = engineOf({
    source: listSource(deliveries),
    checkpoints: await openCheckpoints(folder, () => undefined),
    privacy: {
      changed() {
        if (isAsked) return null;
        isAsked = true;
        return orders;
      },
      forgotten() {
        told++;
        expect(holds()).toBe(false);
      },
    },
  });
  await next.run();
  expect(told).toBe(1);
});

test("an order is not done while files of an engine lie there that died before it wrote its first head", async () => {
  const path = temporary("checkpoints");
  const folder = await openCheckpointFolder(path);
  await folder.write("blocks-000000000001", [Buffer.from(new Uint32Array([5, 6]).buffer)]);
  let isAsked = false;
  const told: string[][] = [];
  const next = engineOf({
    source: listSource([]),
    checkpoints: await openCheckpoints(folder, () => undefined),
    privacy: {
      changed() {
        if (isAsked) return null;
        isAsked = true;
        return { exclusion: NOBODY, forget: [{ lo: 5, hi: 6 }], upToMs: 7 };
      },
      forgotten: () => told.push(readdirSync(path)),
    },
  });
  await next.run();
  expect(told).toEqual([[expect.stringMatching(/^city-/), expect.stringMatching(/^state-/)]]);
});
