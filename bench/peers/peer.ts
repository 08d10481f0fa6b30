import type { Dialect } from "./sql.js";

/** Rows of numbers and texts as lines of CSV, made as they are read. */
export type Table = {
  readonly name: string;
  /** Name and type of each column, in the words of standard SQL: BIGINT, UBIGINT, INTEGER, DOUBLE, VARCHAR. */
  readonly columns: Readonly<Record<string, string>>;
  readonly orderedBy: string;
  /** A CSV without a header. */
  readonly path: string;
};

/** A database that is asked the same questions as the engine, with two threads. */
export interface Peer {
  readonly name: string;
  readonly dialect: Dialect;
  load(table: Table): Promise<void>;
  run(sql: string): Promise<void>;
  drop(table: string): Promise<void>;
  /** The rows of an answer; numbers may come as text. */
  rows(sql: string): Promise<Record<string, string | number>[]>;
  /** Processor seconds used so far. */
  cpuSeconds(): number;
}

export interface Effort {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** What some work took. */
export async function effortOf(peer: Pick<Peer, "cpuSeconds">, work: () => Promise<void>): Promise<Effort> {
  const startMs = performance.now();
  const before = peer.cpuSeconds();
  await work();
  return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: peer.cpuSeconds() - before };
}
