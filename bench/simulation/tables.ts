/** Tables as the store keeps them: of the rows of one key the one with the highest version, of equal versions the one written last. */
import type { RowSet } from "../../src/rows.js";

/** Key, version padded so that texts compare as numbers do, and content. */
export type Row = readonly string[];

export class Tables {
  readonly #rows = new Map<string, Row>();

  put(rows: readonly Row[]): void {
    for (const row of rows) {
      const [key = "", version = ""] = row;
      const before = this.#rows.get(key);
      if (before === undefined || (before[1] ?? "") <= version) this.#rows.set(key, row);
    }
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Where the tables differ, at most one in words; null when they are the same. */
  difference(expected: Tables, isLeftOut: (row: Row) => boolean = () => false): string | null {
    for (const [key, row] of expected.#rows) {
      if (isLeftOut(row)) continue;
      const found = this.#rows.get(key);
      if (found === undefined) return `missing: ${key}`;
      if (found[2] !== row[2]) return `other: ${key}\n  found    ${found[2]}\n  expected ${row[2]}`;
    }
    for (const [key, row] of this.#rows)
      if (!expected.#rows.has(key) && !isLeftOut(row)) return `too much: ${key} ${row[2]}`;
    return null;
  }
}

/** The rows of an epoch by table, with the keys and versions of src/store/migrations. */
export function tablesOf(rows: RowSet): [string, string[][]][] {
  const encode = <R extends object>(
    table: string,
    list: readonly R[],
    key: (row: R) => readonly (string | number)[],
    version: (row: R) => number = () => 0,
  ): [string, string[][]] => [
    table,
    list.map((row) => [`${table} ${key(row).join(" ")}`, String(version(row)).padStart(16, "0"), JSON.stringify(row)]),
  ];
  return [
    encode("stays", rows.stays, (row) => [row.subscriberHi, row.subscriberLo, row.startMs]),
    encode("ways", rows.ways, (row) => [row.subscriberHi, row.subscriberLo, row.startMs]),
    encode(
      "portraits",
      rows.portraits,
      (row) => [row.subscriberHi, row.subscriberLo],
      (row) => row.versionMs,
    ),
    encode(
      "anchors",
      rows.anchors,
      (row) => [row.subscriberHi, row.subscriberLo, row.kind, row.rank],
      (row) => row.versionMs,
    ),
    encode("membership_log", rows.membershipLog, (row) => [
      row.subscriberHi,
      row.subscriberLo,
      row.circle,
      row.versionMs,
      row.change,
    ]),
    encode(
      "memberships",
      rows.memberships,
      (row) => [row.subscriberHi, row.subscriberLo, row.circle],
      (row) => row.versionMs,
    ),
    encode("presence", [...rows.presence], (row) => [
      row.slotMs,
      row.h3Hi,
      row.h3Lo,
      row.region,
      row.circle,
      row.partition,
    ]),
    encode(
      "devices",
      rows.devices,
      (row) => [row.subscriberHi, row.subscriberLo],
      (row) => row.sinceMs,
    ),
    encode("rejected", rows.rejected, (row) => [row.source]),
  ];
}
