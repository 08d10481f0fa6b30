/**
 * The states of one engine, over a place of files. A snapshot adds files of those subscribers that have changed (`blocks-*`), of the events that
 * wait in each of its partitions (`events-*`), and a head (`state-*`) that names all files the state is made of, those of partitions that the
 * snapshot did not take as well. When the blocks have become many, they are merged into one run from the files themselves, beside the engine's
 * work; a subscriber is read from the latest file that tells of it.
 *
 * Heads between two merges share the files of one run. So beside the newest two a spare is kept: the newest head that shares no file with the
 * newest, which is the one whose files were merged last. Whichever file is torn, a start has something to go on from.
 */
import type { LoadedCity } from "../geo/load.js";
import type { DerivationOptions, Partition } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import { type BlockFile, BlockFiles, type Room } from "./block-files.js";
import { applyBlock, blocksOf, type Seen } from "./blocks.js";
import { checkedCityRows, cityRowsOf } from "./city-rows.js";
import { CONTENT, cityName, headName, headNumbers, numbered, OURS, spokenBy } from "./file-names.js";
import { MergedBlocks, nobodySeen } from "./merged-blocks.js";
import { remapFrom, remapText } from "./remap.js";
import { decodeHead, emptyPartition, encodeHead, type Snapshot, type TakenPartition } from "./snapshot.js";
import { OtherVersion, SnapshotFault } from "./snapshot-fault.js";
import type { TakenBlock } from "./taken-blocks.js";
import { restoreWaiting } from "./waiting-events.js";

/** Where checkpoints lie, as files: a local folder, or a bucket that engines of a cluster share. */
export interface CheckpointFiles {
  /** What messages call this place. */
  readonly place: string;
  /** Names of the files that are there, in no order. */
  names(): Promise<readonly string[]>;
  /** The bytes of a file; in the memory of an earlier answer, `room`, where that is given and they fit into it. */
  read(name: string, room?: Buffer): Promise<Buffer>;
  /** Writes these bytes one after another. Durable when it resolves; under its name it is there whole or not at all. A name is written once. */
  write(name: string, parts: readonly Uint8Array[]): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The states of one engine, the newest of which a start goes on from. */
export interface Checkpoints {
  /** The newest usable state, null when there is none. */
  restore(city: LoadedCity, options: DerivationOptions): Promise<Partition[] | null>;
  /**
   * Durable when it resolves; when it throws, the snapshot has been given back. Partitions that it did not take stay as they were last saved by
   * this engine; the first one has to take all that were restored, and the first with other reference data all. The newest two and a spare are kept;
   * with `alone` no other, and no file of theirs, where those before hold somebody who is forgotten: the files are merged with this snapshot's, which
   * takes all partitions, before it counts. A snapshot of everybody needs none of the files before it, and leaves them to the older heads.
   */
  save(snapshot: Snapshot, alone?: boolean): Promise<void>;
  /** A file that the newest state is made of was found torn or gone: only a snapshot of everybody mends that. */
  readonly isTorn: boolean;
  /** Resolves when no files are being merged beside. */
  settled(): Promise<void>;
}

/** Snapshots kept: the newest, and the one before it for the case that the newest is torn. */
const KEPT = 2;
/** Files are merged when there are as many since the last merge as it has itself, but so many at least; or when they hold as much as it does. */
const FILES_MIN = 16;

/** A partition as the newest head speaks of it. */
interface SpokenPartition extends Pick<TakenPartition, "number" | "header"> {
  readonly events: string;
}

/** @param warn told of every snapshot that could not be used, and what was lost by changed reference data */
export async function openCheckpoints(files: CheckpointFiles, warn: (message: string) => void): Promise<Checkpoints> {
  const chain = new Chain(files, warn, headNumbers(await files.names()));
  return {
    restore: (city, options) => chain.restore(city, options),
    save: (snapshot, alone = false) => chain.save(snapshot, alone),
    settled: () => chain.settled(),
    get isTorn() {
      return chain.isTorn;
    },
  };
}

class Chain {
  readonly #files: CheckpointFiles;
  readonly #warn: (message: string) => void;
  /** Number of the newest head, and of the newest other file made by this run of the engine. */
  #newest: number;
  #madeFiles = 0;
  /** What the newest head says of each partition, as far as it was written by this run of the engine, and of which city. */
  #partitions: readonly SpokenPartition[] = [];
  #city: string | null = null;
  /** Numbers of the partitions that were restored, until a head of this run tells of them. */
  #restored: readonly number[] = [];
  /** What the newest head is made of: one run of files in which everybody is told of at most once, then those added since. */
  #run: readonly BlockFile[] = [];
  #added: readonly BlockFile[] = [];
  /** Names that the kept heads speak of, by number of the head. */
  readonly #spoken = new Map<number, readonly string[]>();
  /** In which snapshots are put together, one after another. */
  readonly #room: Room = { bytes: Buffer.alloc(0) };
  #merging: Promise<void> | null = null;
  /** The head whose files are being merged, or were and no spare is as new. */
  #merged: number | null = null;
  #hasSpare = false;
  /** Heads that could not be used at the start, or of which a file was torn when it was to be merged. */
  readonly #torn = new Set<number>();
  /** One of the files of the newest head could not be merged, and no snapshot has held everybody since. */
  isTorn = false;
  /** Files that are being written, or were and no head speaks of them yet. */
  readonly #underWay = new Set<string>();

  constructor(files: CheckpointFiles, warn: (message: string) => void, heads: readonly number[]) {
    this.#files = files;
    this.#warn = warn;
    this.#newest = heads[0] ?? 0;
  }

  async restore(city: LoadedCity, options: DerivationOptions): Promise<Partition[] | null> {
    let other: OtherVersion | null = null;
    for (const number of headNumbers(await this.#files.names())) {
      const partitions: Partition[] = [];
      try {
        await this.#load(number, city, options, partitions);
        return partitions;
      } catch (error) {
        for (const { circles } of partitions) circles.diary.release();
        if (!(error instanceof SnapshotFault)) throw error;
        if (error instanceof OtherVersion) other ??= error;
        this.#torn.add(number);
        const place = `${headName(number)} in ${this.#files.place}`;
        this.#warn(`snapshot ${place} cannot be used (${error.message}); trying the one before it`);
      }
    }
    // What is written from now on would take the place of a state that its own version can go on from.
    if (other !== null)
      throw new UserError(
        `the state in ${this.#files.place} is of another version of Lifecircle (${other.message})`,
        "go on with that version; or move these checkpoints away, and the state begins anew with what the stream still holds",
      );
    if (this.#torn.size > 0) this.#warn(`no snapshot in ${this.#files.place} can be used: the state begins anew`);
    return null;
  }

  async #load(number: number, city: LoadedCity, options: DerivationOptions, partitions: Partition[]): Promise<void> {
    const head = decodeHead(await this.#files.read(headName(number)));
    const remap =
      head.city === cityRowsOf(city).fingerprint
        ? null
        : remapFrom(checkedCityRows(await this.#read(cityName(head.city)), head.city), city);
    for (const saved of head.partitions) partitions.push(emptyPartition(saved, city, options));
    const seen = head.partitions.map(({ subscribers }) => nobodySeen(subscribers));
    const sizes = new Map<string, number>();
    for await (const { name, bytes } of this.#readAhead(head.files.toReversed())) {
      sizes.set(name, bytes.length);
      for (const block of blocksOf(bytes)) {
        const at = partitions.findIndex((partition) => partition.number === block.partition);
        if (at >= 0) applyBlock(partitions[at] as Partition, block, seen[at] as Seen);
      }
    }
    for (const [i, partition] of partitions.entries()) {
      partition.stays.table.rebuild(head.partitions[i]?.subscribers ?? 0);
      for (const changed of partition.allChanged) changed.clear();
      remap?.partition(partition);
      const events = head.partitions[i]?.events ?? "";
      if (events !== "") restoreWaiting(partition, await this.#read(events), remap);
    }
    if (remap !== null) this.#warn(remapText(remap.report));
    this.#run = head.files.map((name) => ({ name, bytes: sizes.get(name) ?? 0 }));
    this.#added = [];
    this.#restored = partitions.map(numberOf);
    this.#spoken.set(number, spokenBy(number, head));
  }

  /** Files in this order; the next one is read while somebody works on the last, whose bytes last until the one after is asked for. */
  async *#readAhead(names: readonly string[]): AsyncGenerator<{ name: string; bytes: Buffer }> {
    // The memory of the file before the last: the system would have to empty and hand over fresh memory for each file.
    let room: Buffer | undefined;
    const read = (name: string) => {
      const reading = this.#read(name, room);
      // A fault is told when its turn comes.
      reading.catch(() => undefined);
      return reading;
    };
    let next = names[0] === undefined ? null : read(names[0]);
    for (const [i, name] of names.entries()) {
      const bytes = await next;
      const after = names[i + 1];
      next = after === undefined ? null : read(after);
      yield { name, bytes: bytes as Buffer };
      room = bytes as Buffer;
    }
  }

  async #read(name: string, room?: Buffer): Promise<Buffer> {
    if (!(await this.#files.names()).includes(name)) throw new SnapshotFault(`torn: ${name} is not there`);
    return this.#files.read(name, room);
  }

  async settled(): Promise<void> {
    await this.#merging;
  }

  async save(snapshot: Snapshot, alone: boolean): Promise<void> {
    if (alone || snapshot.isWhole) await this.#merging;
    const mine: string[] = [];
    try {
      const names = await this.#files.names();
      const { fingerprint, bytes } = cityRowsOf(snapshot.city);
      const city = cityName(fingerprint);
      if (!names.includes(city)) await this.#files.write(city, [bytes]);
      const added = await this.#writeBlocks(snapshot.blocks, mine);
      const isAnew = alone || snapshot.isWhole;
      const run = isAnew ? await this.#runWith(added, snapshot.isWhole, mine) : [];
      const files = isAnew ? run : [...this.#run, ...this.#added, ...added];
      const partitions = await this.#withOthers(snapshot.partitions, fingerprint, names, mine);
      const head = { city: fingerprint, files: files.map(({ name }) => name) };
      await this.#files.write(headName(this.#newest + 1), [encodeHead(head, partitions)]);
      this.#newest++;
      // Meanwhile a merge may have put a run in the place of those before.
      if (isAnew) this.#run = run;
      this.#added = isAnew ? [] : [...this.#added, ...added];
      this.#partitions = partitions;
      this.#city = fingerprint;
      this.#restored = [];
      if (snapshot.isWhole) this.isTorn = false;
      else if (this.isTorn) this.#torn.add(this.#newest);
      this.#spoken.set(this.#newest, spokenBy(this.#newest, { ...head, partitions }));
    } catch (error) {
      snapshot.giveBack();
      throw error;
    } finally {
      for (const name of mine) this.#underWay.delete(name);
    }
    await this.#removeOld(alone ? 1 : KEPT);
    this.#mergeWhenDue();
  }

  /** The run of a head that needs no file of those before it: of everybody, or merged from all with what was added. */
  async #runWith(added: readonly BlockFile[], isWhole: boolean, mine: string[]): Promise<readonly BlockFile[]> {
    return isWhole ? added : this.#mergedRun([...this.#run, ...this.#added, ...added], mine);
  }

  /** The partitions that were taken, their events written, and the others as the newest head speaks of them. */
  async #withOthers(
    taken: readonly TakenPartition[],
    fingerprint: string,
    names: readonly string[],
    mine: string[],
  ): Promise<SpokenPartition[]> {
    const needed = this.#city === fingerprint ? this.#restored : [...this.#restored, ...this.#partitions.map(numberOf)];
    const missed = needed.find((number) => !taken.some((partition) => partition.number === number));
    if (missed !== undefined) throw new Error(`the snapshot would lose partition ${missed}`);
    const spoken = new Map(this.#partitions.map((partition) => [partition.number, partition]));
    for (const { number, header, events } of taken) {
      const name = events === null ? "" : this.#newName("events", names, mine);
      if (events !== null) await this.#files.write(name, [events]);
      spoken.set(number, { number, header, events: name });
    }
    return [...spoken.values()].sort((a, b) => a.number - b.number);
  }

  /** What was written before a failure is removed with the next success. */
  async #writeBlocks(blocks: readonly TakenBlock[], mine: string[]): Promise<BlockFile[]> {
    const written: BlockFile[] = [];
    const files = this.#blockFiles(this.#room, written, mine);
    for (const block of blocks) await files.add(block);
    await files.end();
    return written;
  }

  /** Files whose names and lengths are added to `written`. */
  #blockFiles(room: Room, written: BlockFile[], mine: string[]): BlockFiles {
    return new BlockFiles(room, async (bytes) => {
      const name = this.#newName("blocks", await this.#files.names(), mine);
      await this.#files.write(name, [bytes]);
      written.push({ name, bytes: bytes.length });
    });
  }

  #newName(kind: "blocks" | "events", names: readonly string[], mine: string[]): string {
    let name: string;
    do name = numbered(kind, ++this.#madeFiles);
    while (names.includes(name));
    mine.push(name);
    this.#underWay.add(name);
    return name;
  }

  async #removeOld(kept: number): Promise<void> {
    // Before it is known what to keep: what a merge writes from here on is not looked at.
    const names = await this.#files.names();
    const heads = headNumbers(names).filter((number) => number <= this.#newest && !this.#torn.has(number));
    const spare = kept === 1 ? null : await this.#spareOf(heads);
    if (kept === 1 || (spare !== null && this.#merged !== null && spare >= this.#merged)) this.#merged = null;
    this.#hasSpare = spare !== null;
    const wanted = new Set([...heads.slice(0, kept), ...(kept === 1 ? [] : [spare, this.#merged])]);
    const keep = new Set<string>();
    for (const number of heads) if (wanted.has(number)) for (const name of await this.#spokenOf(number)) keep.add(name);
    for (const number of this.#spoken.keys()) if (!wanted.has(number)) this.#spoken.delete(number);
    for (const name of [...this.#underWay, ...[...this.#run, ...this.#added].map((file) => file.name)]) keep.add(name);
    for (const name of names) if (OURS.test(name) && !keep.has(name)) await this.#files.remove(name);
  }

  /** The newest head that shares nothing with the newest of all but the city, null when there is none. */
  async #spareOf([newest, ...others]: readonly number[]): Promise<number | null> {
    if (newest === undefined) return null;
    const used = new Set((await this.#spokenOf(newest)).filter((name) => CONTENT.test(name)));
    for (const number of others) if (!(await this.#spokenOf(number)).some((name) => used.has(name))) return number;
    return null;
  }

  async #spokenOf(number: number): Promise<readonly string[]> {
    const spoken = this.#spoken.get(number) ?? (await this.#spokenBy(number));
    this.#spoken.set(number, spoken);
    return spoken;
  }

  /** What a head of an earlier run of the engine speaks of; one that cannot be read keeps nothing but itself. */
  async #spokenBy(number: number): Promise<readonly string[]> {
    try {
      return spokenBy(number, decodeHead(await this.#files.read(headName(number))));
    } catch (error) {
      if (error instanceof SnapshotFault) return [headName(number)];
      throw error;
    }
  }

  #mergeWhenDue(): void {
    const size = (files: readonly BlockFile[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);
    const isLarge = this.#added.length > 1 && size(this.#added) >= size(this.#run);
    const needsSpare = !this.#hasSpare && this.#merged === null && size(this.#run) + size(this.#added) > 0;
    const areMany = this.#added.length >= Math.max(FILES_MIN, this.#run.length);
    if (this.#merging !== null || !(areMany || isLarge || needsSpare)) return;
    const mine: string[] = [];
    this.#merged = this.#newest;
    this.#merging = this.#merge([...this.#run, ...this.#added], mine)
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.#merged = null;
        const next = this.isTorn ? "holds everybody and does without them" : "tries again";
        this.#warn(`the files of the checkpoints cannot be merged (${text}); the next checkpoint ${next}`);
      })
      .finally(() => {
        this.#merging = null;
        for (const name of mine) this.#underWay.delete(name);
      });
  }

  /** Takes one run of these files in their place; the next head speaks of it. */
  async #merge(files: readonly BlockFile[], mine: string[]): Promise<void> {
    const run = await this.#mergedRun(files, mine);
    const merged = new Set(files.map(({ name }) => name));
    if (!this.#run.every(({ name }) => merged.has(name))) return;
    this.#run = run;
    this.#added = this.#added.filter(({ name }) => !merged.has(name));
  }

  /** Writes what these files tell as one run, a file's worth of memory at a time. @throws SnapshotFault when one is torn or gone */
  async #mergedRun(files: readonly BlockFile[], mine: string[]): Promise<readonly BlockFile[]> {
    const written: BlockFile[] = [];
    const out = this.#blockFiles({ bytes: Buffer.alloc(0) }, written, mine);
    const merged = new MergedBlocks(out);
    // One room for all that is read, too.
    let room: Buffer | undefined;
    for (const { name } of files.toReversed()) {
      try {
        room = await this.#read(name, room);
        await merged.add(room);
      } catch (error) {
        if (error instanceof SnapshotFault) this.#tear(name);
        throw error;
      }
    }
    await out.end();
    return written;
  }

  /** No start can go on from a head that speaks of this file. */
  #tear(name: string): void {
    this.isTorn = true;
    for (const [number, spoken] of this.#spoken) if (spoken.includes(name)) this.#torn.add(number);
  }
}

function numberOf({ number }: { readonly number: number }): number {
  return number;
}
