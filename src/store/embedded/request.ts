import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { StatementError } from "./clickhouse-errors.js";

/** Bytes of a request body that holds the statement itself; rows beyond it belong in the body with the INSERT in `?query=`. */
export const STATEMENT_BYTES_MAX = 64 * 1024 * 1024;

/** Parameters of the HTTP interface that are no settings of the engine. */
const NO_SETTINGS = new Set([
  "buffer_size",
  "client_protocol_version",
  "close_session",
  "compress",
  "database",
  "decompress",
  "default_format",
  "enable_http_compression",
  "password",
  "query",
  "query_id",
  "quota_key",
  "role",
  "send_progress_in_http_headers",
  "session_check",
  "session_id",
  "session_timeout",
  "stacktrace",
  "user",
  "wait_end_of_query",
]);

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What a request says besides its body. */
export interface RequestHead {
  readonly query: string;
  readonly queryId: string | null;
  readonly database: string | null;
  readonly defaultFormat: string | null;
  readonly gzip: boolean;
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` by name, escaped as the interface has them. */
  readonly parameters: Map<string, string>;
}

export function readHead(request: IncomingMessage, url: URL, access: Access): RequestHead {
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (name.startsWith("param_")) parameters.set(name.slice(6), value);
    else if (!NO_SETTINGS.has(name)) settings.set(name, value);
  }
  for (const name of ["compress", "decompress"]) {
    if (url.searchParams.get(name) === "1") {
      throw new StatementError(48, `${name}=1 (the native block format) is not supported; use gzip`, "NOT_IMPLEMENTED");
    }
  }
  // A GET only reads, as in ClickHouse; 2 leaves the settings of the query free.
  const mayWrite = request.method === "POST" && access === "all";
  if (!mayWrite && (settings.get("readonly") ?? "0") === "0") settings.set("readonly", "2");
  return {
    query: url.searchParams.get("query") ?? "",
    queryId: url.searchParams.get("query_id"),
    database: url.searchParams.get("database") ?? header(request, "x-clickhouse-database"),
    defaultFormat: url.searchParams.get("default_format") ?? header(request, "x-clickhouse-format"),
    gzip:
      ["1", "true"].includes(url.searchParams.get("enable_http_compression") ?? "0") &&
      (header(request, "accept-encoding") ?? "").includes("gzip"),
    settings,
    parameters,
  };
}

/** What a request may do. */
export type Access = "all" | "read";

/**
 * What a request may do by the user and password that it gives; without credentials of its own the store lets everybody do all.
 *
 * @param readsOpen others than the one user there is may read, too
 * @throws StatementError 516 for others than that user, where they may not
 */
export function authenticate(
  request: IncomingMessage,
  url: URL,
  wanted: Credentials | null,
  readsOpen: boolean,
): Access {
  if (wanted === null) return "all";
  const given = credentials(request, url);
  if (given !== null && same(given.user, wanted.user) && same(given.password, wanted.password)) return "all";
  if (readsOpen) return "read";
  if (given === null) {
    throw new StatementError(194, "Authentication required: give user and password", "REQUIRED_PASSWORD");
  }
  throw new StatementError(
    516,
    `${given.user}: Authentication failed: password is incorrect, or there is no user with such name`,
    "AUTHENTICATION_FAILED",
  );
}

function credentials(request: IncomingMessage, url: URL): Credentials | null {
  const basic = /^Basic (\S+)$/i.exec(header(request, "authorization") ?? "");
  if (basic !== null) {
    const text = Buffer.from(basic[1] as string, "base64").toString("utf8");
    const colon = text.indexOf(":");
    return { user: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) };
  }
  const user = header(request, "x-clickhouse-user") ?? url.searchParams.get("user");
  const password = header(request, "x-clickhouse-key") ?? url.searchParams.get("password");
  return user === null && password === null ? null : { user: user ?? "default", password: password ?? "" };
}

function same(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Throws StatementError 497 for requests that a web page makes a browser send: a foreign Origin, or a name that was
 * pointed at loopback. Programs send neither.
 */
export function refuseForeignPages(request: IncomingMessage): void {
  const loopback = /^(?:https?:\/\/)?(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?$/i;
  const origin = header(request, "origin");
  if (loopback.test(header(request, "host") ?? "localhost") && (origin === null || loopback.test(origin))) return;
  throw new StatementError(497, "The embedded store answers programs on this machine only", "ACCESS_DENIED");
}

export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return value === undefined ? null : String(value);
}

/** The whole body in memory, decompressed. Throws StatementError 223 beyond STATEMENT_BYTES_MAX. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const source = decompressed(request);
  for await (const chunk of source) {
    bytes += (chunk as Buffer).length;
    if (bytes > STATEMENT_BYTES_MAX) {
      throw new StatementError(
        223,
        `The body holds more than ${STATEMENT_BYTES_MAX} bytes; give the INSERT in ?query= and only its data in the body`,
        "QUERY_IS_TOO_LARGE",
      );
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

export function decompressed(request: IncomingMessage): AsyncIterable<unknown> {
  const encoding = header(request, "content-encoding") ?? "identity";
  if (encoding === "identity") return request;
  const unpack = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress }[encoding];
  if (unpack === undefined) {
    throw new StatementError(48, `Unknown Content-Encoding ${encoding}; use gzip, deflate or br`, "NOT_IMPLEMENTED");
  }
  const stream = unpack();
  request.on("error", (error) => stream.destroy(error));
  return request.pipe(stream);
}

/** Fields of a multipart form, which is how clients send parameters that are too long for a URL. */
export async function readForm(body: Buffer, contentType: string): Promise<ReadonlyMap<string, string>> {
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  const fields = new Map<string, string>();
  for (const [name, value] of form) fields.set(name, typeof value === "string" ? value : await value.text());
  return fields;
}
