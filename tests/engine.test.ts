import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { type Checkpoints, openCheckpoints } from "../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../src/checkpoint/folder.js";
import { Engine, type EngineParts, SYSTEM_CLOCK } from "../src/engine.js";
import type { LoadedCity } from "../src/geo/load.js";
import { createMetrics } from "../src/metrics/metrics.js";
import type { RowSet } from "../src/rows.js";
import { Exclusion, NOBODY } from "../src/signal/exclusion.js";
import { formatPseudonym } from "../src/signal/identity.js";
import type { PrivacyWatch } from "../src/signal/privacy-watch.js";
import { REASON_NAMES } from "../src/signal/reason.js";
import { UserError } from "../src/signal/user-error.js";
import type { Delivery } from "../src/source/source.js";
import { StoreError } from "../src/store/store-error.js";
import { deliveriesOf, listSource, OPTIONS, smallCity, stored, temporary } from "./derivation.js";
import { smallSignalling } from "./smoke/small-city.js";

let city: LoadedCity;
let deliveries: Delivery[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(24, 4));
});

const NEVER = { flushRowsMax: 1e9, flushMsMax: 1e9, checkpointMs: 1e9 };
const ALWAYS = { flushRowsMax: 1, flushMsMax: 0, checkpointMs: 0 };

function engineOf(parts: Partial<EngineParts> & Pick<EngineParts, "source">, epochs: RowSet[] = []): Engine {
  return new Engine({
    city,
    options: OPTIONS,
    writer: { write: async (rows) => void epochs.push(rows) },
    checkpoints: null,
    metrics: createMetrics(),
    limits: NEVER,
    warn: () => undefined,
    ...parts,
  });
}

async function undisturbed(): Promise<string[]> {
  const epochs: RowSet[] = [];
  await engineOf({ source: listSource(deliveries) }, epochs).run();
  return stored(epochs);
}

const folderOf = async (path = temporary("checkpoints")) =>
  openCheckpoints(await openCheckpointFolder(path), () => undefined);

test("an epoch's rows are written first, then its snapshot, and only then it is acknowledged", async () => {
  const steps: string[] = [];
  const folder = await folderOf();
  const source = listSource(deliveries.slice(0, 40));
  const acknowledge = source.acknowledge;
  source.acknowledge = (upTo) => {
    steps.push("acknowledge");
    return acknowledge(upTo);
  };
  const checkpoints: Checkpoints = {
    ...folder,
    async save(snapshot) {
      steps.push("save");
      await folder.save(snapshot);
    },
  };
  const writer = {
    async write() {
      steps.push("write");
      await pause(1);
    },
  };
  await engineOf({ source, checkpoints, writer, limits: ALWAYS }).run();
  const joined = steps.join(" ");
  expect(joined).toMatch(/^((write )*save (write )*acknowledge ?)+$/);
  expect(joined).toMatch(/^write save /);
  expect([...(source.acknowledged.at(-1) ?? [])].length).toBe(2);
});

test("wherever an engine dies, the next one writes the same rows again and no others", async () => {
  const expected = await undisturbed();
  expect(expected.length).toBeGreaterThan(300);
  const deaths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
  // With a clock that goes on whenever it is asked, partitions are saved together, or in turn and seldom.
  await fc.assert(
    fc.asyncProperty(deaths, fc.constantFrom(0, 8, 20), async (lives, checkpointMs) => {
      const epochs: RowSet[] = [];
      const checkpoints = await folderOf();
      let ms = 0;
      const clock = { ...SYSTEM_CLOCK, now: () => ms++ };
      for (const writesMax of [...lives, Number.POSITIVE_INFINITY]) {
        let writes = 0;
        const writer = {
          async write(rows: RowSet) {
            epochs.push(rows);
            // The store has the rows, but the engine never hears of it.
            if (++writes > writesMax) throw new StoreError("gone", "fatal");
          },
        };
        const limits = { flushRowsMax: 40, flushMsMax: 1e9, checkpointMs };
        const run = engineOf({ source: listSource(deliveries), checkpoints, writer, limits, clock }).run();
        if (
          await run.then(
            () => true,
            (error) => !(error instanceof StoreError),
          )
        )
          break;
      }
      expect(stored(epochs)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

test("a stop in between saves everything taken, and the next run goes on behind it", async () => {
  const expected = await undisturbed();
  const epochs: RowSet[] = [];
  const checkpoints = await folderOf();
  const first = listSource(deliveries, (number) => number === 30 && first.close());
  await engineOf({ source: first, checkpoints }, epochs).run();
  expect(first.pulled).toBe(30);
  const second = listSource(deliveries);
  await engineOf({ source: second, checkpoints }, epochs).run();
  expect(second.pulled).toBe(deliveries.length - 30);
  expect(stored(epochs)).toEqual(expected);
});

test("a checkpoint that cannot be written raises an alarm and is tried again; nothing is acknowledged meanwhile", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await folderOf(path);
  const metrics = createMetrics();
  const warnings: string[] = [];
  const alarms: string[][] = [];
  const acknowledged: number[] = [];
  const source = listSource(deliveries, async (number) => {
    await pause(1);
    if (number === 10) {
      // The engine may be writing there, so it cannot be emptied first.
      renameSync(path, `${path}.away`);
      writeFileSync(path, "in the way");
    }
    if (number === 30) {
      await vi.waitFor(() => expect(metrics.alarms()).not.toEqual([]), 10_000);
      acknowledged.push(source.acknowledged.length);
      alarms.push(metrics.alarms());
    }
    if (number === 31) {
      acknowledged.push(source.acknowledged.length);
      rmSync(path);
      mkdirSync(path);
    }
  });
  const warn = (message: string) => warnings.push(message);
  await engineOf({ source, checkpoints, metrics, limits: ALWAYS, warn }).run();
  expect(alarms).toEqual([["checkpoint_failed"]]);
  expect(acknowledged[1]).toBe(acknowledged[0]);
  expect(warnings[0]).toMatch(/the checkpoint cannot be written \(.*\); going on/);
  expect(metrics.alarms()).toEqual([]);
  expect(source.pulled).toBe(deliveries.length);
  expect(source.acknowledged.length).toBeGreaterThan(acknowledged[1] ?? 0);
});

test("when even the last checkpoint cannot be written, the end says so", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await folderOf(path);
  const source = listSource(deliveries.slice(0, 5), (number) => {
    if (number !== 2) return;
    rmSync(path, { recursive: true, maxRetries: 50, retryDelay: 2 });
    writeFileSync(path, "in the way");
  });
  const run = engineOf({ source, checkpoints }).run();
  await expect(run).rejects.toThrow(/the state cannot be saved/);
});

test("while the store does not answer, one epoch fills and then nothing more is pulled", async () => {
  let answer = () => undefined as unknown;
  const source = listSource(deliveries);
  const writer = {
    write: () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  };
  const engine = engineOf({ source, writer, limits: { flushRowsMax: 20, flushMsMax: 1e9, checkpointMs: 1e9 } });
  const run = engine.run();
  await pause(300);
  const pulled = source.pulled;
  expect(pulled).toBeGreaterThan(0);
  expect(pulled).toBeLessThan(deliveries.length / 2);
  await pause(300);
  expect(source.pulled).toBe(pulled);
  const answering = setInterval(() => answer(), 1);
  await run;
  clearInterval(answering);
  expect(source.pulled).toBe(deliveries.length);
});

test("a store that gave up ends the run with its error, and the source is let go", async () => {
  const source = listSource(deliveries);
  let isClosed = false;
  source.close = async () => {
    isClosed = true;
  };
  const writer = { write: () => Promise.reject(new StoreError("insert into stays_rows: refused", "away")) };
  await expect(engineOf({ source, writer, limits: ALWAYS }).run()).rejects.toThrow("insert into stays_rows: refused");
  expect(isClosed).toBe(true);
  expect(source.pulled).toBeLessThan(deliveries.length);
});

test("what was read before a source broke off is written, and then its error is told", async () => {
  const epochs: RowSet[] = [];
  const source = listSource(deliveries, (number) => {
    if (number === 60) throw new UserError("signalling.csv.gz: the gzip data end in the middle");
  });
  await expect(engineOf({ source }, epochs).run()).rejects.toThrow("end in the middle");
  expect(stored(epochs).length).toBeGreaterThan(20);
});

test("the counts of a run are those of its rows, and the metrics say the same", async () => {
  const epochs: RowSet[] = [];
  const metrics = createMetrics();
  const totals = await engineOf({ source: listSource(deliveries), metrics, limits: ALWAYS }, epochs).run();
  expect(totals.events).toBe(24 * 4 * 72);
  expect(totals.stays).toBe(epochs.reduce((sum, { stays }) => sum + stays.length, 0));
  expect(totals.rejected.unknown_cell).toBe(
    epochs.flatMap(({ rejected }) => rejected).filter(({ reason }) => reason === "unknown_cell").length,
  );
  const text = await metrics.registry.metrics();
  expect(text).toContain(`lifecircle_events_total ${totals.events}\n`);
  expect(text).toContain(`lifecircle_stays_total ${totals.stays}\n`);
  expect(text).toContain("lifecircle_subscribers 24\n");
  for (const reason of REASON_NAMES)
    expect(text).toContain(`lifecircle_rejected_total{reason="${reason}"} ${totals.rejected[reason]}\n`);
  expect(text).toContain(`lifecircle_cleaned_total{rule="ping_pong"} ${totals.pingPong}\n`);
});

/** The subscriber of the first event. */
function somebody(): { readonly hi: number; readonly lo: number; readonly partition: number } {
  const first = deliveries.find(({ batch }) => batch !== null);
  const subscriber = first?.batch?.subscriber ?? new Uint32Array(2);
  return { hi: subscriber[1] as number, lo: subscriber[0] as number, partition: first?.partition ?? 0 };
}

function names({ hi, lo }: { hi: number; lo: number }) {
  return (row: string) =>
    row.includes(formatPseudonym(hi, lo)) || row.includes(`"subscriberHi":${hi},"subscriberLo":${lo},`);
}

/** The bytes of all files of a folder; an engine may be removing some of them. */
function heldIn(path: string): Buffer {
  return Buffer.concat(
    readdirSync(path).map((name) => {
      try {
        return readFileSync(join(path, name));
      } catch {
        return Buffer.alloc(0);
      }
    }),
  );
}

test("who is forgotten while the engine runs is out of memory, of rows under way and of every checkpoint; all others are as ever", async () => {
  const expected = await undisturbed();
  const person = somebody();
  const isNamed = names(person);
  expect(expected.filter(isNamed).length).toBeGreaterThan(10);
  const bytes = Buffer.from(new Uint32Array([person.lo, person.hi]).buffer);
  const path = temporary("checkpoints");
  const folder = await folderOf(path);
  const epochs: RowSet[] = [];
  let told = 0;
  const source = listSource(deliveries, () => pause(0));
  const forgetAt = Math.floor(deliveries.length / 2);
  const privacy: PrivacyWatch = {
    changed() {
      if (told > 0 || source.pulled < forgetAt) return null;
      told = 1;
      expect(heldIn(path).includes(bytes)).toBe(true);
      // On the opt-out list as well, or the events of the other half would bring the person back.
      const exclusion = new Exclusion([{ hi: person.hi, lo: person.lo, sentUntilMs: Number.POSITIVE_INFINITY }]);
      return { exclusion, forget: [person], upToMs: 7 };
    },
    forgotten(upToMs) {
      expect(upToMs).toBe(7);
      told = 2;
      epochs.length = 0;
      expect(heldIn(path).includes(bytes)).toBe(false);
    },
  };
  const all: RowSet[] = [];
  const writer = {
    write: async (rows: RowSet) => {
      epochs.push(rows);
      all.push(rows);
    },
  };
  const engine = engineOf({ source, checkpoints: folder, privacy, writer, limits: ALWAYS });
  const totals = await engine.run();
  expect(told).toBe(2);
  expect(totals.excluded).toBeGreaterThan(10);
  // Rows that were under way when it was forgotten are written before `forgotten` is told; after it there are none.
  expect(stored(epochs).filter(isNamed)).toEqual([]);
  const isOfOthers = (row: string) => !isNamed(row) && !row.startsWith("presence ");
  expect(stored(all).filter(isOfOthers)).toEqual(expected.filter(isOfOthers));
});

test("an event that was sent before its subscriber was forgotten is dropped, one that was sent later is taken", async () => {
  const person = somebody();
  const exclusion = new Exclusion([{ hi: person.hi, lo: person.lo, sentUntilMs: 100 }]);
  const excluded = async (sentMs: number | undefined) => {
    const sent = deliveries.map((delivery) => (sentMs === undefined ? delivery : { ...delivery, sentMs }));
    let isTaken = false;
    const changed = () => {
      if (isTaken) return null;
      isTaken = true;
      return { exclusion, forget: [], upToMs: 0 };
    };
    const source = listSource(sent);
    return (await engineOf({ source, privacy: { changed, forgotten: () => undefined } }).run()).excluded;
  };
  expect(await excluded(100)).toBeGreaterThan(100);
  expect(await excluded(101)).toBe(0);
  expect(await excluded(undefined)).toBe(0);
});

test("an order that cannot be saved is not told as done until a checkpoint has been written", async () => {
  const person = somebody();
  const folder = await folderOf();
  let fails = 3;
  const checkpoints: Checkpoints = {
    ...folder,
    save(snapshot, alone) {
      if (alone === true && fails-- > 0) return Promise.reject(new Error("no space left on device"));
      return folder.save(snapshot, alone);
    },
  };
  let asked = 0;
  let failsWhenTold = 99;
  const privacy: PrivacyWatch = {
    // Once it was heard of.
    changed: () => (asked++ === 20 ? { exclusion: NOBODY, forget: [person], upToMs: 9 } : null),
    forgotten: () => {
      failsWhenTold = fails;
    },
  };
  await engineOf({ source: listSource(deliveries, () => pause(1)), checkpoints, privacy, limits: ALWAYS }).run();
  expect(failsWhenTold).toBe(-1);
  expect(fails).toBe(-1);
});

test("an order for somebody whom it never heard of is done with the next epoch, and takes no checkpoint for itself", async () => {
  const folder = await folderOf();
  let alones = 0;
  const checkpoints: Checkpoints = {
    ...folder,
    save(snapshot, alone) {
      if (alone === true) alones++;
      return folder.save(snapshot, alone);
    },
  };
  let asked = 0;
  let told = 0;
  const privacy: PrivacyWatch = {
    changed: () => (asked++ === 20 ? { exclusion: NOBODY, forget: [{ hi: 1, lo: 2 }], upToMs: 9 } : null),
    forgotten: (upToMs) => {
      told = upToMs;
    },
  };
  await engineOf({ source: listSource(deliveries, () => pause(1)), checkpoints, privacy, limits: ALWAYS }).run();
  expect(told).toBe(9);
  expect(alones).toBe(0);
});
