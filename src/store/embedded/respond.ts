import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { errorCode, errorStatus } from "./clickhouse-errors.js";
import { contentType } from "./formats.js";

export interface Answer {
  /** Rows, bytes and time for X-ClickHouse-Summary; before the first byte. */
  summary(counts: Readonly<Record<string, number>>): void;
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** An answer whose head is sent with its first bytes, so that an error before them still gets a status of its own. */
export function openAnswer(outgoing: ServerResponse, head: { queryId: string; format: string; gzip: boolean }): Answer {
  let body: Writable | null = null;
  let counts: Readonly<Record<string, number>> = {};
  function open(): Writable {
    if (body !== null) return body;
    outgoing.writeHead(200, {
      "Content-Type": contentType(head.format),
      "X-ClickHouse-Format": head.format,
      "X-ClickHouse-Query-Id": head.queryId,
      "X-ClickHouse-Summary": summaryText(counts),
      "X-ClickHouse-Timezone": "UTC",
      ...(head.gzip ? { "Content-Encoding": "gzip" } : {}),
    });
    body = outgoing;
    if (head.gzip) {
      const packed = createGzip({ level: 3 });
      packed.pipe(outgoing);
      outgoing.once("close", () => packed.destroy());
      body = packed;
    }
    return body;
  }
  return {
    summary(given) {
      counts = given;
    },
    async write(bytes) {
      const target = open();
      if (outgoing.destroyed) throw new Error("the client went away");
      if (bytes.length > 0 && !target.write(bytes))
        await Promise.race([once(target, "drain"), once(outgoing, "close")]);
    },
    async end() {
      open().end();
      await finished(outgoing, { readable: false }).catch(() => {});
    },
  };
}

function summaryText(counts: Readonly<Record<string, number>>): string {
  const all = {
    read_rows: 0,
    read_bytes: 0,
    written_rows: 0,
    written_bytes: 0,
    total_rows_to_read: 0,
    elapsed_ns: 0,
    ...counts,
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(Math.round(value))])),
  );
}

/** Sends an exception as ClickHouse does; cuts the answer off where its rows were already on their way. */
export function sendError(outgoing: ServerResponse, error: unknown, queryId: string, version: string): void {
  const message = messageOf(error, version);
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const code = errorCode(message);
  outgoing.writeHead(errorStatus(code), {
    "Content-Type": "text/plain; charset=UTF-8",
    "X-ClickHouse-Exception-Code": String(code),
    "X-ClickHouse-Query-Id": queryId,
    ...(code === 194 ? { "WWW-Authenticate": 'Basic realm="Lifecircle"' } : {}),
  });
  outgoing.end(`${message}\n`);
}

function messageOf(error: unknown, version: string): string {
  const raw = error instanceof Error ? error.message : String(error);
  if (isDiskFull(error)) return exception(243, "The disk of the store is full", "NOT_ENOUGH_SPACE", version);
  if (!raw.startsWith("Code: ")) return exception(1001, raw, "STD_EXCEPTION", version);
  const once = raw.replace(/^Code: (\d+)\. DB::Exception: (?=Code: \1\.)/, "").trim();
  return /\(version [^)]*\)$/.test(once) ? once : `${once} (version ${version})`;
}

function exception(code: number, text: string, kind: string, version: string): string {
  return `Code: ${code}. DB::Exception: ${text}. (${kind}) (version ${version})`;
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
