/** The operations about audiences. */
import { z } from "zod";
import { TEXT_CHARS_MAX } from "../audience/parse.js";
import { aboutNumbers, people } from "./forms.js";
import { operation } from "./operation.js";

const audience = z
  .strictObject({
    text: z.string().min(1).max(TEXT_CHARS_MAX).optional().describe("As `music and not health and home in 440106`"),
    expression: z.unknown().optional().describe("The same as JSON, in the form that an answer gives it back"),
  })
  .refine(({ text, expression }) => (text === undefined) !== (expression === undefined), {
    message: "give either `text` or `expression`",
  })
  .describe("Who is meant");

const understood = z.object({
  text: z.string().describe("The audience as it was understood"),
  expression: z.unknown(),
  people,
});

export const AUDIENCE_OPERATIONS = {
  countAudience: operation({
    method: "POST",
    path: "/audiences/count",
    summary: "How many people an audience has; for an estimate while typing, too",
    permission: "numbers",
    body: audience,
    response: z.object({ ...aboutNumbers, ...understood.shape }),
  }),
  compareAudiences: operation({
    method: "POST",
    path: "/audiences/compare",
    summary: "How many people two audiences share, and how many are in one alone",
    permission: "numbers",
    body: z.strictObject({ a: audience, b: audience }),
    response: z.object({ ...aboutNumbers, a: understood, b: understood, both: people, onlyA: people, onlyB: people }),
  }),
} as const;
