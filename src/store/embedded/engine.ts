import type { Session } from "chdb";
import { StatementError } from "./clickhouse-errors.js";
import { createGuard, type Guard } from "./guard.js";

/** Queries at work at once; each holds one thread of the pool (UV_THREADPOOL_SIZE) while the engine computes for it. */
export const QUERIES_MAX = 12;
/** Threads of the pool where the environment names no number (libuv). */
const POOL_THREADS_DEFAULT = 4;

/** Half of the pool is left to files and compression, without which no query would ever end. */
export function queriesAtOnce(poolThreads: string | undefined): number {
  const threads = Number(poolThreads ?? POOL_THREADS_DEFAULT) || POOL_THREADS_DEFAULT;
  return Math.max(1, Math.min(QUERIES_MAX, Math.floor(threads / 2)));
}
/** Sessions that wait for another request with the same settings; those unused for the longest are closed. */
const SESSIONS_KEPT_MAX = 32;
/** Queries that wait for a place; more are refused, as a full ClickHouse refuses them. */
export const QUERIES_WAITING_MAX = 1000;

/** What makes sessions alike. */
export interface SessionKind {
  readonly key: string;
  /** Makes a new session one of this kind. */
  readonly begin: (session: Session) => Promise<void>;
}

export interface Engine {
  readonly version: string;
  readonly guard: Guard;
  /** Runs `work` with a session of its own, so that settings and parameters of one request never reach another. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * The same for work that leaves nothing behind in its session: that lends itself to the next work of the same `kind`. To open one, and to give
   * it its settings, costs as much as a small question.
   */
  withKept<T>(kind: SessionKind, work: (session: Session) => Promise<T>): Promise<T>;
  /** Ends the query that was started with this `log_comment`; silent where there is none. */
  kill(comment: string): Promise<void>;
  /** Waits for the work in hand and releases the folder. */
  close(): Promise<void>;
}

/** Opens chDB on a folder that no other process holds. Throws what chDB says when it cannot. */
export async function openEngine(directory: string, configFile: string, database: string): Promise<Engine> {
  const { Session, drainPending } = await import("chdb");
  const root = new Session(directory, { connectionArgs: [`--config-file=${configFile}`] });
  await root.queryAsync(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(database)}`);
  const version = (await root.queryAsync("SELECT version()", { format: "TSV" })).text().trim();
  const functions = await root.queryAsync("SELECT name FROM system.table_functions", { format: "TSV" });
  const slots = createSlots(queriesAtOnce(process.env.UV_THREADPOOL_SIZE), QUERIES_WAITING_MAX);
  const kept = new KeptSessions(SESSIONS_KEPT_MAX);
  return {
    version,
    guard: createGuard(functions.text().trim().split("\n")),
    async withSession(work) {
      await slots.take();
      const session = new Session(directory);
      try {
        return await work(session);
      } finally {
        session.close();
        slots.give();
      }
    },
    async withKept(kind, work) {
      await slots.take();
      const session = kept.take(kind.key) ?? new Session(directory);
      let isSound = false;
      try {
        if (kept.isNew(session)) await kind.begin(session);
        const result = await work(session);
        isSound = true;
        return result;
      } finally {
        // Nobody knows what one is left with in which something failed.
        if (isSound) kept.keep(kind.key, session);
        else session.close();
        slots.give();
      }
    },
    async kill(comment) {
      await root.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(comment)} ASYNC`);
    },
    async close() {
      await slots.idle();
      kept.closeAll();
      root.close();
      await drainPending();
    },
  };
}

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

export function quoteString(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Sessions that nobody uses now, those given back last at the end. */
class KeptSessions {
  private readonly most: number;
  private readonly idle: { readonly key: string; readonly session: Session }[] = [];
  private readonly begun = new WeakSet<Session>();

  constructor(most: number) {
    this.most = most;
  }

  take(key: string): Session | null {
    const at = this.idle.findLastIndex((one) => one.key === key);
    return this.idle.splice(at, at === -1 ? 0 : 1)[0]?.session ?? null;
  }

  isNew(session: Session): boolean {
    return !this.begun.has(session);
  }

  keep(key: string, session: Session): void {
    this.begun.add(session);
    this.idle.push({ key, session });
    if (this.idle.length > this.most) this.idle.shift()?.session.close();
  }

  closeAll(): void {
    for (const { session } of this.idle.splice(0)) session.close();
  }
}

interface Slots {
  take(): Promise<void>;
  give(): void;
  /** Resolves when nobody holds a slot. */
  idle(): Promise<void>;
}

function createSlots(max: number, waitingMax: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const idleWaiting: (() => void)[] = [];
  return {
    async take() {
      if (taken < max) {
        taken++;
        return;
      }
      if (waiting.length >= waitingMax) {
        throw new StatementError(
          202,
          `Too many simultaneous queries: ${taken + waiting.length}`,
          "TOO_MANY_SIMULTANEOUS_QUERIES",
        );
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next !== undefined) return next();
      taken--;
      if (taken === 0) for (const resolve of idleWaiting.splice(0)) resolve();
    },
    async idle() {
      if (taken > 0) await new Promise<void>((resolve) => idleWaiting.push(resolve));
    },
  };
}
