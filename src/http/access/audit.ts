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
  /** Resolves when the row is durable. Rejects when the store does not take it, or too many rows wait. */
  write(row: AuditRow): Promise<void>;
  /** Writes what waits. */
  close(): Promise<void>;
}

const ROWS_WAITING_MAX = 10_000;
/** Rows that come within this time share an insert: each insert is a part of the table and an fsync. */
const GATHER_MS = 20;

/** The append-only table `audit`. Rows that come while an insert is under way go together in the next. */
export function createAuditLog(client: StoreClient): AuditLog {
  let waiting: AuditRow[] = [];
  let next: Promise<void> | null = null;
  let current: Promise<void> = Promise.resolve();

  const flush = async () => {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    await current.catch(() => undefined);
    const rows = waiting;
    waiting = [];
    next = null;
    current = insert(client, rows);
    await current;
  };
  return {
    write(row) {
      if (waiting.length >= ROWS_WAITING_MAX) return Promise.reject(new Error("too many rows of the audit log wait"));
      waiting.push(row);
      next ??= flush();
      return next;
    },
    async close() {
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
