/** The OpenAPI 3.1 document of the operations, made from their forms. */
import { z } from "zod";
import { rolesThatMay } from "./access/principal.js";
import { type Operation, pathNames } from "./operation.js";

type Json = { readonly [name: string]: unknown };

const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What is wrong"),
  mend: z.string().describe("How to mend it"),
  errors: z.array(z.object({ place: z.string(), says: z.string() })).optional(),
  correlator: z.string(),
});

const PROBLEM_SAYS: Readonly<Record<number, string>> = {
  400: "Parameters, body, cursor or purpose are wrong",
  401: "No key or token, or one that is unknown, expired or revoked",
  403: "The role, the regions or the purposes of the key do not allow it",
  404: "There is no such thing, or it may not be known",
  409: "It is not in a state that allows this",
  413: "The body is too large",
  415: "The body is no JSON",
  416: "The file has no such bytes",
  422: "The question costs too much time, memory or rows",
  429: "Too many questions of this key, or of all; Retry-After says when to ask again",
  503: "The store does not answer now; Retry-After says when to ask again",
};

/** Statuses of the problems that an operation may answer with. */
export function problemsOf(operation: Operation): number[] {
  const own = operation.body === null ? [] : [413, 415];
  return [...new Set([400, 401, 403, 422, 429, 503, ...own, ...operation.problems])].sort((a, b) => a - b);
}

export function openApiDocument(operations: Readonly<Record<string, Operation>>, version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of Object.entries(operations)) {
    paths[`/v1${operation.path}`] ??= {};
    (paths[`/v1${operation.path}`] as Record<string, Json>)[operation.method.toLowerCase()] = describe(id, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Lifecircle",
      version,
      description:
        "Circles of life from base-station signalling. Numbers are of distinct people, rounded, and null or left out where too few.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "API key (`lc_...`) or a token of the configured issuer" },
      },
      schemas: { Problem: schemaOf(PROBLEM, "output") },
      responses: Object.fromEntries(
        Object.keys(PROBLEM_SAYS).map((status) => [`Problem${status}`, problem(Number(status))]),
      ),
      headers: { Correlator: { description: "The one of the request, or a new one", schema: { type: "string" } } },
    },
  };
}

function problem(status: number): Json {
  const wait = status === 429 || status === 503;
  return {
    description: PROBLEM_SAYS[status],
    headers: {
      "X-Correlator": { $ref: "#/components/headers/Correlator" },
      ...(wait ? { "Retry-After": { description: "Seconds", schema: { type: "integer" } } } : {}),
    },
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function describe(id: string, operation: Operation): Json {
  const problems = problemsOf(operation).map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]);
  return {
    operationId: id,
    summary: operation.summary,
    description: `Roles: ${rolesThatMay(operation.permission).join(", ")}.`,
    parameters: [
      ...pathNames(operation.path).map((name) => parameter("path", name, operation.params)),
      ...Object.keys(operation.query.shape).map((name) => parameter("query", name, operation.query)),
      header("X-Correlator", false, "Comes back with the answer, and stands in the audit log"),
      ...(operation.people ? [header("X-Purpose", true, "Why: a short text that stands in the audit log")] : []),
    ],
    ...(operation.body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(operation.body, "input") } },
          },
        }),
    responses: { [operation.status]: success(operation), ...Object.fromEntries(problems) },
  };
}

function success(operation: Operation): Json {
  const content: Record<string, Json> =
    operation.status === 204 ? {} : { "application/json": { schema: schemaOf(operation.response, "output") } };
  for (const type of operation.streams) content[type] = {};
  return {
    description: operation.summary,
    headers: { "X-Correlator": { $ref: "#/components/headers/Correlator" } },
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function parameter(place: "path" | "query", name: string, form: z.ZodObject): Json {
  const whole = schemaOf(form, "input") as { properties?: Record<string, Json>; required?: string[] };
  const { description, ...schema } = whole.properties?.[name] ?? {};
  const required = place === "path" || whole.required?.includes(name) === true;
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

function header(name: string, required: boolean, description: string): Json {
  return { name, in: "header", required, description, schema: { type: "string" } };
}

function schemaOf(form: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(form, { io, unrepresentable: "any" });
  return schema;
}
