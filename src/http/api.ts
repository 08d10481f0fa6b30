import { createHash, randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { AnswerObserver } from "../metrics/api-metrics.js";
import { safeText } from "../metrics/log.js";
import { isPassing } from "../store/store-error.js";
import { Admission, type AdmissionOptions } from "./access/admission.js";
import type { AuditLog } from "./access/audit.js";
import type { Access } from "./access/authenticate.js";
import { allows, type Principal, rolesThatMay } from "./access/principal.js";
import { isPurpose, NO_PURPOSE } from "./access/purpose.js";
import { RateLimiter, type RateOptions } from "./access/rate.js";
import { Kept } from "./kept.js";
import { openApiDocument } from "./openapi.js";
import type { Answer, Asked, Operation } from "./operation.js";
import { Problem } from "./problem.js";
import { readRequest } from "./request.js";

export interface ApiOptions {
  readonly operations: Readonly<Record<string, Operation>>;
  /** One for each operation. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly access: Access;
  readonly audit: AuditLog;
  readonly rate: RateOptions;
  readonly admission: AdmissionOptions;
  /** Seconds that an answer is given again, where its operation says so. */
  readonly cacheSecondsMax: number;
  readonly bodyBytesMax: number;
  readonly secondsMax: number;
  readonly version: string;
  readonly observe: AnswerObserver;
  readonly warn: (message: string) => void;
}

const CORRELATOR = /^[A-Za-z0-9_.:;/<>{}-]{1,256}$/;
/** Digits of an IMSI or MSISDN; pseudonyms are all but never so short. */
const RAW_DIGITS = /(?<!\d)\d{8,16}(?!\d)/g;
const OVERLOAD_RETRY_SECONDS = 1;
const STORE_RETRY_SECONDS = 2;
/** Characters of all answers that are kept, and of the longest one of them. */
const KEPT_CHARS_MAX = 50_000_000;
const KEPT_CHARS_MAX_ONE = 1_000_000;
/** Beyond the time that the store may take: for what comes before and after it. */
const SPARE_MS = 1000;

/** What one request is answered with. */
interface Run {
  readonly id: string;
  readonly operation: Operation;
  readonly answer: Answer<Operation>;
}

/** The app below `/v1`: whoever asks is known, allowed, counted and written down before there is an answer. */
export function createApi(options: ApiOptions): Hono {
  const app = new Hono();
  const desk = new Desk(options);
  const document = JSON.stringify(openApiDocument(options.operations, options.version));
  app.get("/openapi.json", (context) =>
    context.body(document, 200, { "content-type": "application/json", "x-correlator": correlatorOf(context) }),
  );
  const paths = new Map<string, string[]>([["/openapi.json", ["GET"]]]);
  for (const [id, operation] of Object.entries(options.operations)) {
    const answer = options.answers[id] as Answer<Operation>;
    const path = operation.path.replace(/\{(\w+)\}/g, ":$1");
    app.on(operation.method, path, (context) => desk.serve({ id, operation, answer }, context));
    paths.set(path, [...(paths.get(path) ?? []), operation.method]);
  }
  for (const [path, methods] of paths) {
    const allow = methods.join(", ");
    app.all(path, (context) =>
      told(context, new Problem(405, `${context.req.method} is not for this path`, `use ${allow}`, [], { allow })),
    );
  }
  app.all("*", (context) =>
    told(context, new Problem(404, "there is no such path", "see /v1/openapi.json for the paths")),
  );
  return app;
}

function told(context: Context, problem: Problem): Response {
  const correlator = correlatorOf(context);
  return withCorrelator(problem.response(correlator), correlator);
}

class Desk {
  private readonly options: ApiOptions;
  private readonly limiter: RateLimiter;
  private readonly admission: Admission;
  private readonly kept: Kept<JsonAnswer>;

  constructor(options: ApiOptions) {
    this.options = options;
    this.limiter = new RateLimiter(options.rate);
    this.admission = new Admission(options.admission);
    this.kept = new Kept({
      secondsMax: options.cacheSecondsMax,
      meanwhileSecondsMax: options.cacheSecondsMax,
      weightMax: KEPT_CHARS_MAX,
      oneWeightMax: KEPT_CHARS_MAX_ONE,
      weightOf: ({ text }) => text.length,
    });
  }

  async serve(run: Run, context: Context): Promise<Response> {
    const startMs = performance.now();
    const response = await this.served(run, context);
    this.options.observe(run.id, response.status, (performance.now() - startMs) / 1000);
    return response;
  }

  private async served(run: Run, context: Context): Promise<Response> {
    const correlator = correlatorOf(context);
    try {
      const principal = await this.options.access.authenticate(context.req.raw.headers);
      const seconds = this.limiter.take(principal.id, Date.now());
      if (seconds > 0) throw tooMany("this key asks more often than it may", seconds);
      return withCorrelator(await this.answered(run, context, principal, correlator), correlator);
    } catch (error) {
      return withCorrelator(this.problemOf(error, run).response(correlator), correlator);
    }
  }

  /** The answer to somebody who is known; what becomes of it is written down before it goes out. */
  private async answered(run: Run, context: Context, principal: Principal, correlator: string): Promise<Response> {
    const noted = { question: "{}", purpose: "", people: 0 };
    let response: Response;
    try {
      response = await this.worked(run, context, principal, correlator, noted);
    } catch (error) {
      const problem = this.problemOf(error, run);
      // Who is turned away for the load is not asked about anybody.
      if (problem.status !== 429) await this.write(run, principal, correlator, problem.status, noted);
      throw problem;
    }
    await this.write(run, principal, correlator, response.status, noted);
    return response;
  }

  private async worked(
    { id, operation, answer }: Run,
    context: Context,
    principal: Principal,
    correlator: string,
    noted: { question: string; purpose: string; people: number },
  ): Promise<Response> {
    const request = context.req.raw;
    if (!allows(principal.role, operation.permission)) {
      const roles = rolesThatMay(operation.permission).join(" or ");
      throw new Problem(403, `the role ${principal.role} may not ask this`, `ask with a key of the role ${roles}`);
    }
    noted.purpose = purposeOf(operation, principal, request.headers.get("x-purpose"));
    const parts = await readRequest(
      operation,
      request,
      context.req.param() as Record<string, string>,
      this.options.bodyBytesMax,
    );
    const { body, ...open } = parts;
    noted.question = JSON.stringify(operation.body === null || operation.secretBody ? open : parts);
    const asked = {
      ...parts,
      principal,
      purpose: noted.purpose,
      correlator,
      headers: request.headers,
      signal: this.signalOf(operation, request),
      told: (people: number) => {
        noted.people += people;
      },
    } as Asked<Operation>;
    if (operation.kept) {
      const key = JSON.stringify([id, parts.params, parts.query, principal.regions]);
      const make = async () => jsonAnswer(await inTime(answer(asked), asked.signal));
      // What many have asked for is made again for all of them, and nobody waits for it.
      const made = (isAwaited: boolean) => (isAwaited ? this.admitted(make) : make());
      return jsonResponse(operation, await this.kept.get(key, made), request);
    }
    // Files have places of their own: how long they take is for who reads them to say.
    if (operation.streams.length > 0) return (await answer(asked)) as Response;
    // What hands people on writes all of them first, which takes as long as it takes.
    const isBounded = operation.method === "GET" || !operation.people;
    const value = await this.admitted(() => (isBounded ? inTime(answer(asked), asked.signal) : answer(asked)));
    return jsonResponse(operation, jsonAnswer(value), request);
  }

  /** Throws Problem 429 where more are at work than are answered in time. */
  private async admitted<T>(work: () => T | Promise<T>): Promise<T> {
    const leave = this.admission.enter();
    if (leave === null) throw tooMany("more questions are at work than can be answered soon", OVERLOAD_RETRY_SECONDS);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private signalOf(operation: Operation, request: Request): AbortSignal {
    if (operation.streams.length > 0) return request.signal;
    // Others may wait for the same answer.
    if (operation.kept) return AbortSignal.timeout(this.options.secondsMax * 1000 + SPARE_MS);
    return AbortSignal.any([request.signal, AbortSignal.timeout(this.options.secondsMax * 1000 + SPARE_MS)]);
  }

  /** A question about people whose row cannot be written has no answer. */
  private async write(
    { id, operation }: Run,
    principal: Principal,
    correlator: string,
    status: number,
    { question, purpose, people }: { question: string; purpose: string; people: number },
  ): Promise<void> {
    const row = this.options.audit.write(
      {
        timeMs: Date.now(),
        correlator,
        principal: principal.id,
        role: principal.role,
        purpose,
        operation: id,
        question: status < 400 ? question : question.replace(RAW_DIGITS, (run) => `[${run.length} digits]`),
        status,
        people,
      },
      operation.people,
    );
    const noted = row.catch((error: Error) => {
      this.options.warn(`the audit log cannot be written: ${safeText(error.message)}`);
      if (!operation.people) return;
      throw new Problem(
        503,
        "the audit log cannot be written, and no question goes without it",
        "ask again later",
        [],
        {
          "retry-after": "5",
        },
      );
    });
    if (operation.people) await noted;
  }

  private problemOf(error: unknown, { id }: Run): Problem {
    if (error instanceof Problem) return error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.warn(`${id} broke: ${safeText(text)}`);
    if (isPassing(error)) {
      const wait = { "retry-after": String(STORE_RETRY_SECONDS) };
      return new Problem(503, "the store does not answer now", "ask again a little later", [], wait);
    }
    return new Problem(
      500,
      "the answer broke off by a fault of ours",
      "tell the operator the correlator; the log has more",
    );
  }
}

function correlatorOf(context: Context): string {
  const given = context.req.header("x-correlator") ?? "";
  const known = context.get("correlator") as string | undefined;
  const correlator = known ?? (CORRELATOR.test(given) ? given : randomUUID());
  context.set("correlator", correlator);
  return correlator;
}

function withCorrelator(response: Response, correlator: string): Response {
  response.headers.set("x-correlator", correlator);
  return response;
}

function purposeOf(operation: Operation, principal: Principal, header: string | null): string {
  const place = "header.X-Purpose";
  if (header === null) {
    if (!operation.people) return "";
    const mend = "send the header X-Purpose with a short text, as `churn prevention`; it stands in the audit log";
    throw new Problem(400, "a question about people needs a purpose", mend, [{ place, says: "is missing" }]);
  }
  if (!isPurpose(header)) {
    const mend = "give a short text, as `churn prevention`";
    throw new Problem(400, `X-Purpose ${NO_PURPOSE}`, mend, [{ place, says: NO_PURPOSE }]);
  }
  if (operation.people && principal.purposes !== null && !principal.purposes.includes(header)) {
    const mend = `give one of: ${principal.purposes.join(", ")}`;
    throw new Problem(403, `the key is not for the purpose ${header}`, mend, [
      { place, says: "is not one of the key's" },
    ]);
  }
  return header;
}

/** What a store that hangs is waited for: all who ask the same wait for the one question, and none of them could end it. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLong = () => {
      const wait = { "retry-after": String(STORE_RETRY_SECONDS) };
      reject(new Problem(503, "the question took too long", "narrow it, or ask again later", [], wait));
    };
    signal.addEventListener("abort", tooLong);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", tooLong));
  });
}

function tooMany(says: string, seconds: number): Problem {
  return new Problem(429, says, `ask again in ${seconds} s`, [], { "retry-after": String(seconds) });
}

interface JsonAnswer {
  readonly text: string;
  readonly etag: string;
}

function jsonAnswer(value: unknown): JsonAnswer {
  const text = JSON.stringify(value) ?? "";
  return { text, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"` };
}

function jsonResponse(operation: Operation, { text, etag }: JsonAnswer, request: Request): Response {
  if (operation.status === 204) return new Response(null, { status: 204 });
  const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-store" };
  if (operation.method === "GET" && !operation.people) {
    headers.etag = etag;
    headers["cache-control"] = "private, no-cache";
    const known = (request.headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(headers.etag)) return new Response(null, { status: 304, headers });
  }
  return new Response(text, { status: operation.status, headers });
}
