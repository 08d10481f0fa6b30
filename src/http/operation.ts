import { z } from "zod";
import type { Permission, Principal } from "./access/principal.js";

/** The form of one operation: router, checks, OpenAPI document and client are made from it, and from nothing else. */
export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/v1`, with parameters in braces: `/circles/{circle}`. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  /** Asks about people and not only about numbers: needs a purpose. */
  readonly people: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  /** The body holds what must not be logged. */
  readonly secretBody: boolean;
  readonly response: z.ZodType;
  readonly status: 200 | 201 | 204;
  /** Media types of an answer that is no JSON. */
  readonly streams: readonly string[];
  /**
   * Numbers from many rows, the same for everybody of the same regions: the answer is given again for some
   * seconds.
   */
  readonly kept: boolean;
  /** Statuses beyond those that its form implies. */
  readonly problems: readonly number[];
}

const NOTHING = z.strictObject({});

type Given = Partial<Operation> & Pick<Operation, "method" | "path" | "summary" | "permission" | "response">;
type Whole<G extends Given> = Omit<Operation, "params" | "query" | "body" | "response" | "status" | "streams"> & {
  readonly params: G extends { params: infer P extends z.ZodObject } ? P : typeof NOTHING;
  readonly query: G extends { query: infer Q extends z.ZodObject } ? Q : typeof NOTHING;
  readonly body: G extends { body: infer B extends z.ZodType } ? B : null;
  readonly response: G["response"];
  readonly status: G extends { status: infer S extends Operation["status"] } ? S : 200;
  readonly streams: G extends { streams: infer S extends readonly string[] } ? S : readonly [];
};

/** An operation with what it leaves out: no parameters, no body, 200, JSON. */
export function operation<const G extends Given>(given: G): Whole<G> {
  const whole: Operation = {
    people: false,
    params: NOTHING,
    query: NOTHING,
    body: null,
    secretBody: false,
    status: 200,
    streams: [],
    kept: false,
    problems: [],
    ...given,
  };
  return whole as unknown as Whole<G>;
}

export type BodyOf<O extends Operation> = O["body"] extends z.ZodType ? z.infer<O["body"]> : undefined;

/** One request, checked. */
export interface Asked<O extends Operation = Operation> {
  readonly params: z.infer<O["params"]>;
  readonly query: z.infer<O["query"]>;
  readonly body: BodyOf<O>;
  readonly principal: Principal;
  /** The header X-Purpose; empty where the operation needs none and none was given. */
  readonly purpose: string;
  readonly correlator: string;
  /** Of the request. */
  readonly headers: Headers;
  /** Aborted when who asked is gone or the time is up. */
  readonly signal: AbortSignal;
  /** Says for the audit log how many people the answer is about. */
  told(people: number): void;
}

export type Answer<O extends Operation> = (
  asked: Asked<O>,
) => Promise<(O["status"] extends 204 ? undefined : z.input<O["response"]>) | Response>;

/** An answer for each operation of a table. */
export type Answers<T extends Readonly<Record<string, Operation>>> = { readonly [K in keyof T]: Answer<T[K]> };

/** Names of the parameters in a path, in their order. */
export function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
}
