import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Engine } from "./engine.js";
import { execute } from "./execute.js";
import type { ReadLimits } from "./read-limits.js";
import { authenticate, type Credentials, readHead, refuseForeignPages } from "./request.js";
import { sendError } from "./respond.js";

export interface InterfaceOptions {
  /** Database of requests that name none. */
  readonly database: string;
  readonly credentials: Credentials | null;
  /** Who does not give the credentials may read. */
  readonly readsOpen: boolean;
  /** Of every question that only reads. */
  readonly limits: ReadLimits;
}

/**
 * The ClickHouse HTTP interface over an engine: `/ping`, and statements on `/`. Sessions (`session_id`) are not kept and query ids
 * are only repeated; everything else that @clickhouse/client, curl and Grafana send is honoured.
 */
export function createInterface(engine: Engine, options: InterfaceOptions): Server {
  const server = createServer((incoming, outgoing) => {
    void answer(engine, options, incoming, outgoing);
  });
  // Longer than the clients keep an idle connection (2.5 s), so that they close it first.
  server.keepAliveTimeout = 10_000;
  server.requestTimeout = 0;
  return server;
}

async function answer(
  engine: Engine,
  options: InterfaceOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  let queryId: string = randomUUID();
  try {
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    queryId = url.searchParams.get("query_id") ?? queryId;
    refuseForeignPages(incoming);
    if (url.pathname === "/ping" || (url.pathname === "/" && isGreeting(incoming, url))) {
      sendText(outgoing, 200, "Ok.\n");
    } else if (url.pathname !== "/") {
      sendText(outgoing, 404, `There is no handle ${url.pathname}\nUse / or /ping for health checks.\n`);
    } else {
      const access = authenticate(incoming, url, options.credentials, options.readsOpen);
      const { database, limits } = options;
      await execute(engine, { head: readHead(incoming, url, access), queryId, incoming, outgoing, database, limits });
    }
  } catch (error) {
    sendError(outgoing, error, queryId, engine.version);
  } finally {
    incoming.resume();
  }
}

function isGreeting(incoming: IncomingMessage, url: URL): boolean {
  return incoming.method !== "POST" && !url.searchParams.has("query");
}

function sendText(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { "Content-Type": "text/plain; charset=UTF-8" });
  outgoing.end(text);
}
