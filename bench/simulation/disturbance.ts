/** What happens to a scene beside the faults: diaries lie on disks, reference data change, and somebody is forgotten. */
import { ScratchFile, type ScratchPlace } from "../../src/checkpoint/scratch-file.js";
import { type Lease, leaseKey, readLease } from "../../src/cluster/lease.js";
import type { EngineParts } from "../../src/engine.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Exclusion } from "../../src/signal/exclusion.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { PrivacyWatch } from "../../src/signal/privacy-watch.js";
import { type Input, REMOTE_REGION, remoteSubscriber } from "./input.js";
import type { Entries, ObjectBucket } from "./services.js";
import type { Row } from "./tables.js";
import type { Process, World } from "./world.js";

const NEVER_MS = Number.POSITIVE_INFINITY;
/** When they are given, orders name themselves by this. */
const ORDER = 1;

interface Parts {
  readonly world: World;
  readonly input: Input;
  readonly entries: Entries;
  readonly objects: ObjectBucket;
  readonly say: (wrong: string) => void;
}

export class Disturbances {
  readonly #parts: Parts;
  readonly #changedFromMs: number;
  readonly #orderedFromMs: number;
  /** Bytes of diaries that a process may have in memory. */
  readonly #heldBytesMax: number;
  /** Partitions that hold the one who is forgotten no more, by what an engine has said. */
  readonly #forgotten = new Set<number>();

  /** @param overMs until when anything happens */
  constructor(parts: Parts, overMs: number) {
    const { random } = parts.world;
    const sometimes = () => (random.chance(0.5) ? random.range(0, overMs) : NEVER_MS);
    this.#parts = parts;
    this.#changedFromMs = sometimes();
    this.#orderedFromMs = sometimes();
    this.#heldBytesMax = [0, 300, NEVER_MS][random.int(3)] as number;
  }

  /** The reference data as they are now. */
  get city(): LoadedCity {
    const { world, input } = this.#parts;
    return world.nowMs < this.#changedFromMs ? input.city : input.changedCity;
  }

  get #isOrdered(): boolean {
    return this.#parts.world.nowMs >= this.#orderedFromMs;
  }

  /** What the engines of a process share. */
  scratchOf(process: Process): ScratchFile {
    return new ScratchFile(diskOf(process), this.#heldBytesMax, (text) =>
      process.world.note(`${process.name} ${text}`),
    );
  }

  /** What an engine is told of them. */
  partsOf(lease: Lease): Pick<EngineParts, "city" | "changedCity" | "privacy"> {
    let known = this.city;
    const changedCity = () => {
      if (known === this.city) return null;
      known = this.city;
      this.#parts.world.count("changed");
      return known;
    };
    return { city: known, changedCity, privacy: this.#privacyOf(lease) };
  }

  #privacyOf(lease: Lease): PrivacyWatch {
    const { world } = this.#parts;
    let isTold = false;
    return {
      changed: () => {
        if (isTold || !this.#isOrdered) return null;
        isTold = true;
        const one = remoteSubscriber(lease.partition);
        world.note(`partition ${lease.partition} is to forget ${formatPseudonym(one.hi, one.lo)}`);
        const exclusion = new Exclusion([{ ...one, sentUntilMs: NEVER_MS }]);
        return { exclusion, forget: lease.forgottenUpToMs < ORDER ? [one] : [], upToMs: ORDER };
      },
      forgotten: (upToMs) => {
        this.#checkForgotten(lease.partition);
        this.#forgotten.add(lease.partition);
        world.count("forgotten");
        // Whoever has the partition next says it where this word is lost.
        lease.setForgotten(upToMs).catch(() => undefined);
      },
    };
  }

  /** No object of the partition's checkpoints may hold who is forgotten, but what an engine before may have had on its way. */
  #checkForgotten(partition: number): void {
    const { entries, objects, say } = this.#parts;
    const entry = entries.get(leaseKey(partition));
    if (entry === null) return;
    const { hi, lo } = remoteSubscriber(partition);
    const words = Buffer.from(Uint32Array.of(lo, hi).buffer);
    const { files, term } = readLease(entry);
    const named = new Set(Object.values(files));
    for (const name of objects.names)
      if (named.has(name) || name.startsWith(`${partition}.${term}.`))
        if (objects.read(name).includes(words))
          say(`forgotten, and still in ${name}, which is ${named.has(name) ? "" : "not "}named`);
  }

  /** At the moment at which an engine decides to write. */
  mayWrite(partition: number, rows: readonly Row[]): void {
    if (!this.#forgotten.has(partition)) return;
    const row = rows.find((one) => namesRemote(one, partition));
    if (row !== undefined) this.#parts.say(`forgotten, and written: ${row.join(" ")}`);
  }

  /** A row that tells of who is forgotten, if anybody is, or that hangs on when. */
  isLeftOut(row: Row): boolean {
    if (this.#orderedFromMs === NEVER_MS) return false;
    const isOfMany = row[0]?.startsWith("presence") && !row[2]?.includes('"circle":""');
    const isRemote = row[2]?.includes(`"region":"${REMOTE_REGION}"`) ?? false;
    return isOfMany || isRemote || this.#parts.input.messages.some((_, partition) => namesRemote(row, partition));
  }
}

function namesRemote([, , content = ""]: Row, partition: number): boolean {
  const { hi, lo } = remoteSubscriber(partition);
  return content.includes(`"subscriberHi":${hi},"subscriberLo":${lo},`) || content.includes(formatPseudonym(hi, lo));
}

/** The disk of a process, which is full now and then, and seldom breaks. */
function diskOf(process: Process): ScratchPlace {
  const { world } = process;
  let bytes = new Uint8Array(0);
  return {
    place: "a simulated disk",
    open: () => ({
      write(given, at) {
        if (world.strikes("diskFull")) throw new Error("ENOSPC: no space left");
        const grown = new Uint8Array(Math.max(bytes.length, at + given.length));
        grown.set(bytes);
        grown.set(given, at);
        bytes = grown;
        world.count("diaries written");
        return given.length;
      },
      read(to, at) {
        if (world.strikes("diskBroken")) throw new Error("EIO: i/o error");
        const found = bytes.subarray(at, at + to.length);
        to.set(found);
        return found.length;
      },
      close() {
        bytes = new Uint8Array(0);
      },
    }),
  };
}
