import type { StoreClient } from "../../store/client.js";

/** One question and what became of it. Raw ids never enter it. */
export interface AuditRow {
  readonly timeMs: number;
  readonly correlator: string;
  readonly principal: string;
  readonly role: string;
  readonly purpose: string;
  readonly operation: string;
  /** Parameters, as JSON. */
  readonly question: string;
  readonly status: number;
  /** People that the answer is about; 0 for numbers. */
  readonly people: number;
}

export interface AuditLog {
  /**
   * Resolves when the row is durable, soon when it is urgent and within some seconds else. Rejects when the store does not take it, or too
   * many rows wait.
   */
  write(row: AuditRow, isUrgent?: boolean): Promise<void>;
  /** Writes what waits. */
  close(): Promise<void>;
}

const ROWS_WAITING_MAX = 10_000;
/** Rows that come within this time share an insert: each insert is a part of the table and an fsync. */
const GATHER_MS = 20;
/** Inserts begin no closer together, however many ask: each costs the store as much as a question. */
const APART_MS = 100;
/** The same while nobody waits for the row: an insert costs as much as a question. */
const GATHER_IDLE_MS = 1000;

/** The append-only table `audit`. Rows that come while an insert is under way go together in the next. */
export function createAuditLog(client: StoreClient): AuditLog {
  let waiting: AuditRow[] = [];
  let next: Promise<void> | null = null;
  let current: Promise<void> = Promise.resolve();
  let begunMs = 0;

  let hurry: () => void = () => undefined;

  const flush = async () => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_IDLE_MS);
      hurry = () => {
        clearTimeout(timer);
        setTimeout(resolve, Math.max(GATHER_MS, begunMs + APART_MS - performance.now()));
      };
    });
    await current.catch(() => undefined);
    const rows = waiting;
    waiting = [];
    next = null;
    begunMs = performance.now();
    current = insert(client, rows);
    await current;
  };
  return {
    write(row, isUrgent = true) {
      if (waiting.length >= ROWS_WAITING_MAX) return Promise.reject(new Error("too many rows of the audit log wait"));
      waiting.push(row);
      next ??= flush();
      if (isUrgent) hurry();
      return next;
    },
    async close() {
      hurry();
      await (next ?? current).catch(() => undefined);
    },
  };
}

async function insert(client: StoreClient, rows: readonly AuditRow[]): Promise<void> {
  await client.insert({
    table: "audit",
    format: "JSONEachRow",
    values: rows.map(({ timeMs, ...row }) => ({ ...row, time: (timeMs / 1000).toFixed(3) })),
  });
}
