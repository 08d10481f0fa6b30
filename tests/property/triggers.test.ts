/** Triggers through the whole engine: what is told depends on the events alone, whatever happens to the engine. */
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Checkpoints, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { Engine, type EngineParts } from "../../src/engine.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Delivery } from "../../src/source/source.js";
import { StoreError } from "../../src/store/store-error.js";
import type { NoticeSink } from "../../src/trigger/notice.js";
import type { Trigger } from "../../src/trigger/trigger.js";
import { deliveriesOf, listSource, OPTIONS, smallCity, temporary } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";
import { triggerOf } from "../trigger/fences.js";

let city: LoadedCity;
let deliveries: Delivery[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(24, 4));
});

const LIMITS = { flushRowsMax: 40, flushMsMax: 1e9, checkpointMs: 0 };

function engineOf(parts: Partial<EngineParts> & Pick<EngineParts, "source">): Engine {
  return new Engine({
    city,
    options: OPTIONS,
    writer: { write: async () => undefined },
    checkpoints: null,
    metrics: createMetrics(),
    limits: LIMITS,
    warn: () => undefined,
    ...parts,
  });
}

const folderOf = async () => openCheckpoints(await openCheckpointFolder(temporary("checkpoints")), () => undefined);

/** Notes what it is told, as the stream would keep it: one of each. */
function noticesOf(told: Set<string>): NoticeSink {
  return {
    tell(notices) {
      for (const { key, subscriberHi, subscriberLo, change, timeMs } of notices)
        told.add(`${key} ${formatPseudonym(subscriberHi, subscriberLo)} ${change} ${timeMs}`);
    },
    room: async () => undefined,
    told: async () => undefined,
  };
}

/** The two westernmost of the six columns of cells: some live there and work elsewhere. */
const STRIP = [
  [113.29, 23.0],
  [113.312, 23.0],
  [113.312, 23.2],
  [113.29, 23.2],
  [113.29, 23.0],
];

const TRIGGERS = (["enter", "leave"] as const).flatMap((on) => [
  triggerOf({
    trigger: `strip-${on}`,
    on,
    where: { kind: "polygon", polygons: [[STRIP]] },
    cap: { times: 2, days: 3 },
  }),
  ...["W", "E"].flatMap((region) => [
    triggerOf({ trigger: `${region}-${on}`.toLowerCase(), on, where: { kind: "region", region } }),
    triggerOf({
      trigger: `home-${region}-${on}`.toLowerCase(),
      on,
      where: { kind: "circle", circle: `home:${region}` },
      quiet: { from: "22:00", to: "08:00" },
    }),
  ]),
]);

/** Hands the triggers over once, as the store's watch does. */
function once(triggers: readonly Trigger[]) {
  let next: readonly Trigger[] | null = triggers;
  return () => {
    const now = next;
    next = null;
    return now;
  };
}

test("wherever an engine dies, triggers tell of the same people and times as undisturbed, and of no others", async () => {
  const expected = new Set<string>();
  const whole = { source: listSource(deliveries), changedTriggers: once(TRIGGERS), notices: noticesOf(expected) };
  await engineOf(whole).run();
  expect(new Set([...expected].map((one) => one.split("@")[0])).size).toBeGreaterThan(4);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }), async (lives) => {
      const told = new Set<string>();
      const checkpoints = await folderOf();
      for (const writesMax of [...lives, Number.POSITIVE_INFINITY]) {
        let writes = 0;
        const writer = {
          async write() {
            if (++writes > writesMax) throw new StoreError("gone", "fatal");
          },
        };
        const parts = { source: listSource(deliveries), checkpoints, writer };
        const run = engineOf({ ...parts, changedTriggers: once(TRIGGERS), notices: noticesOf(told) }).run();
        await run.catch((error) => expect(error).toBeInstanceOf(StoreError));
      }
      expect([...told].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 10 },
  );
});

test("no snapshot is saved before the notices that it holds as told are where they cannot be lost", async () => {
  let handedOver = 0;
  let safe = 0;
  const notices: NoticeSink = {
    tell(some) {
      handedOver += some.length;
    },
    room: async () => undefined,
    async told() {
      const upTo = handedOver;
      await pause(1);
      safe = upTo;
    },
  };
  const folder = await folderOf();
  const safeAtSave: number[] = [];
  const checkpoints: Checkpoints = {
    ...folder,
    async save(snapshot) {
      safeAtSave.push(safe);
      await folder.save(snapshot);
    },
  };
  await engineOf({
    source: listSource(deliveries),
    checkpoints,
    changedTriggers: once(TRIGGERS),
    notices,
  }).run();
  expect(handedOver).toBeGreaterThan(10);
  expect(safeAtSave.at(-1)).toBe(handedOver);
});
