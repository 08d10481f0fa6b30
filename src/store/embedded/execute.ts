import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Session } from "chdb";
import { StatementError } from "./clickhouse-errors.js";
import { type Engine, quoteIdentifier, quoteString } from "./engine.js";
import { headerBytes, headerLines } from "./formats.js";
import { checkLimitClauses, limitedSettings, type ReadLimits } from "./read-limits.js";
import { decompressed, header, type RequestHead, readBody, readForm } from "./request.js";
import { openAnswer } from "./respond.js";
import { type InsertStatement, isWord, parseStatement, type QueryStatement } from "./statement.js";

/** Compressions of a body that the engine unpacks itself, on its own threads. */
const NATIVE_COMPRESSION = new Set(["gzip", "deflate", "br", "zstd", "lz4", "snappy", "bz2", "xz"]);

export interface Request {
  readonly head: RequestHead;
  readonly queryId: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Database of requests that name none. */
  readonly database: string;
  readonly limits: ReadLimits;
}

/**
 * Answers one request: finds the statement in `?query=` or the body, checks it, runs it in a session of its own.
 * Throws what the client should read as ClickHouse's exception; afterwards nothing was sent, or the answer is cut off.
 */
export async function execute(engine: Engine, request: Request): Promise<void> {
  const { head, incoming } = request;
  const fromUrl = Buffer.from(head.query, "utf8");
  const form = header(incoming, "content-type") ?? "";
  if (fromUrl.length > 0 && !form.startsWith("multipart/form-data")) {
    const statement = parseStatement(fromUrl);
    if (statement.kind === "insert") return insert(engine, request, statement, fromUrl, true);
    const body = await readBody(incoming);
    if (body.length === 0) return query(engine, request, statement);
    return run(engine, request, Buffer.concat([fromUrl, Buffer.from("\n"), body]));
  }
  const body = await readBody(incoming);
  if (!form.startsWith("multipart/form-data")) return run(engine, request, body);
  let text = head.query;
  for (const [name, value] of await readForm(body, form)) {
    if (name === "query") text = value;
    else if (name.startsWith("param_")) head.parameters.set(name.slice(6), value);
  }
  return run(engine, request, Buffer.from(text, "utf8"));
}

async function run(engine: Engine, request: Request, sql: Buffer): Promise<void> {
  const statement = parseStatement(sql);
  if (statement.kind === "query") return query(engine, request, statement);
  return insert(engine, request, statement, sql, false);
}

async function insert(
  engine: Engine,
  request: Request,
  statement: InsertStatement,
  sql: Buffer,
  bodyIsData: boolean,
): Promise<void> {
  const { head, incoming, outgoing, queryId } = request;
  if (onlyReads(head)) {
    throw new StatementError(164, "Cannot execute query in readonly mode", "READONLY");
  }
  engine.guard.check(statement.words, head.parameters);
  const before = sql.subarray(statement.dataStart);
  const encoding = bodyIsData ? (header(incoming, "content-encoding") ?? "none") : "none";
  const asItIs = before.length === 0 && NATIVE_COMPRESSION.has(encoding);
  const body = bodyIsData ? (asItIs ? incoming : decompressed(incoming)) : Readable.from([]);
  const file = `${randomUUID()}.rows`;
  try {
    await pipeline(concatenated(before, body), createWriteStream(file));
    const infile = `FROM INFILE ${quoteString(file)} COMPRESSION '${asItIs ? encoding : "none"}'`;
    const result = await engine.withSession(async (session) => {
      await prepare(session, wantedOf(engine, request, null));
      return session.queryAsync(`${statement.head} ${infile} ${statement.tail}`);
    });
    const answer = openAnswer(outgoing, { queryId, format: "Null", gzip: false });
    answer.summary({
      written_rows: result.rowsRead,
      written_bytes: result.bytesRead,
      elapsed_ns: result.elapsed * 1e9,
    });
    await answer.end();
  } finally {
    await rm(file, { force: true });
  }
}

async function* concatenated(before: Buffer, body: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  if (before.length > 0) yield before;
  yield* body;
}

function onlyReads({ settings }: RequestHead): boolean {
  return (settings.get("readonly") ?? "0") !== "0";
}

async function query(engine: Engine, request: Request, statement: QueryStatement): Promise<void> {
  const { head, outgoing, queryId } = request;
  engine.guard.check(statement.words, head.parameters);
  if (onlyReads(head)) await checkReading(engine, statement, request.limits);
  if (SCHEMA_VERBS.has(statement.verb)) await checkRoom();
  const format = statement.format ?? head.defaultFormat ?? "TabSeparated";
  const lines = isStreamable(statement) && !isSmall(head) ? headerLines(format) : null;
  const comment = head.settings.has("log_comment") ? null : `lifecircle:${randomUUID()}`;
  const cancel = () => {
    if (!outgoing.writableFinished && comment !== null) void engine.kill(comment).catch(() => {});
  };
  outgoing.once("close", cancel);
  try {
    const wanted = wantedOf(engine, request, comment);
    await withQuestion(engine, statement, wanted, async (session) => {
      if (outgoing.destroyed) return;
      const answer = openAnswer(outgoing, { queryId, format, gzip: head.gzip });
      if (lines === null) {
        const result = await session.queryAsync(statement.text, { format });
        answer.summary({ read_rows: result.rowsRead, read_bytes: result.bytesRead, elapsed_ns: result.elapsed * 1e9 });
        await answer.write(result.bytes());
      } else {
        await streamBlocks(session, statement.text, format, lines, answer);
      }
      await answer.end();
    });
  } finally {
    outgoing.off("close", cancel);
  }
}

const SCHEMA_VERBS = new Set(["CREATE", "ATTACH", "ALTER", "RENAME", "EXCHANGE", "REPLACE"]);
const SCHEMA_FREE_BYTES_MIN = 16 * 2 ** 20;

/** On a full disk the engine says that a table was made or changed, and its definition is an empty file ever after. */
async function checkRoom(): Promise<void> {
  const { bavail, bsize } = await statfs(".");
  if (bavail * bsize < SCHEMA_FREE_BYTES_MIN)
    throw new StatementError(243, "The disk of the store is full", "NOT_ENOUGH_SPACE");
}

const READING_VERBS = new Set(["SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"]);

/** The engine lets SYSTEM and KILL pass with readonly=2, so verbs are looked at here; EXPLAIN AST finds a wrong syntax and runs nothing. */
async function checkReading(engine: Engine, statement: QueryStatement, limits: ReadLimits): Promise<void> {
  checkLimitClauses(statement.words, limits);
  if (READING_VERBS.has(statement.verb)) return;
  await engine.withSession((session) => session.queryAsync(`EXPLAIN AST ${statement.text}`));
  throw new StatementError(164, `Cannot execute ${statement.verb} in readonly mode`, "READONLY");
}

async function streamBlocks(
  session: Session,
  text: string,
  format: string,
  lines: number,
  answer: { write(bytes: Uint8Array): Promise<void> },
): Promise<void> {
  const csv = format.toLowerCase().startsWith("csv");
  let first = true;
  for await (const block of session.queryStream(text, { format })) {
    const bytes = block.raw();
    await answer.write(first ? bytes : bytes.subarray(headerBytes(bytes, lines, csv)));
    first = false;
  }
}

/** Totals and extremes stand outside the rows, so an answer with them is not a plain row of blocks. */
function isStreamable(statement: QueryStatement): boolean {
  if (statement.verb !== "SELECT" && statement.verb !== "WITH") return false;
  return !statement.words.some((word) => isWord(word, "TOTALS") || isWord(word, "EXTREMES"));
}

/** Rows of an answer that is held in memory as a whole: to open a stream takes the thread that all requests share. */
const SMALL_ROWS_MAX = 200_000;

function isSmall({ settings }: RequestHead): boolean {
  const rows = Number(settings.get("max_result_rows") ?? 0);
  return rows > 0 && rows <= SMALL_ROWS_MAX;
}

/** How long what has a low priority is held back at a time: ClickHouse says a second, and who asks would notice. */
const HELD_BACK_MS = 100;

/** What a request wants of its session. */
interface Wanted {
  readonly database: string;
  /** The same for all requests of a kind, `name = 'value'` each. */
  readonly settings: readonly string[];
  /** Names of the parameters. */
  readonly names: readonly string[];
  /** Of this request alone. */
  readonly own: readonly string[];
}

/** Throws StatementError for a setting or parameter that may not be. */
function wantedOf(engine: Engine, request: Request, comment: string | null): Wanted {
  const { parameters, database } = request.head;
  const given = onlyReads(request.head)
    ? limitedSettings(request.head.settings, request.limits)
    : request.head.settings;
  const settings = [`low_priority_query_wait_time_ms = ${HELD_BACK_MS}`];
  for (const [name, value] of given) {
    engine.guard.checkSetting(name);
    if (!/^\w+$/.test(name)) throw new StatementError(115, `Unknown setting '${name}'`, "UNKNOWN_SETTING");
    settings.push(`${name} = ${quoteString(value)}`);
  }
  const own = comment === null ? [] : [`log_comment = ${quoteString(comment)}`];
  for (const [name, value] of parameters) {
    if (!/^\w+$/.test(name)) throw new StatementError(36, `Parameter '${name}' is no name`, "BAD_ARGUMENTS");
    own.push(`param_${name} = ${quoteString(value)}`);
  }
  const isOurs = database === null || database === "" || database === "default";
  return { database: isOurs ? request.database : database, settings, names: [...parameters.keys()].sort(), own };
}

async function prepare(session: Session, { database, settings, own }: Wanted): Promise<void> {
  await session.queryAsync(`USE ${quoteIdentifier(database)}`);
  if (settings.length + own.length > 0) await session.queryAsync(`SET ${[...settings, ...own].join(", ")}`);
}

/**
 * A SELECT leaves nothing behind in its session but what it was given: the settings, which the next one has as well, and its parameters, all
 * of which the next one gives itself.
 */
async function withQuestion(
  engine: Engine,
  { verb }: QueryStatement,
  wanted: Wanted,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  if (verb !== "SELECT") {
    return engine.withSession(async (session) => {
      await prepare(session, wanted);
      return work(session);
    });
  }
  const { database, settings, names, own } = wanted;
  const kind = {
    key: JSON.stringify([database, settings, names]),
    begin: (session: Session) => prepare(session, { ...wanted, own: [] }),
  };
  return engine.withKept(kind, async (session) => {
    if (own.length > 0) await session.queryAsync(`SET ${own.join(", ")}`);
    return work(session);
  });
}
