/** What a trigger is: a fence or a circle, whether entering or leaving is told, and when it is not. */
import { z } from "zod";

/** One token of a NATS subject. */
export const triggerId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "is no id of a trigger: up to 64 small letters, digits and hyphens")
  .describe("Id of the trigger, and the end of its subject `trigger.v1.<id>`");

const name = z.string().min(1).max(128);
const minutes = z.int().min(0).max(1440);
const chance = z.number().min(0.01).max(1);

/** Two probabilities and two times, so that a phone between two cells does not enter and leave with each event. */
const FENCE = {
  enter: chance.default(0.6).describe("Probability of being inside from which somebody counts as inside"),
  leave: chance
    .default(0.3)
    .describe("Probability below which somebody counts as outside; between the two nothing changes"),
  dwellMinutes: minutes
    .default(5)
    .describe("Minutes inside, from the first event to one so much later, before it is an entry"),
  awayMinutes: minutes.default(5).describe("Minutes outside, by the same measure, before it is a leave"),
};

const position = z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]);
const POSITIONS_MAX = 1000;
const ring = z
  .array(position)
  .min(4)
  .max(POSITIONS_MAX)
  .refine(
    (points) => String(points[0]) === String(points.at(-1)),
    "is not closed: the last position repeats the first",
  );
const polygon = z.array(ring).min(1).max(20);

const WHERE = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("venue"), venue: name.describe("Id of a venue of the city"), ...FENCE }),
  z.strictObject({ kind: z.literal("region"), region: name.describe("Id of a region of any level"), ...FENCE }),
  z.strictObject({
    kind: z.literal("around"),
    lon: z.number().min(-180).max(180),
    lat: z.number().min(-90).max(90),
    metres: z.number().min(10).max(100_000),
    ...FENCE,
  }),
  z.strictObject({
    kind: z.literal("polygon"),
    polygons: z.array(polygon).min(1).max(20).describe("Coordinates of a GeoJSON MultiPolygon, WGS 84"),
    ...FENCE,
  }),
  z.strictObject({ kind: z.literal("circle"), circle: name.describe("Circle of life; told at the close of a day") }),
]);

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const clock = z.string().regex(CLOCK, "is no time of the day, as 22:00");

export const triggerForm = z
  .strictObject({
    trigger: triggerId,
    on: z.enum(["enter", "leave"]),
    where: WHERE,
    quiet: z
      .strictObject({ from: clock, to: clock })
      .refine(({ from, to }) => from !== to, "begin and end at the same time")
      .nullable()
      .default(null)
      .describe(
        "Hours of the city's clock in which nobody is told of: what a fence notices is dropped, what a circle waits for their end",
      ),
    cap: z
      .strictObject({ times: z.int().min(1).max(100), days: z.int().min(1).max(366) })
      .nullable()
      .default(null)
      .describe("At most so many notices about one person within so many days"),
    expires: z.iso.datetime({ offset: true }).nullable().default(null).describe("From when on nothing is told"),
  })
  .refine(({ where }) => where.kind === "circle" || where.leave <= where.enter, {
    path: ["where", "leave"],
    message: "lies above enter: somebody would leave the moment they enter",
  });

export type TriggerForm = z.infer<typeof triggerForm>;
export type Where = TriggerForm["where"];
export type Fence = Exclude<Where, { kind: "circle" }>;

/** A trigger with who made it, which does not change any more. */
export interface Trigger extends TriggerForm {
  readonly createdMs: number;
  /** Who made it, and for what. */
  readonly principal: string;
  readonly role: string;
  readonly purpose: string;
  /** Ids of the regions whose people may be told of: those who live there; null for all. */
  readonly regions: readonly string[] | null;
}

/** Names a trigger for good: an id may be given again after a trigger is deleted. */
export function triggerKey({ trigger, createdMs }: Trigger): string {
  return `${trigger}@${createdMs}`;
}

/** Seconds of the local day of `22:00`. */
export function secondOfClock(text: string): number {
  return Number(text.slice(0, 2)) * 3600 + Number(text.slice(3)) * 60;
}
