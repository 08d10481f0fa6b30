/** The operations that hand the people of an audience on. */
import { z } from "zod";
import { EXPORT_FORMATS, MEDIA_TYPES } from "../audience/export-format.js";
import { audienceForm } from "./audience-operations.js";
import { about } from "./forms.js";
import { operation } from "./operation.js";

const EXPORT = z.strictObject({
  export: z
    .string()
    .regex(/^[0-9a-f]{16}$/, "is no id of an export: 16 hexadecimal digits")
    .describe("Id of an export"),
});

const made = z.object({
  ...about,
  export: z.string(),
  audience: z.string().nullable().describe("Id of the saved audience; null where none was"),
  version: z.int().nullable(),
  text: z.string(),
  format: z.enum(EXPORT_FORMATS),
  people: z.int(),
  bytes: z.int().describe("Of the file"),
  sha256: z.string().describe("Of the file, hexadecimal"),
  made: z.string(),
  until: z.string().describe("It can be had so long"),
});

export const EXPORT_OPERATIONS = {
  createExport: operation({
    method: "POST",
    path: "/exports",
    summary: "Keeps the people of an audience as they are now, within the regions of who asks, for download",
    permission: "members",
    people: true,
    body: audienceForm({ format: z.enum(EXPORT_FORMATS) }),
    response: made,
    status: 201,
    problems: [404, 409],
  }),
  getExport: operation({
    method: "GET",
    path: "/exports/{export}",
    summary: "What an export holds",
    permission: "members",
    people: true,
    params: EXPORT,
    response: made,
    problems: [404, 409],
  }),
  downloadExport: operation({
    method: "GET",
    path: "/exports/{export}/file",
    summary: "The file of an export, or with `Range` a part of it, always the same bytes",
    permission: "members",
    people: true,
    params: EXPORT,
    response: z.undefined(),
    streams: Object.values(MEDIA_TYPES),
    problems: [404, 409, 416],
  }),
  publishExport: operation({
    method: "POST",
    path: "/exports/{export}/publish",
    summary:
      "Publishes an export on the NATS subject `export.v1.<id>` as CloudEvents of up to 10,000 people; asked again, it goes on",
    permission: "members",
    people: true,
    params: EXPORT,
    response: z.object({
      ...about,
      subject: z.string(),
      messages: z.int(),
      people: z.int(),
    }),
    problems: [404, 409],
  }),
} as const;
