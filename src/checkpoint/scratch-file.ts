/**
 * A file that is memory: diaries lie in it that have no room in the memory itself. It is made when it is first written to and has no name
 * from then on, so it is gone with the process, however that ends; what makes the state durable are the checkpoints alone.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Extent, Scratch } from "../circle/packed-runs.js";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "../source/make-folder.js";

/** As many zeros are written at once. */
const ZEROS = new Uint8Array(2 ** 18);

/** What is asked of the system: bytes at a place of an open file. */
export interface ScratchHandle {
  /** Returns how many of the bytes were written. */
  write(bytes: Uint8Array, at: number): number;
  /** Returns how many bytes were read, 0 at the end. */
  read(bytes: Uint8Array, at: number): number;
  close(): void;
}

export interface ScratchPlace {
  /** How messages name it. */
  readonly place: string;
  open(): ScratchHandle;
}

/** A folder, which is made where it is not there. */
export function scratchFolder(dir: string): ScratchPlace {
  return {
    place: `a file without a name in ${dir}`,
    open() {
      makeFolder(dir);
      const path = join(dir, `diaries-${randomUUID()}.scratch`);
      const file = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return {
        write: (bytes, at) => writeSync(file, bytes, 0, bytes.length, at),
        read: (bytes, at) => readSync(file, bytes, 0, bytes.length, at),
        close: () => closeSync(file),
      };
    },
  };
}

export class ScratchFile implements Scratch {
  readonly heldBytesMax: number;
  heldBytes = 0;
  readonly #place: ScratchPlace;
  readonly #warn: (message: string) => void;
  #handle: ScratchHandle | null = null;
  /** Extents that nobody has, upwards, no two of them side by side; and where the last extent ends. In words. */
  readonly #holes: Extent[] = [];
  #end = 0;
  /** Bytes that the file has. */
  #fileBytes = 0;
  /** Up to where the extent reached that could not be written; 0 once one has got as far. */
  #failedEnd = 0;

  /** @param heldBytesMax bytes of diaries that may be in memory before any are written here */
  constructor(place: ScratchPlace, heldBytesMax: number, warn: (message: string) => void) {
    this.#place = place;
    this.heldBytesMax = heldBytesMax;
    this.#warn = warn;
  }

  write(words: Uint32Array): Extent | null {
    const extent = this.#take(words.length);
    const end = extent.at + extent.length;
    try {
      this.#writeAll(bytesOf(words), extent.at * 4);
    } catch (error) {
      this.free(extent);
      this.#tell(error);
      this.#failedEnd = Math.max(this.#failedEnd, end);
      return null;
    }
    if (end >= this.#failedEnd) this.#failedEnd = 0;
    return extent;
  }

  read(extent: Extent, from: number, to: Uint32Array): void {
    const bytes = bytesOf(to);
    const at = (extent.at + from) * 4;
    try {
      for (let read = 0; read < bytes.length; ) {
        const count = this.#opened().read(bytes.subarray(read), at + read);
        if (count === 0) throw new Error("it is shorter than what was written");
        read += count;
      }
    } catch (error) {
      throw new UserError(
        `diaries cannot be read back from ${this.#place.place}: ${textOf(error)}`,
        "see to that disk, or give more of the memory to diaries with engine.diaryMegabytesMax; then start again: nothing is lost, the state is in the checkpoints",
      );
    }
  }

  wipe(extent: Extent, from: number, length: number): void {
    this.#wipe((extent.at + from) * 4, (extent.at + from + length) * 4);
  }

  wipeFreed(): void {
    for (const { at, length } of this.#holes) this.#wipe(at * 4, (at + length) * 4);
    this.#wipe(this.#end * 4, this.#fileBytes);
  }

  #wipe(from: number, to: number): void {
    try {
      for (let at = from; at < to; at += ZEROS.length) this.#writeAll(ZEROS.subarray(0, to - at), at);
    } catch (error) {
      throw new UserError(
        `a diary cannot be removed from ${this.#place.place}: ${textOf(error)}`,
        "see to that disk, then start again: the order to forget is still there, and is followed then",
      );
    }
  }

  free({ at, length }: Extent): void {
    const holes = this.#holes;
    const next = indexAfter(holes, at);
    const before = holes[next - 1];
    const after = holes[next];
    const joinsBefore = before !== undefined && before.at + before.length === at;
    const joinsAfter = after !== undefined && at + length === after.at;
    const start = joinsBefore ? before.at : at;
    const end = joinsAfter ? after.at + after.length : at + length;
    holes.splice(next - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0));
    if (end === this.#end) this.#end = start;
    else holes.splice(indexAfter(holes, start), 0, { at: start, length: end - start });
    // As when an engine has handed its partitions over: what lay here is nobody's, and goes with the file.
    if (this.#end === 0) this.close();
  }

  close(): void {
    this.#handle?.close();
    this.#handle = null;
    this.#fileBytes = 0;
  }

  /** The first hole that is large enough, or what comes after all extents. */
  #take(length: number): Extent {
    const holes = this.#holes;
    const at = holes.findIndex((hole) => hole.length >= length);
    const hole = holes[at];
    if (hole === undefined) {
      this.#end += length;
      return { at: this.#end - length, length };
    }
    if (hole.length === length) holes.splice(at, 1);
    else holes[at] = { at: hole.at + length, length: hole.length - length };
    return { at: hole.at, length };
  }

  #writeAll(bytes: Uint8Array, at: number): void {
    for (let written = 0; written < bytes.length; ) {
      written += this.#opened().write(bytes.subarray(written), at + written);
      this.#fileBytes = Math.max(this.#fileBytes, at + written);
    }
  }

  #opened(): ScratchHandle {
    this.#handle ??= this.#place.open();
    return this.#handle;
  }

  /** Once, until there is room again. */
  #tell(error: unknown): void {
    if (this.#failedEnd > 0) return;
    this.#warn(
      `diaries cannot be written to ${this.#place.place} (${textOf(error)}): they stay in memory, where they may have no room; ` +
        "see that the disk has room and may be written, the next close of a day tries again",
    );
  }
}

/** Place of the first extent that lies behind `at`. */
function indexAfter(extents: readonly Extent[], at: number): number {
  let from = 0;
  let to = extents.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((extents[middle] as Extent).at < at) from = middle + 1;
    else to = middle;
  }
  return from;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
