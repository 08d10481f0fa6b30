import { isIP } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Registry } from "prom-client";
import { safeText } from "../metrics/log.js";
import type { Metrics } from "../metrics/metrics.js";
import { UserError } from "../signal/user-error.js";
import { type Access, isLoopback } from "./access/authenticate.js";
import type { Page } from "./page.js";
import { Problem } from "./problem.js";

/** What one check of readiness found. */
export interface CheckResult {
  readonly ok: boolean;
  /** One line for a person. */
  readonly detail: string;
}

/** One thing that must hold before traffic is sent here; a rejection counts as not ready. */
export type Check = () => CheckResult | Promise<CheckResult>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Serve `/metrics` without a login also where the host is not loopback. */
  readonly remoteAllowed: boolean;
  readonly registry: Registry;
  /** Checks of `/readyz` by name. */
  readonly health: Readonly<Record<string, Check>>;
  /** Who may ask below `/v1`, and for `/metrics` on a host that is not loopback. */
  readonly access: Access;
  /** What is below `/v1`, which gives null while it is starting; null: nothing is. */
  readonly api: (() => Hono | null) | null;
  /** What is at `/` and beside it; null: nothing is. */
  readonly page: Page | null;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080`, with the port taken. */
  readonly url: string;
  /** Ends after the answers in hand; idle connections are closed. */
  close(): Promise<void>;
}

const CHECK_MS_MAX = 2000;
const CLOSE_MS_MAX = 2000;
/** Longer than clients and proxies keep an idle connection: who closes first must be the one that asks. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Serves the page at `/`, the API below `/v1`, `/metrics` (Prometheus text), `/healthz` (200 while the process is alive) and `/readyz` (200 when every check
 * holds, else 503; JSON with each check). Throws UserError when the port is in use or the host is not allowed: strangers could ask, and
 * nobody has credentials.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  if (!options.remoteAllowed && !isLoopback(options.host) && !options.access.hasCredentials()) {
    throw new UserError(
      `http.host ${options.host} can be reached from other machines, and no credentials are configured`,
      "set http.host to 127.0.0.1, make a key with `lifecircle key create`, or set http.remoteAllowed to true when a proxy or network keeps strangers out",
    );
  }
  const server = await listen(options);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const host = isIP(options.host) === 6 ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, close: () => closeServer(server) };
}

/** A check that the watermark lies at most so many minutes behind the clock; 0 does not ask. Ready while no event came yet. */
export function watermarkCheck(metrics: Pick<Metrics, "watermarkDelaySeconds">, delayMinutesMax: number): Check {
  return () => {
    const seconds = metrics.watermarkDelaySeconds();
    if (seconds === null) return { ok: true, detail: "no event yet" };
    const minutes = (seconds / 60).toFixed(1);
    const ok = delayMinutesMax === 0 || seconds <= delayMinutesMax * 60;
    return { ok, detail: `${minutes} minutes behind the clock${ok ? "" : `, more than ${delayMinutesMax}`}` };
  };
}

function routes(options: HttpOptions): Hono {
  const app = new Hono();
  const isGuarded = !options.remoteAllowed && !isLoopback(options.host);
  app.get("/metrics", async (context) => {
    if (isGuarded) await options.access.authenticate(context.req.raw.headers);
    return context.body(await options.registry.metrics(), 200, { "content-type": options.registry.contentType });
  });
  app.get("/healthz", (context) => context.json({ status: "alive", uptimeSeconds: Math.round(process.uptime()) }));
  app.get("/readyz", async (context) => {
    const names = Object.entries(options.health);
    const results = await Promise.all(names.map(async ([name, check]) => [name, await run(check)] as const));
    const ready = results.every(([, result]) => result.ok);
    return context.json({ ready, checks: Object.fromEntries(results) }, ready ? 200 : 503);
  });
  const { api: find } = options;
  if (find !== null)
    app.all("/v1/*", (context) => {
      const api = find();
      if (api !== null) return below(context, api);
      const starting = new Problem(503, "the store is starting", "ask again a little later", [], {
        "retry-after": "2",
      });
      return starting.response("");
    });
  const { page } = options;
  if (page !== null) app.get("*", (context) => page(context.req.path, context.req.raw.headers) ?? context.notFound());
  app.onError((error, context) => {
    if (error instanceof Problem) return error.response("");
    return context.json({ error: safeText(error.message) }, 500);
  });
  return app;
}

/** The API sees paths without `/v1`. */
function below(context: Context, api: Hono): Response | Promise<Response> {
  const url = new URL(context.req.url);
  url.pathname = url.pathname.slice("/v1".length);
  return api.fetch(new Request(url, context.req.raw), context.env);
}

/** One check, answered within its time whatever it waits for. */
async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${CHECK_MS_MAX} ms` }), CHECK_MS_MAX);
  });
  try {
    return await Promise.race([check(), tooLong]);
  } catch (error) {
    return { ok: false, detail: safeText(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(timer);
  }
}

function listen(options: HttpOptions): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: routes(options).fetch, hostname: options.host, port: options.port }, () => {
      server.off("error", refuse);
      resolve(server);
    });
    if ("keepAliveTimeout" in server) server.keepAliveTimeout = KEEP_ALIVE_MS;
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, options));
    server.once("error", refuse);
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port }: HttpOptions): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new UserError(
        `http.port ${port} on ${host} is in use by another program`,
        "end that program, or choose another port: http.port, or LIFECIRCLE_HTTP_PORT (0 takes a free one)",
      );
    case "EACCES":
      return new UserError(`http.port ${port} may not be used by this user`, "set http.port to 1024 or above");
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UserError(`http.host ${host} is no address of this machine`, "set http.host to 127.0.0.1");
    default:
      return error;
  }
}

/** A connection still busy after its time is cut. */
function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), CLOSE_MS_MAX);
    server.close((error) => {
      clearTimeout(cut);
      if (error === undefined) resolve();
      else reject(error);
    });
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}
