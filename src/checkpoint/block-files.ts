/** The files that blocks are written to, for snapshots and for merges. */
import type { TakenBlock } from "./taken-blocks.js";

const FILE_BYTES_MAX = 16 * 2 ** 20;

/** A file of blocks. */
export interface BlockFile {
  readonly name: string;
  readonly bytes: number;
}

/** Memory that files are filled in, one after another: for fresh ones the garbage collector would run again and again. */
export interface Room {
  bytes: Buffer;
}

/** Blocks one after another, written as files of at most some megabytes; larger only where a single block is. */
export class BlockFiles {
  private readonly room: Room;
  private readonly write: (bytes: Buffer) => Promise<void>;
  private filled = 0;

  /** @param room nobody else's meanwhile @param write takes the bytes of a file; they last until it resolves */
  constructor(room: Room, write: (bytes: Buffer) => Promise<void>) {
    this.room = room;
    this.write = write;
  }

  async add(block: TakenBlock): Promise<void> {
    const { buffer, byteOffset } = await this.roomFor(block.words * 4);
    block.writeTo(new Uint32Array(buffer, byteOffset, block.words));
  }

  /** Room for the bytes of the next block, to be filled before anything else is asked for; whatever was written before is in it. */
  async roomFor(length: number): Promise<Buffer> {
    const { room } = this;
    if (this.filled + length > FILE_BYTES_MAX) await this.end();
    const end = this.filled + length;
    if (end > room.bytes.length) {
      const more = Buffer.allocUnsafeSlow(Math.max(end, Math.min(FILE_BYTES_MAX, 2 * room.bytes.length)));
      more.set(room.bytes.subarray(0, this.filled));
      room.bytes = more;
    }
    this.filled = end;
    return room.bytes.subarray(end - length, end);
  }

  /** Writes what has been added and is not yet. */
  async end(): Promise<void> {
    if (this.filled > 0) await this.write(this.room.bytes.subarray(0, this.filled));
    this.filled = 0;
  }
}
