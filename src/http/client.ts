/** A typed client of the HTTP API, made from the same forms as the server. Runs wherever `fetch` does. */
import type { z } from "zod";
import { ALL_OPERATIONS } from "./all-operations.js";
import type { Operation } from "./operation.js";

export interface ClientOptions {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** API key or token; none where the API asks for none. */
  readonly key?: string;
  /** For questions about people. */
  readonly purpose?: string;
  readonly fetch?: typeof fetch;
}

/** An answer that is no success, with what problem+json says. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly problem: unknown;
  /** Seconds after which to ask again; null where the server does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, problem: unknown, retryAfterSeconds: number | null) {
    const { detail, mend } = (problem ?? {}) as { detail?: string; mend?: string };
    super(detail === undefined ? `status ${status}` : `${detail}; ${mend ?? ""}`);
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An object without fields reads as a record of nothing. */
type IsEmpty<T> = string extends keyof T ? true : keyof T extends never ? true : false;
type Part<Name extends string, T> = IsEmpty<T> extends true ? unknown : { readonly [K in Name]: T };
type QueryPart<T> =
  IsEmpty<T> extends true ? unknown : Partial<T> extends T ? { readonly query?: T } : { readonly query: T };

/** What an operation takes: `{ params, query, body }`, as far as it has them. */
export type Question<O extends Operation> = Part<"params", z.input<O["params"]>> &
  QueryPart<Partial<z.output<O["query"]>>> &
  (O["body"] extends z.ZodType ? { readonly body: z.input<O["body"]> } : unknown);

/** JSON as the operation's form says, or a Response to read where it streams. */
export type AnswerOf<O extends Operation> = O["streams"] extends readonly [] ? z.output<O["response"]> : Response;

export type Client = {
  readonly [K in keyof typeof ALL_OPERATIONS]: (
    question: Question<(typeof ALL_OPERATIONS)[K]>,
  ) => Promise<AnswerOf<(typeof ALL_OPERATIONS)[K]>>;
};

interface Given {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** A function for each operation, by its `operationId`. Rejects with ApiError where the server answers with a problem. */
export function createClient(options: ClientOptions): Client {
  const entries = Object.entries(ALL_OPERATIONS).map(([id, operation]) => [
    id,
    (question: Given) => call(options, operation, question),
  ]);
  return Object.fromEntries(entries) as Client;
}

async function call(options: ClientOptions, operation: Operation, question: Given): Promise<unknown> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(question.params?.[name])));
  const url = new URL(`${options.url.replace(/\/$/, "")}/v1${path}`);
  for (const [name, value] of Object.entries(question.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await (options.fetch ?? fetch)(url, {
    method: operation.method,
    headers: {
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...(options.purpose === undefined ? {} : { "x-purpose": options.purpose }),
      ...(question.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
  });
  if (!answer.ok) {
    const wait = answer.headers.get("retry-after");
    throw new ApiError(answer.status, await answer.json().catch(() => null), wait === null ? null : Number(wait));
  }
  if (operation.streams.length > 0) return answer;
  return operation.status === 204 ? undefined : answer.json();
}
