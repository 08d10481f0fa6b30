/** The operations that ask about audiences, saved or not. */
import { z } from "zod";
import { TEXT_CHARS_MAX } from "../audience/parse.js";
import { about, aboutNumbers, audienceId, people } from "./forms.js";
import { operation } from "./operation.js";

const WAYS = ["text", "expression", "saved"] as const;

/** Who is meant: in one of three ways. */
const audienceShape = {
  text: z.string().min(1).max(TEXT_CHARS_MAX).optional().describe("As `music and not health and home in 440106`"),
  expression: z.unknown().optional().describe("The same as JSON, in the form that an answer gives it back"),
  saved: audienceId.optional().describe("Id of a saved audience"),
};

/** An object that says who is meant, and `more`. */
export function audienceForm<More extends z.ZodRawShape>(more: More) {
  return z
    .strictObject({ ...audienceShape, ...more })
    .refine((given) => WAYS.filter((way) => (given as Record<string, unknown>)[way] !== undefined).length === 1, {
      message: "needs one of `text`, `expression` and `saved`",
    })
    .describe("Who is meant");
}

const audience = audienceForm({});

const understood = z.object({
  text: z.string().describe("The audience as it was understood"),
  expression: z.unknown(),
  people,
});

export const AUDIENCE_OPERATIONS = {
  countAudience: operation({
    method: "POST",
    path: "/audiences/count",
    summary: "How many people an audience has, about; fast enough to ask while somebody types",
    permission: "numbers",
    body: audience,
    response: z.object({ ...aboutNumbers, ...understood.shape }),
    problems: [404],
  }),
  countAudienceExactly: operation({
    method: "POST",
    path: "/audiences/count-exactly",
    summary: "How many people an export of an audience would hold, to the head; for who may have lists of people",
    permission: "members",
    people: true,
    body: audience,
    response: z.object({
      ...about,
      ...understood.shape,
      people: z.int().nullable().describe("Distinct people, exactly; null where fewer than `peopleMin`"),
      peopleMin: z.int().describe("Fewer people than this are never told of"),
    }),
    problems: [404],
  }),
  compareAudiences: operation({
    method: "POST",
    path: "/audiences/compare",
    summary: "How many people two audiences share, and how many are in one alone",
    permission: "numbers",
    body: z.strictObject({ a: audience, b: audience }),
    response: z.object({ ...aboutNumbers, a: understood, b: understood, both: people, onlyA: people, onlyB: people }),
    problems: [404],
  }),
} as const;
