/**
 * The form of `config/circles.yaml`: circles as rules, rules as conditions. Its descriptions are the manual of the file; the JSON Schema
 * for editors (`config/circles.schema.json`) is made from it.
 */
import { z } from "zod";
import { CATEGORIES } from "../geo/city.js";

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)]);
const share = () => z.number().min(0).max(1);
const whole = (min: number, max: number) => z.int().min(min).max(max);
const clock = () =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'write a local time as "07:30", in quotes')
    .describe('Local time, "HH:MM" in quotes');

const category = z.enum(CATEGORIES);
const eventCategory = z.enum(["music", "sport", "expo"]);

const place = {
  category: oneOrMore(category).optional().describe("Categories of the venue, one or a list"),
  subtype: oneOrMore(z.string()).optional().describe("Subtypes of the venue (hospitals: general, children, maternity)"),
  tier: oneOrMore(z.enum(["high", "mid", "low", "$tier"]))
    .optional()
    .describe("Tier of an estate or office district"),
  venue: oneOrMore(z.string()).optional().describe("Ids of single venues"),
};

const slot = z
  .strictObject({
    days: z
      .enum(["working", "off", "any"])
      .default("any")
      .describe("Working days of the city's calendar (school days are the same), days off, or any"),
    from: clock().optional(),
    to: clock().optional(),
  })
  .describe("Hours of the day; `to` before `from` reaches over midnight");

const range = z.strictObject({ min: whole(0, 100_000).optional(), max: whole(0, 100_000).optional() });

const visits = z
  .strictObject({
    ...place,
    at: z
      .enum(["home", "day"])
      .optional()
      .describe("Instead of venues: stays at the subscriber's home, or day place, whatever venue that is"),
    slot: oneOrMore(z.union([z.string(), slot]))
      .optional()
      .describe("Names of `slots`, or hours; the visit must reach into one of them"),
    minutes: range.optional().describe("Length of one visit, minutes, as far as it lies in the slot"),
    count: whole(1, 1000).optional().describe("At least so many visits"),
    days: whole(1, 366).optional().describe("Visits on at least so many days"),
    share: share()
      .optional()
      .describe("Visits on at least this share of the days in `of` on which the subscriber was observed"),
    of: z
      .enum(["working", "off", "any"])
      .optional()
      .describe("Which days the share counts; working days unless said otherwise"),
    at_least: whole(1, 366).optional().describe("With `share`: and on at least so many days"),
    own_places: z
      .boolean()
      .optional()
      .describe("Count stays at the subscriber's home and day place too; they do not count unless said"),
    event: z.enum(["none"]).optional().describe("none: only visits while no event takes place there"),
    within_days: whole(1, 366).optional().describe("Only the last so many days of the window"),
    on_the_way: z
      .boolean()
      .optional()
      .describe("Count what was touched on a way (stations, airports) as well as stays"),
    leaves_town: z
      .boolean()
      .optional()
      .describe("Only visits of who leaves the city or comes to it there: unheard for six hours before or after"),
  })
  .describe("Visits of venues: a stay counts with the probability that it was there and that it lasted");

const stops = z
  .strictObject({
    ...place,
    slot: oneOrMore(z.union([z.string(), slot])).describe("Names of `slots`, or hours, in which the stops are made"),
    minutes_max: whole(1, 1440).default(60).describe("A stay that lasts longer is no stop"),
    count: whole(1, 1000).optional().describe("So many stops"),
    share: share().optional().describe("Stops on this share of the working days on which the subscriber was observed"),
  })
  .describe(
    "Brief stops at one venue in these hours and in no others, on a way or as a short stay; few of them are heard",
  );

const attended = z
  .strictObject({
    category: eventCategory.optional(),
    genre: oneOrMore(z.string()).optional(),
    venue: oneOrMore(z.string()).optional(),
    times: whole(1, 100).default(1).describe("Events attended, at least"),
    share: share().optional().describe("Instead of `times`: this share of all such events on observed days"),
    at_least: whole(1, 366).optional().describe("With `share`: and at least so many events"),
    within_days: whole(1, 366).optional(),
  })
  .describe("Was at an event of the city for 60 % of it or more, at an expo for an hour");

const anchor = z
  .strictObject({
    kind: z.enum(["home", "day", "other"]),
    ...place,
    rule: oneOrMore(z.string())
      .optional()
      .describe("Rules of src/anchor that may have found it: nights, working-days, night-shift, ..."),
    days: whole(1, 366).optional().describe("Nights (home) or days seen there, at least"),
    confidence: share().optional().describe("Anchors that are less sure do not count"),
  })
  .describe("Has an anchor of the kind at such a venue: confidence of the anchor times probability of the venue");

const commute = z
  .strictObject({
    mode: z.enum(["metro", "bus"]),
    share: share().default(0.5).describe("Share of the working days spent in the city"),
    days_min: whole(1, 366).default(3).describe("Working days seen in the city, at least: fewer tell no habit"),
  })
  .describe("Travels that way between home and day place at the peaks");

const regularHours = z
  .strictObject({
    arrive: z.strictObject({ from: clock(), to: clock() }),
    leave: z.strictObject({ from: clock(), to: clock() }),
    minutes_min: whole(0, 1440).describe("Minutes at the day place between the two, at least"),
    share: share().describe("Share of the working days spent in the city"),
    days_min: whole(1, 366).default(3).describe("Working days seen in the city, at least: fewer tell no habit"),
  })
  .describe("Leaves home for the day place and comes back at regular hours");

const nightShifts = z
  .strictObject({
    from: clock(),
    to: clock(),
    minutes_min: whole(0, 1440).describe("Minutes of the night at the workplace, at least"),
    nights: whole(1, 366).describe("Nights worked, at least"),
    share: share().describe("Share of all shifts that are nights, at least"),
  })
  .describe(
    "Works nights: seen at a place that is not home through the night. A night without events is no evidence of work",
  );

const sojourn = z
  .strictObject({
    days_max: whole(1, 60).describe("Days of one visit, at most"),
    gap_days: whole(1, 60).describe("Days without an event that tell two visits apart"),
    stay_hours_min: whole(0, 672)
      .default(0)
      .describe(
        "Hours of stays seen a day of the visits, at the mean and at least: who was heard but for a moment may live here",
      ),
  })
  .describe("In the city for visits of a few days only");

const onTheMove = z
  .strictObject({
    stays: whole(1, 100).describe("Stays of a day that were neither at home nor at the day place, at least"),
    days: whole(1, 366).describe("On at least so many days"),
  })
  .describe("At many places a day, day after day: those who work on wheels");

const homeNetwork = z.strictObject({ foreign: z.boolean() }).describe("Home PLMN is none of the city's `home_plmns`");

interface ConditionShape {
  visits?: z.infer<typeof visits> | undefined;
  stops?: z.infer<typeof stops> | undefined;
  attended?: z.infer<typeof attended> | undefined;
  anchor?: z.infer<typeof anchor> | undefined;
  lives_near?: z.infer<typeof livesNear> | undefined;
  commute?: z.infer<typeof commute> | undefined;
  regular_hours?: z.infer<typeof regularHours> | undefined;
  night_shifts?: z.infer<typeof nightShifts> | undefined;
  sojourn?: z.infer<typeof sojourn> | undefined;
  on_the_move?: z.infer<typeof onTheMove> | undefined;
  home_network?: z.infer<typeof homeNetwork> | undefined;
  circle?: string | undefined;
  role?: string | undefined;
  any?: ConditionShape[] | undefined;
  all?: ConditionShape[] | undefined;
  none?: ConditionShape[] | undefined;
}
export type ConditionForm = ConditionShape;

const livesNear = z
  .strictObject({ ...place, metres: z.number().min(0).max(5000), kind: z.enum(["home", "day"]).default("home") })
  .describe("Home (or day place) lies within so many metres of such a venue");

const condition: z.ZodType<ConditionShape> = z.lazy(() =>
  z
    .strictObject({
      visits: visits.optional(),
      stops: stops.optional(),
      attended: attended.optional(),
      anchor: anchor.optional(),
      lives_near: livesNear.optional(),
      commute: commute.optional(),
      regular_hours: regularHours.optional(),
      night_shifts: nightShifts.optional(),
      sojourn: sojourn.optional(),
      on_the_move: onTheMove.optional(),
      home_network: homeNetwork.optional(),
      circle: z.string().optional().describe("Is a member of another circle, with its score"),
      role: z.string().optional().describe("A condition of `roles` by its name"),
      any: z.array(condition).min(1).optional().describe("At least one of these holds"),
      all: z.array(condition).min(1).optional().describe("All of these hold"),
      none: z.array(condition).min(1).optional().describe("None of these holds"),
    })
    .refine((value) => Object.values(value).filter((part) => part !== undefined).length === 1, {
      message: "a condition says exactly one thing",
    }),
);

const circle = z
  .strictObject({
    circle: z
      .string()
      .regex(/^[a-z][a-z0-9$-]*(:[a-z0-9$-]+)*$/, "write an id of small letters, digits and hyphens")
      .describe("Id; $genre, $subtype or $tier where `for` makes a family"),
    dimension: z.enum(["demographic", "preference", "behaviour"]),
    name: z.string().optional().describe("Name for people"),
    says: z.string().optional().describe("Who is in it, in a sentence"),
    for: z
      .strictObject({
        genre: eventCategory.optional().describe("One circle for each genre of this category in the city's events"),
        subtype: category.optional().describe("One circle for each subtype of this category in the city's venues"),
        tier: category.optional().describe("One circle for each tier of this category in the city's venues"),
      })
      .optional(),
    all: z.array(condition).min(1).describe("What must hold"),
    none: z
      .array(condition)
      .min(1)
      .optional()
      .describe("What must not: those whom a simple rule would take in wrongly"),
    enter: share().optional().describe("Score from which somebody enters"),
    leave: share().optional().describe("Score below which a member leaves"),
    window_days: whole(1, 28).optional().describe("Days that count"),
  })
  .describe("A circle and its rule");

export const RULES_SCHEMA = z
  .strictObject({
    defaults: z.strictObject({
      enter: share(),
      leave: share(),
      window_days: whole(1, 28),
      strengthened_by: share().describe("A member whose score rose by this much is logged as strengthened"),
    }),
    slots: z.record(z.string(), slot).default({}),
    roles: z.record(z.string(), condition).default({}),
    circles: z.array(circle),
  })
  .describe("Circles of Lifecircle and their rules");

/** The rules as an analyst wrote them, checked. */
export type CircleRules = z.infer<typeof RULES_SCHEMA>;
export type CircleRule = CircleRules["circles"][number];
export type SlotForm = z.infer<typeof slot>;
export type VisitsForm = z.infer<typeof visits>;
export type StopsForm = z.infer<typeof stops>;
export type AttendedForm = z.infer<typeof attended>;
export type AnchorForm = z.infer<typeof anchor>;
export type LivesNearForm = z.infer<typeof livesNear>;
export type CommuteForm = z.infer<typeof commute>;
export type RegularHoursForm = z.infer<typeof regularHours>;
export type NightShiftsForm = z.infer<typeof nightShifts>;
export type SojournForm = z.infer<typeof sojourn>;
export type OnTheMoveForm = z.infer<typeof onTheMove>;
export type HomeNetworkForm = z.infer<typeof homeNetwork>;
export interface PlaceForm {
  readonly category?: string | readonly string[] | undefined;
  readonly subtype?: string | readonly string[] | undefined;
  readonly tier?: string | readonly string[] | undefined;
  readonly venue?: string | readonly string[] | undefined;
}
