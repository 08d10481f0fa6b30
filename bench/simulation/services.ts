/** The services that engines of a simulation share: entries, objects, a stream and a store, each as strict as the real one. */

import type { WrittenUpTo } from "../../src/checkpoint/checked-store.js";
import { SnapshotFault } from "../../src/checkpoint/snapshot-fault.js";
import type { Entry, Ledger } from "../../src/cluster/ledger.js";
import type { Objects } from "../../src/cluster/objects.js";
import type { RowSet } from "../../src/rows.js";
import { BoundedPull, type OpenConsumer, type StreamMessage } from "../../src/source/nats/bounded-pull.js";
import type { Delivery, Source } from "../../src/source/source.js";
import { StoreError } from "../../src/store/store-error.js";
import type { StoreWriter } from "../../src/store/writer.js";
import { type Row, Tables, tablesOf } from "./tables.js";
import type { Process } from "./world.js";

/** Entries with revisions; who watches them sees each change a moment later, in order. */
export class Entries {
  readonly #entries = new Map<string, Entry>();
  readonly #watchers: ((key: string, entry: Entry | null) => void)[] = [];
  #revision = 0;

  get(key: string): Entry | null {
    return this.#entries.get(key) ?? null;
  }

  set(key: string, value: string | null, revision: number): number | null {
    if ((this.#entries.get(key)?.revision ?? 0) !== revision) return null;
    this.#revision++;
    const entry = value === null ? null : { value, revision: this.#revision };
    if (entry === null) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    for (const watcher of this.#watchers) watcher(key, entry);
    return this.#revision;
  }

  /** The entries as a process sees and writes them. */
  of(process: Process): Ledger {
    const known = new Map(this.#entries);
    const { world } = process;
    let seenMs = 0;
    this.#watchers.push((key, entry) => {
      if (process.isDead) return;
      seenMs = Math.max(seenMs, world.nowMs + world.random.range(0.1, world.random.chance(0.02) ? 5000 : 30));
      world.after(seenMs - world.nowMs, () =>
        process.wake(() => {
          if (entry === null) known.delete(key);
          else known.set(key, entry);
        }),
      );
    });
    return {
      entries: () => known,
      get: (key) => process.call("ledger", `get ${key}`, () => this.get(key)),
      update: (key, value, revision) =>
        process.call("ledger", `update ${key} ${revision}`, () => this.set(key, value, revision)),
      remove: (key, revision) =>
        process.call("ledger", `remove ${key} ${revision}`, () => this.set(key, null, revision) !== null),
    };
  }
}

/** Objects, whole or not there. */
export class ObjectBucket {
  readonly #objects = new Map<string, Buffer>();

  get names(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** An object that the disk has lost half of. */
  tear(name: string): void {
    const bytes = this.read(name);
    this.#objects.set(name, bytes.subarray(0, bytes.length / 2));
  }

  read(name: string): Buffer {
    const bytes = this.#objects.get(name);
    if (bytes === undefined) throw new SnapshotFault(`gone: ${name}`);
    return bytes;
  }

  of(process: Process): Objects {
    const call = <T>(what: string, apply: () => T) => process.call("objects", what, apply);
    return {
      place: "objects",
      names: (prefix) =>
        call(`names ${prefix}`, () => [...this.#objects.keys()].filter((name) => name.startsWith(prefix))),
      get: (name) => call(`get ${name}`, () => this.read(name)),
      put: (name, bytes) => call(`put ${name}`, () => void this.#objects.set(name, Buffer.from(bytes))),
      remove: (name) => call(`remove ${name}`, () => void this.#objects.delete(name)),
    };
  }
}

/** A message of the stream, decoded beforehand. */
interface SimulatedMessage extends StreamMessage {
  readonly delivery: Delivery;
}

/** The stream, whose messages come at their times; each partition is pulled by the engine's own `BoundedPull`. */
export class Stream {
  readonly #messages: readonly (readonly Delivery[])[];
  readonly #everyMs: number;

  constructor(messages: readonly (readonly Delivery[])[], everyMs: number) {
    this.#messages = messages;
    this.#everyMs = everyMs;
  }

  of(process: Process, partition: number): Source {
    const stream = this;
    let pull: BoundedPull<SimulatedMessage> | null = null;
    let isClosed = false;
    let wake: () => void = () => undefined;
    return {
      async *deliveries(after) {
        if (isClosed) return;
        pull = stream.#pull(process, partition, after.get(partition) ?? 0, () => wake());
        void pull.run();
        while (!isClosed) {
          const pulled = pull.take();
          if (pulled !== undefined) yield pulled.message.delivery;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      },
      acknowledge: () => Promise.resolve(),
      async close() {
        isClosed = true;
        pull?.close();
        wake();
      },
    };
  }

  #pull(process: Process, partition: number, afterSequence: number, onMessage: () => void) {
    return new BoundedPull<SimulatedMessage>({
      label: `partition ${partition}`,
      afterSequence,
      messagesInFlightMax: 8,
      pollMs: 1000,
      connected: () => Promise.resolve(),
      open: ({ lastSequence }) =>
        process.call("stream", "consumer", () => this.#consumer(process, partition, lastSequence)),
      onMessage,
      onRepeated: () => undefined,
      onFailure: () => process.kill(),
      warn: () => undefined,
      wait: (ms) => process.wait(ms),
    });
  }

  /** A consumer that sends some messages twice, and some before those that they follow. */
  #consumer(process: Process, partition: number, after: number): OpenConsumer<SimulatedMessage> {
    const { world } = process;
    const all = this.#messages[partition] ?? [];
    let next = after;
    let delivered = 0;
    const due = () => Math.min(all.length, Math.floor(world.nowMs / this.#everyMs));
    const take = (max: number): SimulatedMessage[] => {
      const taken: SimulatedMessage[] = [];
      for (; next < due() && taken.length < max; next++) {
        const info = { deliverySequence: ++delivered, pending: due() - next - 1 };
        taken.push({ seq: next + 1, info, delivery: all[next] as Delivery });
        if (!world.strikes("redelivered")) continue;
        // As after a lost acknowledgement: an older one comes again, counted as a delivery of its own or not.
        const old = world.random.int(next + 1);
        const again = { deliverySequence: world.random.chance(0.5) ? ++delivered : delivered, pending: 0 };
        taken.push({ seq: old + 1, info: again, delivery: all[old] as Delivery });
      }
      if (taken.length > 1 && world.strikes("reordered")) taken.reverse();
      return taken;
    };
    return {
      waiting: due() - next,
      stillWaiting: () => Promise.resolve(due() - next),
      consumer: {
        delete: () => Promise.resolve(),
        async fetch({ max_messages }) {
          let isStopped = false;
          const fetched = await process.call("stream", `fetch ${partition}`, () => take(max_messages));
          if (fetched.length === 0) await process.wait(50);
          async function* messages() {
            for (const message of fetched) {
              if (isStopped) return;
              yield message;
            }
          }
          return Object.assign(messages(), {
            stop() {
              isStopped = true;
            },
          });
        },
      },
    };
  }
}

const RETRIES_MAX = 3;

async function retried<T>(
  process: Process,
  what: string,
  work: () => T,
  before: () => Promise<void> = async () => undefined,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    await before();
    try {
      return await process.call("store", what, work);
    } catch (error) {
      if (tries === RETRIES_MAX) throw new StoreError(String(error), "away");
      await process.wait(200 * 2 ** tries);
    }
  }
}

/** A store that replaces rows by their keys. A process's writer makes an insert a table, and tries again what failed. */
export class Store {
  readonly tables = new Tables();
  readonly #writtenUpTo = new Map<number, number>();

  writtenUpTo(process: Process): WrittenUpTo {
    return {
      note: (positions) =>
        retried(process, "note how far rows are written", () => {
          for (const [partition, sequence] of positions)
            this.#writtenUpTo.set(partition, Math.max(sequence, this.#writtenUpTo.get(partition) ?? 0));
        }),
      read: () => retried(process, "see how far rows are written", () => new Map(this.#writtenUpTo)),
    };
  }

  /** @param onInsert told at the moment at which a process decides to send an insert, and of what */
  of(process: Process, before: () => Promise<void>, onInsert: (rows: readonly Row[]) => void): StoreWriter {
    const insert = (table: string, rows: readonly string[][]) =>
      retried(
        process,
        `insert ${rows.length} ${table}`,
        () => this.tables.put(rows),
        async () => {
          await before();
          onInsert(rows);
        },
      );
    return {
      async write(rows: RowSet) {
        for (const [table, encoded] of tablesOf(rows)) if (encoded.length > 0) await insert(table, encoded);
      },
    };
  }
}
