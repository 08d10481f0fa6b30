/** A snapshot that cannot be used, and why; the one before it may do. */
export class SnapshotFault extends Error {
  override readonly name = "SnapshotFault";
}

/** It is whole, and another version of Lifecircle wrote it. */
export class OtherVersion extends SnapshotFault {}
