import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import { UserError } from "../../signal/user-error.js";

/** Where the NATS servers are and how to log in; an empty text means none, as in the `stream` section of the config. */
export interface NatsConnectionOptions {
  /** `nats://host:4222` or `tls://host:4222`, several separated by commas; may hold `user:password@` or `token@`. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** File with a JWT and its seed. */
  readonly credsFile?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

export interface ConnectManners {
  /** Name of this client in the server's monitoring. */
  readonly name: string;
  /** How long to try when no server answers, before the error. */
  readonly retryMsMax: number;
}

const ATTEMPT_TIMEOUT_MS = 5000;
const RETRY_WAIT_MS = 250;
const RECONNECT_WAIT_MS = 250;

/**
 * Connects, and from then on reconnects by itself for ever. Throws UserError when no server answers within `retryMsMax`, or at
 * once when one refuses the credentials or the certificate.
 */
export async function connectNats(options: NatsConnectionOptions, manners: ConnectManners): Promise<NatsConnection> {
  const settings = connectionSettings(options, manners.name);
  const deadlineMs = Date.now() + manners.retryMsMax;
  for (;;) {
    try {
      return await connect(settings);
    } catch (error) {
      const refused = refusal(error, options.url);
      if (refused !== null) throw refused;
      if (Date.now() + RETRY_WAIT_MS >= deadlineMs) throw unreachable(error, options.url);
    }
    await sleep(RETRY_WAIT_MS);
  }
}

/** The addresses of a url list without what is secret in it, for messages. */
export function natsAddress(url: string): string {
  return url
    .split(",")
    .map((server) => server.trim().replace(/\/\/[^@/]*@/, "//"))
    .join(", ");
}

function connectionSettings(options: NatsConnectionOptions, name: string): NodeConnectionOptions {
  const urls = options.url.split(",").map(parseServer);
  const login = urls[0] as URL;
  const user = options.user || (login.password === "" ? "" : decodeURIComponent(login.username));
  const password = options.password || decodeURIComponent(login.password);
  const token = options.token || (login.password === "" ? decodeURIComponent(login.username) : "");
  const wantsTls =
    urls.some((url) => url.protocol === "tls:") || Object.values(options.tls ?? {}).some((path) => path !== "");
  return {
    servers: urls.map((url) => `${url.hostname}:${url.port || "4222"}`),
    name,
    timeout: ATTEMPT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    // They cost a stack trace a request, and our errors name what was asked.
    noAsyncTraces: true,
    ...(user === "" ? {} : { user, pass: password }),
    ...(token === "" ? {} : { token }),
    ...(options.credsFile ? { authenticator: credsAuthenticator(readSecretFile(options.credsFile)) } : {}),
    ...(wantsTls ? { tls: tlsFiles(options) } : {}),
  };
}

function parseServer(text: string): URL {
  const server = text.trim();
  const withScheme = server.includes("://") ? server : `nats://${server}`;
  if (!/^(nats|tls):\/\/[^\s/]/.test(withScheme) || !URL.canParse(withScheme)) {
    throw new UserError(
      `"${natsAddress(server)}" is no address of a NATS server`,
      "write nats://HOST:4222 or tls://HOST:4222",
    );
  }
  return new URL(withScheme);
}

/** The files are read by the client at every connection, so a renewed certificate is taken without a restart. */
function tlsFiles(options: NatsConnectionOptions): { caFile?: string; certFile?: string; keyFile?: string } {
  const { caFile, certFile, keyFile } = options.tls ?? {};
  for (const path of [caFile, certFile, keyFile]) if (path) readSecretFile(path);
  return { ...(caFile ? { caFile } : {}), ...(certFile ? { certFile } : {}), ...(keyFile ? { keyFile } : {}) };
}

function readSecretFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The error of a server that answered but does not let us in; null for a server that did not answer. */
function refusal(error: unknown, url: string): UserError | null {
  if (error instanceof UserError) return error;
  const text = reasonOf(error);
  if (error instanceof errors.AuthorizationError || /authorization|authentication/i.test(text)) {
    return new UserError(
      `the NATS server at ${natsAddress(url)} refuses the credentials`,
      "check stream.user and stream.password, stream.token or stream.credsFile",
    );
  }
  if (/certificate|self.signed|tls|ssl|altname/i.test(text)) {
    return new UserError(
      `no secure connection to the NATS server at ${natsAddress(url)}: ${text}`,
      "check stream.tls.caFile, certFile and keyFile, and whether the server speaks TLS",
    );
  }
  return null;
}

function unreachable(error: unknown, url: string): UserError {
  return new UserError(
    `no NATS server answers at ${natsAddress(url)} (${reasonOf(error)})`,
    "start the server, or correct the address (--nats, stream.url)",
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : "";
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
