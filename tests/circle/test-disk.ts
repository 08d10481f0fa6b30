import type { ScratchHandle, ScratchPlace } from "../../src/checkpoint/scratch-file.js";

/** A disk that can be full, or broken. */
export class TestDisk implements ScratchPlace {
  readonly place = "a disk of the test";
  bytes = new Uint8Array(0);
  bytesMax = Number.POSITIVE_INFINITY;
  isBroken = false;
  /** Reads so far; there are no more than `readsMax`. */
  reads = 0;
  readsMax = Number.POSITIVE_INFINITY;

  open(): ScratchHandle {
    this.bytes = new Uint8Array(0);
    return {
      write: (bytes, at) => {
        // As the system does: what there is room for, and then an error; what lies there already may be written over.
        const count = Math.min(bytes.length, Math.max(this.bytesMax, this.bytes.length) - at);
        if (this.isBroken || count <= 0) throw new Error(this.isBroken ? "EIO: i/o error" : "ENOSPC: no space left");
        if (at + count > this.bytes.length) {
          const longer = new Uint8Array(at + count);
          longer.set(this.bytes);
          this.bytes = longer;
        }
        this.bytes.set(bytes.subarray(0, count), at);
        return count;
      },
      read: (bytes, at) => {
        if (this.isBroken || ++this.reads > this.readsMax) throw new Error("EIO: i/o error");
        const found = this.bytes.subarray(at, at + bytes.length);
        bytes.set(found);
        return found.length;
      },
      close: () => undefined,
    };
  }
}
