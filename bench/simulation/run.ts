/** One seed: engines come, go, die and sleep over one stream, and what they leave behind is held against an undisturbed engine's. */
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import type { Scratch } from "../../src/circle/packed-runs.js";
import { type Lease, leaseKey, readLease } from "../../src/cluster/lease.js";
import { Member } from "../../src/cluster/member.js";
import { type ClusterParts, workOn } from "../../src/cluster.js";
import { Disturbances } from "./disturbance.js";
import type { Input } from "./input.js";
import { Entries, ObjectBucket, Store, Stream } from "./services.js";
import { Process, World } from "./world.js";

const LEASE_MS = 6000;
/** Faults strike for so long; afterwards all that is left to do is done undisturbed. */
const CALM_FROM_MS = 45_000;
const OVER_BY_MS = 600_000;
const MESSAGE_EVERY_MS = 1000;
const ENGINES = 3;
const LIMITS = { flushRowsMax: 30, flushMsMax: 700, checkpointMs: 1500 };

export interface SeedResult {
  readonly seed: number;
  /** What was found wrong; null when nothing was. */
  readonly wrong: string | null;
  /** Names everything that happened. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly simulatedSeconds: number;
  readonly log: readonly string[];
}

export async function runSeed(seed: number, input: Input, isLogged = false): Promise<SeedResult> {
  const world = new World(seed, CALM_FROM_MS, isLogged);
  const scene = new Scene(world, input);
  const wrong = await scene.play().then(
    () => scene.wrong,
    (error: unknown) => scene.wrong ?? (error instanceof Error ? error.message : String(error)),
  );
  const { digest, counts, nowMs } = world;
  return { seed, wrong, digest, counts, simulatedSeconds: nowMs / 1000, log: world.log ?? [] };
}

interface Running {
  readonly process: Process;
  readonly stop: AbortController;
}

class Scene {
  wrong: string | null = null;
  readonly #world: World;
  readonly #input: Input;
  readonly #entries = new Entries();
  readonly #objects = new ObjectBucket();
  readonly #store = new Store();
  readonly #stream: Stream;
  readonly #disturbances: Disturbances;
  readonly #running = new Set<Running>();
  /** Of each partition the last sequence that was acknowledged. */
  readonly #acknowledged: number[];
  readonly #torn = new Set<number>();
  #started = 0;
  #isEnding = false;

  constructor(world: World, input: Input) {
    this.#world = world;
    this.#input = input;
    this.#stream = new Stream(input.messages, MESSAGE_EVERY_MS);
    this.#acknowledged = input.messages.map(() => 0);
    const [entries, objects] = [this.#entries, this.#objects];
    const say = (wrong: string) => this.#say(wrong);
    this.#disturbances = new Disturbances({ world, input, entries, objects, say }, 2 * CALM_FROM_MS);
  }

  async play(): Promise<void> {
    const { messages, expected } = this.#input;
    for (let engine = 0; engine < ENGINES; engine++) this.#startSoon();
    this.#someLeave();
    this.#world.after(this.#world.random.range(0, 4 * CALM_FROM_MS), () => this.#tearNewest());
    const isRead = () => messages.every((all, partition) => this.#acknowledged[partition] === all.length);
    await this.#world.run(() => this.wrong !== null || isRead(), OVER_BY_MS);
    this.#isEnding = true;
    for (const { stop } of this.#running) stop.abort();
    await this.#world.run(() => this.wrong !== null || this.#running.size === 0, OVER_BY_MS);
    const difference = this.#store.tables.difference(expected, (row) => this.#disturbances.isLeftOut(row));
    if (difference !== null) this.#say(difference);
  }

  #say(wrong: string): void {
    this.wrong ??= wrong;
    this.#world.note(`WRONG: ${wrong}`);
  }

  #startSoon(): void {
    this.#world.after(this.#world.random.range(0, 8000), () => {
      if (!this.#isEnding) this.#start();
    });
  }

  /** Now and then an engine ends as it should, and another comes. */
  #someLeave(): void {
    this.#world.after(this.#world.random.range(3000, 30_000), () => {
      const all = [...this.#running];
      const leaving = all[this.#world.random.int(Math.max(1, all.length))];
      if (leaving !== undefined && !this.#world.isCalm) {
        this.#world.note(`${leaving.process.name} is asked to end`);
        leaving.stop.abort();
      }
      if (!this.#world.isCalm) this.#someLeave();
    });
  }

  /** Of each partition the newest checkpoint becomes unreadable; the one before it must do. */
  #tearNewest(): void {
    for (const [partition] of this.#acknowledged.entries()) {
      const entry = this.#entries.get(leaseKey(partition));
      const newest = Object.entries(entry === null ? {} : readLease(entry).files)
        // The names of a city's rows are needed by every state.
        .filter(([name]) => !name.startsWith("city-"))
        .sort()
        .at(-1);
      if (newest === undefined || this.#world.isCalm) continue;
      this.#world.note(`the checkpoint ${newest[0]} of partition ${partition} is torn`);
      this.#world.count("torn");
      this.#torn.add(partition);
      this.#objects.tear(newest[1]);
    }
  }

  #start(): void {
    const name = `p${++this.#started}`;
    const world = this.#world;
    world.note(`${name} starts`);
    const stop = new AbortController();
    const process = new Process(world, name, () => {
      this.#running.delete(running);
      this.#startSoon();
    });
    const running = { process, stop };
    this.#running.add(running);
    const scratch = this.#disturbances.scratchOf(process);
    let names = 0;
    let current = "";
    const member = new Member({
      ledger: this.#entries.of(process),
      partitions: this.#input.messages.length,
      clock: process.clock,
      leaseMs: LEASE_MS,
      newName: () => {
        current = `${name}-${++names}`;
        return current;
      },
      work: async (lease) => void (await workOn(lease, this.#partsOf(process, scratch, lease, current))),
      onHandOver: (partition, how) => {
        world.count(how);
        world.note(`${name} partition ${partition} ${how}`);
      },
      warn: (text) => world.note(`${name} warns: ${text}`),
    });
    member.run(stop.signal).then(
      () => this.#ended(running, "ends"),
      (error: unknown) => this.#ended(running, `ends with ${error instanceof Error ? error.message : error}`),
    );
  }

  #ended(running: Running, how: string): void {
    this.#world.note(`${running.process.name} ${how}`);
    running.process.kill();
  }

  #partsOf(process: Process, scratch: Scratch, lease: Lease, engine: string): ClusterParts {
    const { metrics } = this.#input;
    const options = { ...this.#input.options, scratch };
    const { partition } = lease;
    const warn = (text: string) => this.#world.note(`${process.name} warns: ${text}`);
    return {
      engine: () => ({
        ...this.#disturbances.partsOf(lease),
        ...{ options, metrics, warn, limits: LIMITS, clock: process.clock },
      }),
      source: () => {
        const source = this.#stream.of(process, partition);
        return { ...source, acknowledge: (upTo) => this.#acknowledge(partition, upTo.get(partition) ?? 0) };
      },
      writer: (before) =>
        this.#store.of(process, before, (rows) => {
          this.#mayWrite(partition, engine);
          this.#disturbances.mayWrite(partition, rows);
        }),
      writtenUpTo: this.#store.writtenUpTo(process),
      objects: this.#objects.of(process),
      warn,
    };
  }

  /** Nobody else may have the partition at the moment at which an engine decides to write. */
  #mayWrite(partition: number, engine: string): void {
    const entry = this.#entries.get(leaseKey(partition));
    const owner = entry === null ? null : readLease(entry).owner;
    if (owner !== engine) this.#say(`two writers: ${engine} writes partition ${partition}, which ${owner} has`);
  }

  /** What is acknowledged must be in the checkpoint that the next owner would find. */
  async #acknowledge(partition: number, sequence: number): Promise<void> {
    const entry = this.#entries.get(leaseKey(partition));
    const files = entry === null ? {} : readLease(entry).files;
    const checkpoints = await openCheckpoints(
      {
        place: "the check",
        names: () => Promise.resolve(Object.keys(files)),
        read: async (name) => this.#objects.read(files[name] ?? ""),
        write: () => Promise.reject(new Error("only reads")),
        remove: () => Promise.reject(new Error("only reads")),
      },
      (text) =>
        this.#torn.has(partition) ||
        text.startsWith("the reference data have changed") ||
        this.#say(`a checkpoint cannot be used: ${text}`),
    );
    const saved = (await checkpoints.restore(this.#disturbances.city, this.#input.options))?.[0]?.sequence ?? 0;
    if (saved < sequence && !this.#torn.has(partition))
      this.#say(`acknowledged before saved: partition ${partition}, ${sequence} and ${saved}`);
    this.#acknowledged[partition] = Math.max(sequence, this.#acknowledged[partition] ?? 0);
  }
}
