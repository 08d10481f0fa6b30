/** The HTTP API over a real store: wrong types, injections, huge and deep bodies, in every part of a request. */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { configuredAccess, configuredApi } from "../../src/cli/api.js";
import { openDisclosure } from "../../src/cli/disclosure.js";
import { loadConfig } from "../../src/config/load.js";
import { ALL_OPERATIONS } from "../../src/http/all-operations.js";
import { problemsOf } from "../../src/http/openapi.js";
import type { Operation } from "../../src/http/operation.js";
import { startHttp } from "../../src/http/server.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { openStore } from "../../src/store/client.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";
import { seedCity } from "./seeds.js";
import { must, type OpenTarget, target } from "./target.js";

const HEAD_BYTES_MAX = 12_000;
const BODY_BYTES_MAX = 16_384;
const KEY = "the key of the fuzzing";
const OPERATIONS = Object.entries(ALL_OPERATIONS) as [string, Operation][];
const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "",
  "application/x-www-form-urlencoded",
];

/** What a sound request has somewhere, and what is to break a query, a path, a parser or a number. */
const VALUES = [
  "white-collar",
  "home:W",
  "W",
  "10",
  "2026-01-06T08:00:00Z",
  "2026-01-06",
  "region",
  "h3",
  "8928308280fffff",
  "home-day",
  "moves",
  "18446744073709551615",
  "home in W",
  "not (home in W and day in E) or circle",
  "",
  "' OR 1=1 --",
  "'; DROP TABLE memberships; --",
  "\\'",
  "{circle:String}",
  "file('/etc/passwd')",
  "{{1+1}}",
  "../../../etc/passwd",
  "%00",
  "\0",
  "\ud800",
  "\u202e",
  "<script>",
  "-1",
  "1e309",
  "NaN",
  "0x10",
  "18446744073709551616",
  "99999-01-01T00:00:00Z",
  "0000-00-00",
  "__proto__",
  "constructor",
  "[object Object]",
  "(".repeat(3000),
  "not ".repeat(2000),
  "a".repeat(20_000),
];

interface Part {
  readonly name: string;
  readonly value: string;
}

interface Input {
  readonly operation: number;
  readonly method: string | null;
  readonly params: readonly string[];
  readonly query: readonly Part[];
  readonly headers: readonly Part[];
  readonly type: string;
  readonly body: string;
}

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.double().map(String) },
);

const leaf = fc.oneof(value, fc.integer(), fc.double(), fc.constantFrom(null, true, false, [], {}));
const names = [
  "text",
  "expression",
  "a",
  "b",
  "id",
  "all",
  "any",
  "not",
  "circle",
  "region",
  "kind",
  "score",
  "min",
  "within",
  "__proto__",
];
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    leaf,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 10 })), tie("node"), { maxKeys: 4 }),
  ),
})).node;

const deep = fc.constantFrom(
  "[".repeat(16_000),
  `${'{"not":'.repeat(1500)}1${"}".repeat(1500)}`,
  `{"expression":${'{"not":'.repeat(1500)}{"circle":"a"}${"}".repeat(1500)}}`,
  `{"expression":${"[".repeat(7000)}${"]".repeat(7000)}}`,
  `{"text":"${"(".repeat(8000)}"}`,
  `{"text":"${"a or ".repeat(2000)}a"}`,
  `{"expression":{"any":[${'{"circle":"a"},'.repeat(900)}{"circle":"a"}]}}`,
  `{"id":"${"9".repeat(15_000)}"}`,
  "x".repeat(BODY_BYTES_MAX * 3),
  `{"a":{"text":"white-collar"},"b":{"text":"home in W"}}`,
  `{"text":"white-collar and not home in W"}`,
  '{"text":"a","text":"b"}',
  "\ufeff{}",
);

const inputs: fc.Arbitrary<Input> = fc.record({
  operation: fc.nat({ max: OPERATIONS.length - 1 }),
  method: fc.oneof({ weight: 15, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) }),
  params: fc.array(value, { minLength: 3, maxLength: 3 }),
  query: fc.array(fc.record({ name: fc.nat({ max: 12 }).map(String), value }), { maxLength: 4 }),
  headers: fc.array(
    fc.record({ name: fc.constantFrom("x-purpose", "x-correlator", "if-none-match", "accept"), value }),
    { maxLength: 2 },
  ),
  type: fc.oneof(
    { weight: 8, arbitrary: fc.constant("application/json") },
    { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
  ),
  body: fc.oneof(
    { weight: 3, arbitrary: tree.map((node) => JSON.stringify(node) ?? "") },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: value },
  ),
});

/** The path and query of an input. A query's name is a number: of a parameter of the operation, or a name of its own. */
function urlOf({ operation, params, query }: Input): string {
  const [, { path, query: form }] = OPERATIONS[operation] as [string, Operation];
  let at = 0;
  const filled = path.replace(/\{\w+\}/g, () => encode(params[at++] ?? ""));
  const known = Object.keys(form.shape);
  const search = query.map(({ name, value: text }) => `${encode(known[Number(name)] ?? name)}=${encode(text)}`);
  return `/v1${filled}${search.length === 0 ? "" : `?${search.join("&")}`}`;
}

/** A lone surrogate has no form in a URL. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly correlator: string | undefined;
}

function send(agent: Agent, port: number, input: Input): Promise<Answer> {
  const [, { method, body }] = OPERATIONS[input.operation] as [string, Operation];
  const used = input.method ?? method;
  // Node refuses a GET with a body before anybody sees it.
  const hasBody = body !== null && used !== "GET";
  const headers: Record<string, string> = { "x-purpose": "fuzzing" };
  for (const { name, value: text } of input.headers) headers[name] = text.replace(/[^\x20-\x7e]/g, "?").slice(0, 2000);
  if (hasBody) Object.assign(headers, { "content-type": input.type, "content-length": Buffer.byteLength(input.body) });
  return new Promise((resolve, reject) => {
    const asked = request(
      { agent, port, host: "127.0.0.1", path: urlOf(input), method: used, headers },
      (answer: IncomingMessage) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers["content-type"] ?? "",
            text: Buffer.concat(chunks).toString(),
            correlator: answer.headers["x-correlator"]?.toString(),
          }),
        );
      },
    );
    // A server that has refused a body closes the connection while the rest of it is still on its way.
    asked.on("error", (error: NodeJS.ErrnoException) =>
      hasBody && input.body.length > BODY_BYTES_MAX && ["EPIPE", "ECONNRESET"].includes(error.code ?? "")
        ? resolve({ status: 413, type: "", text: "", correlator: undefined })
        : reject(error),
    );
    asked.end(hasBody ? input.body : undefined);
  });
}

/** Whether an answer is one that the operation's form promises. */
function check(input: Input, { status, type, text, correlator }: Answer): void {
  const [id, operation] = OPERATIONS[input.operation] as [string, Operation];
  const isOwn = input.method === null || input.method === operation.method;
  const own = [operation.status, 304, ...problemsOf(operation), ...(operation.params.shape === undefined ? [] : [404])];
  // Another method may be for another operation of the same path, and an empty or dotted parameter leads to another path.
  const ofPath = isOwn ? [...own, 404] : [200, 204, 400, 403, 404, 405, 413, 415, 422, ...own];
  const allowed = urlOf(input).length > HEAD_BYTES_MAX ? [431, 405, ...ofPath] : ofPath;
  must(allowed.includes(status), () => `${id} answers ${status}, which is not documented: ${text.slice(0, 500)}`);
  if (status === 413 && text === "") return;
  // Node itself refuses a head of more than 16 kB.
  if (status === 431 && urlOf(input).length > HEAD_BYTES_MAX) return;
  must(correlator !== undefined && correlator !== "", () => `${id} answers ${status} without a correlator`);
  if (status >= 400) {
    must(type === "application/problem+json", () => `${id} answers ${status} as ${type}`);
    const problem = JSON.parse(text) as { status: number; detail: string; mend: string };
    must(
      problem.status === status && problem.detail !== "" && problem.mend !== "",
      () => `${id}: a problem without words: ${text}`,
    );
    must(!/\bat \S+ \(|DB::Exception|SELECT /.test(problem.detail), () => `${id} tells its inside: ${problem.detail}`);
  } else if (status === 200 && isOwn && operation.streams.length === 0) {
    const parsed = operation.response.safeParse(JSON.parse(text));
    must(parsed.success, () => `${id} answers otherwise than its form: ${parsed.error?.message}`);
  }
}

async function open(): Promise<OpenTarget<Input>> {
  const dataDir = await mkdtemp(join(tmpdir(), "lifecircle-fuzz-"));
  const config = loadConfig({
    env: { LIFECIRCLE_PSEUDONYM_KEY: KEY },
    flags: { "data.dir": dataDir, "api.perSecondMax": 1e6, "api.burstMax": 1e6, "api.bodyBytesMax": BODY_BYTES_MAX },
  });
  const server = await startEmbeddedStore({ dataDir });
  const store = await openStore({
    ...{ url: server.url, database: "lifecircle", user: "default", password: "", caFile: null, gzip: false },
    ...{ requestMsMax: 60_000, retriesMax: 0, retryFirstMs: 0, retryMsMax: 0 },
    ttlDays: { stays: null, membershipLog: null, presence: null, rejected: null },
  });
  const logged: string[] = [];
  const warn = (text: string) => void logged.push(text);
  const access = configuredAccess(config, warn);
  const city = seedCity();
  const metrics = createMetrics();
  const parts = { config, city: () => city, client: store.client, access, warn, metrics, follows: false };
  const api = configuredApi({ ...parts, disclosure: await openDisclosure(config), key: Buffer.from(KEY) });
  const http = await startHttp({
    ...{ host: "127.0.0.1", port: 0, remoteAllowed: false, registry: metrics.registry, health: {}, page: null },
    access,
    api: () => api.app,
  });
  const port = Number(new URL(http.url).port);
  const agent = new Agent({ keepAlive: true });
  return {
    inputs,
    async judge(input) {
      logged.length = 0;
      const answer = await send(agent, port, input);
      must(logged.length === 0 || answer.status === 503, () => `the log says: ${logged.join("; ")}`);
      check(input, answer);
      return answer.status < 400 ? { taken: 1 } : { [String(answer.status)]: 1 };
    },
    show: (input) =>
      `${input.method ?? OPERATIONS[input.operation]?.[1].method} ${urlOf(input).slice(0, 3000)}\n${JSON.stringify({ headers: input.headers, type: input.type })}\n${JSON.stringify(input.body.slice(0, 3000))}`,
    bytes: (input) => input.body.length + urlOf(input).length,
    async close() {
      agent.destroy();
      await http.close();
      await api.close();
      await store.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const HTTP = target("http", 10_000, open);
