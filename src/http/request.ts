/** What a request says, checked against the form of its operation. */
import type { z } from "zod";
import type { Operation } from "./operation.js";
import { Problem, type RequestFault } from "./problem.js";

export interface Parts {
  readonly params: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
}

/** Parameters, query and body. Throws Problem 400 with all faults at once, 413 or 415. */
export async function readRequest(
  operation: Operation,
  request: Request,
  params: Readonly<Record<string, string>>,
  bodyBytesMax: number,
): Promise<Parts> {
  const body = operation.body === null ? undefined : await readJson(request, bodyBytesMax);
  const faults: RequestFault[] = [];
  const check = (form: z.ZodType, value: unknown, where: string): unknown => {
    const result = form.safeParse(value);
    if (!result.success) faults.push(...result.error.issues.flatMap((issue) => faultsOf(issue, where)));
    return result.data;
  };
  const checked = {
    params: check(operation.params, params, "path") as Parts["params"],
    query: check(operation.query, queryOf(new URL(request.url).searchParams, faults), "query") as Parts["query"],
    body: operation.body === null ? undefined : check(operation.body, body, "body"),
  };
  if (faults.length === 0) return checked;
  const first = faults[0] as RequestFault;
  const more = faults.length === 1 ? "" : ` (and ${faults.length - 1} more)`;
  throw new Problem(400, `${first.place} ${first.says}${more}`, "see /v1/openapi.json for the form", faults);
}

function queryOf(given: URLSearchParams, faults: RequestFault[]): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of given) {
    if (name in query) faults.push({ place: `query.${name}`, says: "is given twice" });
    query[name] = value;
  }
  return { ...query };
}

function faultsOf(issue: z.core.$ZodIssue, where: string): RequestFault[] {
  const place = [where, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ place: `${place}.${key}`, says: "is not known here" }));
  }
  return [{ place, says: issue.message.replace(/^Invalid input: /, "") }];
}

async function readJson(request: Request, bytesMax: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Problem(415, "the body is no application/json", "send `Content-Type: application/json`", [
      { place: "header.Content-Type", says: "is not application/json" },
    ]);
  }
  const bytes = await readBytes(request, bytesMax);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Problem(400, "the body is no JSON", "see /v1/openapi.json for the form", [
      { place: "body", says: "is no JSON" },
    ]);
  }
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = Number(request.headers.get("content-length") ?? 0);
  if (bytes <= bytesMax && request.body !== null) {
    bytes = 0;
    const reader = request.body.getReader();
    for (let part = await reader.read(); !part.done && bytes <= bytesMax; part = await reader.read()) {
      bytes += part.value.length;
      chunks.push(part.value);
    }
    if (bytes > bytesMax) await reader.cancel();
  }
  if (bytes <= bytesMax) return Buffer.concat(chunks);
  const says = `has more than ${bytesMax} bytes`;
  throw new Problem(413, `the body ${says}`, "send less at a time, or raise api.bodyBytesMax", [
    { place: "body", says },
  ]);
}
