/** A snapshot that cannot be used, and why; the one before it may do. */
export class SnapshotFault extends Error {
  override readonly name = "SnapshotFault";
}
