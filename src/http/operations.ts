/** The operations of the API: one place says their paths, parameters, answers and who may ask. */
import { z } from "zod";
import {
  about,
  aboutNumbers,
  circleId,
  cursor,
  day,
  dimension,
  instant,
  limit,
  people,
  place,
  regionId,
  subscriberId,
} from "./forms.js";
import { operation } from "./operation.js";

const circle = z.object({
  circle: z.string(),
  dimension,
  name: z.string().nullable().describe("Name for people"),
  says: z.string().nullable().describe("The rule in words"),
  people,
  peopleWeekAgo: people,
});

const evidence = z.unknown().describe("What a person would check: rule, days, dwell, counts");

const circleName = z.string().nullable().describe("What people call it; null where it has no name");

const membership = z.object({
  circle: z.string(),
  name: circleName,
  dimension,
  score: z.number(),
  since: z.string().describe("Beginning of the day from which it holds"),
  seen: z.string().describe("End of the newest day on which the circle saw the person; may lie before `since`"),
  evidence,
});

const hours = z.number().describe("Hours on a mean such weekday");

const SUBSCRIBER = z.strictObject({ subscriber: subscriberId });
const CIRCLE = z.strictObject({ circle: circleId });

export const OPERATIONS = {
  listCircles: operation({
    method: "GET",
    path: "/circles",
    summary: "The circles with their sizes, their rules in words, and their sizes a week ago",
    permission: "numbers",
    kept: true,
    query: z.strictObject({ dimension: dimension.optional(), limit, cursor }),
    response: z.object({ ...aboutNumbers, circles: z.array(circle), next: z.string().nullable() }),
  }),
  getCircle: operation({
    method: "GET",
    path: "/circles/{circle}",
    summary: "One circle: its size by region and over time, and the circles that its members share",
    permission: "numbers",
    kept: true,
    params: CIRCLE,
    query: z.strictObject({
      level: z.coerce.number().int().min(1).max(4).optional().describe("Level of the regions; the finest of the city"),
      days: z.coerce.number().int().min(1).max(90).default(28).describe("Days of the history"),
    }),
    response: z.object({
      ...aboutNumbers,
      ...circle.shape,
      level: z.int(),
      regions: z
        .array(z.object({ region: z.string(), name: z.string(), people }))
        .describe("By home; too few left out"),
      history: z.array(z.object({ day: z.string(), people })).describe("Members at the end of each day"),
      overlaps: z
        .array(z.object({ circle: z.string(), name: circleName, people, share: z.number().nullable() }))
        .describe("Most shared first"),
    }),
    problems: [404],
  }),
  listMembers: operation({
    method: "GET",
    path: "/circles/{circle}/members",
    summary: "Who is in a circle, within the regions of who asks",
    permission: "members",
    people: true,
    params: CIRCLE,
    query: z.strictObject({
      scoreMin: z.coerce.number().min(0).max(1).default(0).describe("Least score"),
      limit,
      cursor,
    }),
    response: z.object({
      ...about,
      members: z.array(
        membership
          .omit({ circle: true, name: true, dimension: true, evidence: true })
          .extend({ subscriber: z.string() }),
      ),
      next: z.string().nullable(),
    }),
    problems: [404],
  }),
  getSubscriber: operation({
    method: "GET",
    path: "/subscribers/{subscriber}",
    summary: "The panorama (全景视图) of one subscriber",
    permission: "people",
    people: true,
    params: SUBSCRIBER,
    response: z.object({
      ...about,
      subscriber: z.string(),
      anchors: z.array(
        place.extend({
          kind: z.enum(["home", "day", "other"]),
          rank: z.int(),
          share: z.number(),
          days: z.int(),
          rule: z.string(),
          confidence: z.number(),
        }),
      ),
      circles: z
        .record(dimension, z.array(membership.omit({ dimension: true })))
        .describe("By dimension, surest first"),
      week: z
        .array(
          z.object({
            weekday: z.int().describe("1 Monday to 7 Sunday"),
            days: z.int(),
            home: hours,
            day: hours,
            other: hours,
          }),
        )
        .describe("From the stays of the last 28 days, over the days that have any"),
      history: z
        .array(membership.extend({ change: z.enum(["entered", "strengthened", "left"]), time: z.string() }))
        .describe("Latest first"),
    }),
    problems: [404],
  }),
  lookupSubscriber: operation({
    method: "POST",
    path: "/subscribers/lookup",
    summary: "The pseudonym of a raw id; the raw id is neither stored nor logged",
    permission: "lookup",
    people: true,
    body: z.strictObject({ id: z.string().min(1).max(256).describe("Raw id as in the signalling") }),
    secretBody: true,
    response: z.object({
      ...about,
      subscriber: z.string(),
      known: z.boolean().describe("Whether any row in the store is about this subscriber"),
    }),
  }),
  listRegions: operation({
    method: "GET",
    path: "/regions",
    summary: "The regions of a level and where they lie; nothing about people",
    permission: "numbers",
    kept: true,
    query: z.strictObject({
      level: z.coerce
        .number()
        .int()
        .min(1)
        .max(4)
        .optional()
        .describe("Level of the regions; the coarsest of the city"),
    }),
    response: z.object({
      city: z.string(),
      timeZone: z.string(),
      levels: z.array(z.int()).describe("Levels that the city has, coarsest first"),
      level: z.int(),
      regions: z.array(
        z.object({
          region: z.string(),
          name: z.string(),
          parent: z.string().nullable(),
          outline: z
            .array(z.array(z.array(z.tuple([z.number(), z.number()]))))
            .describe(
              "Ground around its cells: polygons of rings of [lon, lat], as the coordinates of a GeoJSON MultiPolygon",
            ),
        }),
      ),
    }),
  }),
  listPresence: operation({
    method: "GET",
    path: "/presence",
    summary: "People by time slot and region or H3 cell, everybody or the members of a circle",
    permission: "numbers",
    kept: true,
    query: z.strictObject({
      from: instant.optional(),
      to: instant.optional(),
      by: z.enum(["region", "h3"]).default("region"),
      level: z.coerce.number().int().min(1).max(4).optional().describe("Level of the regions; the finest of the city"),
      resolution: z.coerce
        .number()
        .int()
        .min(0)
        .max(15)
        .optional()
        .describe("Resolution of the H3 cells: that of the store, or up to three coarser"),
      region: regionId.optional().describe("Only here, and in the regions below"),
      h3: z
        .string()
        .regex(/^8[0-9a-f]{14}$/, "is no H3 cell: 15 hexadecimal digits that begin with 8")
        .optional()
        .describe("Only this H3 cell"),
      circle: circleId.optional(),
      limit,
      cursor,
    }),
    response: z.object({
      ...aboutNumbers,
      from: z.string().nullable(),
      to: z.string().nullable(),
      presence: z.array(
        z.object({ slot: z.string(), place: z.string().describe("Region, or H3 cell"), people: z.int() }),
      ),
      next: z.string().nullable(),
    }),
    problems: [404],
  }),
  listFlows: operation({
    method: "GET",
    path: "/flows",
    summary: "People from region to region: from home to day place, or from stay to stay within days",
    permission: "numbers",
    kept: true,
    query: z.strictObject({
      kind: z.enum(["home-day", "moves"]).default("home-day"),
      level: z.coerce.number().int().min(1).max(4).optional().describe("Level of the regions; the finest of the city"),
      from: day.optional().describe("First day of `moves`; the last with stays"),
      to: day.optional().describe("Last day of `moves`, at most 31 days; the same"),
    }),
    response: z.object({
      ...aboutNumbers,
      level: z.int(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      flows: z.array(z.object({ from: z.string(), to: z.string(), people: z.int() })).describe("Greatest first"),
    }),
  }),
  listAudit: operation({
    method: "GET",
    path: "/audit",
    summary: "Who asked what, why, and about how many people; latest first",
    permission: "admin",
    query: z.strictObject({ limit }),
    response: z.object({
      ...about,
      audit: z.array(
        z.object({
          time: z.string(),
          correlator: z.string(),
          principal: z.string(),
          role: z.string(),
          purpose: z.string(),
          operation: z.string(),
          question: z.string(),
          status: z.int(),
          people: z.int(),
        }),
      ),
    }),
  }),
} as const;
