/** Forms that several operations share. */
import { z } from "zod";
import { DIMENSIONS } from "../rows.js";

const UINT64_MAX = 2n ** 64n - 1n;

export const circleId = z
  .string()
  .regex(/^[a-z0-9][A-Za-z0-9:_.-]{0,127}$/, "is no id of a circle, as white-collar or home:R1")
  .describe("Id of a circle, as `white-collar` or `home:<region>`");

export const subscriberId = z
  .string()
  .regex(/^\d{1,20}$/, "is no pseudonym: up to 20 digits, as `lifecircle pseudonym` prints it")
  .refine((text) => !/^\d{1,20}$/.test(text) || BigInt(text) <= UINT64_MAX, "is above 64 bits")
  .describe("64-bit pseudonym in decimal");

export const audienceId = z
  .string()
  .regex(/^(?!count$|count-exactly$|compare$)[a-z0-9][a-z0-9-]{0,62}$/, "is no id of an audience, as spring-offer")
  .describe("Id of a saved audience: lower-case letters, digits and hyphens");

export const regionId = z.string().min(1).max(128).describe("Id of a region of any level");
export const dimension = z.enum(DIMENSIONS);
export const instant = z.iso
  .datetime({ offset: true, error: "is no instant, as 2026-01-05T08:00:00+08:00" })
  .describe("ISO 8601 with offset; in a URL a plus is %2B");
export const day = z.iso.date({ error: "is no date, as 2026-01-05" }).describe("Day of the city's calendar");

export const LIMIT_MAX = 1000;
export const limit = z.coerce.number().int().min(1).max(LIMIT_MAX).default(100).describe("Most items of a page");
export const cursor = z.string().max(1024).optional().describe("`next` of the page before");

/** How many people; null where too few to tell. */
export const people = z
  .int()
  .nullable()
  .describe("Distinct people, rounded; null where they are too few to be told of");

/** What every answer says of itself. */
export const about = {
  asOf: z
    .string()
    .nullable()
    .describe(
      "Newest event time in the store before the oldest part of the answer was read, UTC; null while it is empty",
    ),
};

/** What answers with numbers say besides. */
export const aboutNumbers = {
  ...about,
  peopleMin: z.int().describe("Fewer people than this are never told of"),
  within: z.int().describe("Most that a number may differ from the truth"),
};

export const place = z.object({
  lon: z.number(),
  lat: z.number(),
  h3: z.string().describe("H3 index, hexadecimal"),
  cell: z.string(),
  region: z.string(),
  venue: z.string(),
  category: z.string(),
});
