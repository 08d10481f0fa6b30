/** The operations that save audiences and follow them. */
import { z } from "zod";
import { TEXT_CHARS_MAX } from "../audience/parse.js";
import { about, aboutNumbers, audienceId, cursor, limit, people } from "./forms.js";
import { operation } from "./operation.js";

const AUDIENCE = z.strictObject({ audience: audienceId });

const version = z.object({
  version: z.int(),
  name: z.string(),
  text: z.string(),
  savedBy: z.string().describe("Key or token that saved it"),
  saved: z.string(),
});

const saved = version.extend({ audience: z.string(), expression: z.unknown() });

const followed = z
  .object({
    subject: z.string().describe("NATS subject of the CloudEvents"),
    since: z.string(),
    followedBy: z.string(),
  })
  .nullable()
  .describe("Null while nobody follows it");

export const SAVED_OPERATIONS = {
  listAudiences: operation({
    method: "GET",
    path: "/audiences",
    summary: "The saved audiences, by id",
    permission: "numbers",
    query: z.strictObject({ limit, cursor }),
    response: z.object({ ...about, audiences: z.array(saved), next: z.string().nullable() }),
  }),
  getAudience: operation({
    method: "GET",
    path: "/audiences/{audience}",
    summary: "A saved audience: its size, all its versions, and whether it is followed",
    permission: "numbers",
    params: AUDIENCE,
    response: z.object({
      ...aboutNumbers,
      ...saved.shape,
      people,
      versions: z.array(version).describe("The newest first"),
      followed,
    }),
    problems: [404],
  }),
  saveAudience: operation({
    method: "PUT",
    path: "/audiences/{audience}",
    summary:
      "Saves an audience under an id, or a new version of it; only who saved it first, and admins, may change it",
    permission: "audiences",
    params: AUDIENCE,
    body: z
      .strictObject({
        name: z.string().min(1).max(200).describe("Name for people"),
        text: z.string().min(1).max(TEXT_CHARS_MAX).optional(),
        expression: z.unknown().optional(),
      })
      .refine(({ text, expression }) => (text === undefined) !== (expression === undefined), {
        message: "needs either `text` or `expression`",
      }),
    response: z.object({ ...about, ...saved.shape }),
  }),
  deleteAudience: operation({
    method: "DELETE",
    path: "/audiences/{audience}",
    summary: "Removes a saved audience, and ends its being followed; its versions stay in the store",
    permission: "audiences",
    params: AUDIENCE,
    response: z.undefined(),
    status: 204,
    problems: [404],
  }),
  followAudience: operation({
    method: "PUT",
    path: "/audiences/{audience}/follow",
    summary:
      "From now on who enters or leaves the audience, and lives in the regions of who asks, is published as a CloudEvent",
    permission: "members",
    people: true,
    params: AUDIENCE,
    response: z.object({ ...about, followed: followed.unwrap() }),
    problems: [404, 409],
  }),
  unfollowAudience: operation({
    method: "DELETE",
    path: "/audiences/{audience}/follow",
    summary: "Ends the publishing of an audience",
    permission: "members",
    people: true,
    params: AUDIENCE,
    response: z.undefined(),
    status: 204,
    problems: [404],
  }),
} as const;
