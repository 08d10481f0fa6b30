/**
 * What an audience is: an expression over circles, regions, stays and devices, as it is saved and sent (JSON). `parse.ts` reads the text form,
 * `print.ts` writes it. Everything is said of people who are in at least one circle now; `not` is the rest of these.
 */
import { z } from "zod";
import { REGION_CIRCLE_KINDS } from "../circle/region-circle-names.js";
import { CATEGORIES } from "../geo/city.js";

/** Conditions within conditions, and conditions that name a circle, region or place, of one expression. */
export const EXPRESSION_DEPTH_MAX = 12;
export const EXPRESSION_LEAVES_MAX = 60;
/** Conditions of one `atLeast`: what each one changes is looked at by itself. */
export const AT_LEAST_MAX = 20;
export const NAME_CHARS_MAX = 200;
export const DAYS_MAX = 366;
export const STAY_MINUTES_MAX = 1440;
/** Codes of one condition: a model of a phone has some dozens. */
export const DEVICES_MAX = 200;
export const TAC_SHAPE = /^\d{8}$/;
/** A condition that stands for itself has one of these keys. */
const LEAF_KEYS = ["circle", "kind", "at", "devices"];

const name = () =>
  z
    .string()
    .min(1)
    .max(NAME_CHARS_MAX)
    .regex(/^[^"\p{Cc}]*$/u, "holds a quote or a control character");
const days = () => z.int().min(1).max(DAYS_MAX);
const instant = () =>
  z
    .string()
    .regex(INSTANT_SHAPE, "write a time with its offset, as 2026-03-01T18:00+08:00")
    .refine((text) => Number.isFinite(Date.parse(text)), "is no time of the calendar");

/** A time with its offset, to the minute or second. */
export const INSTANT_SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

const membership = {
  scoreMin: z
    .number()
    .min(0.01)
    .max(1)
    .refine((share) => Math.abs(share * 100 - Math.round(share * 100)) < 1e-9, "has more than two decimals")
    .optional()
    .describe("Members whose score is this or more"),
  seenWithinDays: days().optional().describe("Members whom the circle saw within so many days before the watermark"),
  memberWithinDays: days().optional().describe("Members who entered within so many days before the watermark"),
  memberForDays: days().optional().describe("Members since so many days before the watermark, or longer"),
};

const circle = z.strictObject({ circle: name().describe("Id of a circle"), ...membership });
const region = z.strictObject({
  region: name().describe("Id of a region of any level, or the name of a cell"),
  kind: z.enum(REGION_CIRCLE_KINDS).describe("Lives there, spends working days there, or a fifth of the waking time"),
  ...membership,
});

const place = z.union([
  z.strictObject({ venue: name() }),
  z.strictObject({ region: name().describe("Id of a finest region") }),
  z.strictObject({ cell: name() }),
  z.strictObject({ category: z.enum(CATEGORIES) }),
]);
const presence = z
  .strictObject({
    at: place,
    from: instant().optional(),
    to: instant().optional(),
    withinDays: days().optional().describe("Instead of `from` and `to`: so many days before the watermark"),
    minutesMin: z.int().min(1).max(STAY_MINUTES_MAX).optional().describe("Minutes that one stay lasted, at least"),
  })
  .refine(
    ({ from, to, withinDays }) =>
      withinDays === undefined ? from !== undefined && to !== undefined : from === undefined && to === undefined,
    {
      message: "say when: `from` and `to`, or `withinDays`",
    },
  )
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    message: "`to` is not after `from`",
  })
  .describe("Stayed at a place in a time; a stay counts that reaches into it");

const device = z.strictObject({
  devices: z
    .array(z.string().regex(TAC_SHAPE, "is no type allocation code: 8 digits"))
    .min(1)
    .max(DEVICES_MAX)
    .describe("Type allocation codes, the first 8 digits of the IMEI; last heard with one of them"),
});

export type CircleLeaf = z.infer<typeof circle>;
export type RegionLeaf = z.infer<typeof region>;
export type PresenceLeaf = z.infer<typeof presence>;
export type DeviceLeaf = z.infer<typeof device>;
export type MembershipLeaf = CircleLeaf | RegionLeaf;
export type Leaf = MembershipLeaf | PresenceLeaf | DeviceLeaf;
export type Place = z.infer<typeof place>;

export type Expression =
  | Leaf
  | { all: Expression[] }
  | { any: Expression[] }
  | { not: Expression }
  | { atLeast: number; of: Expression[] };

const several = () =>
  z
    .array(z.lazy(() => FORM))
    .min(2)
    .max(EXPRESSION_LEAVES_MAX);

const FORM: z.ZodType<Expression> = z.union([
  circle,
  region,
  presence,
  device,
  z.strictObject({ all: several().describe("All of these hold") }),
  z.strictObject({ any: several().describe("At least one of these holds") }),
  z.strictObject({ not: z.lazy(() => FORM).describe("This does not hold") }),
  z
    .strictObject({ atLeast: z.int().min(1).max(AT_LEAST_MAX), of: several().max(AT_LEAST_MAX) })
    .refine(({ atLeast, of }) => atLeast <= of.length, { message: "asks for more than there are" })
    .describe("At least so many of these hold"),
]);

export interface ExpressionFault {
  /** Where in the JSON, as `all.1.circle`; empty for the whole. */
  readonly place: string;
  readonly says: string;
}

export type ReadExpression = { readonly expression: Expression } | { readonly faults: readonly ExpressionFault[] };

/** An expression from JSON of anybody, however deep; or what is wrong with it, with the place. */
export function readExpression(value: unknown): ReadExpression {
  const size = sizeFault(value);
  if (size !== null) return { faults: [{ place: "", says: size }] };
  const read = FORM.safeParse(value);
  return read.success
    ? { expression: read.data }
    : { faults: read.error.issues.flatMap((issue) => faultsOf(issue, [])) };
}

/** Says what is too large, without a call a level: a body may be as deep as it is long. */
function sizeFault(value: unknown): string | null {
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let leaves = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    const isCondition = !Array.isArray(next.value);
    const depth = next.depth + (isCondition ? 1 : 0);
    // One more than conditions go: the place of a presence is an object too.
    if (depth > EXPRESSION_DEPTH_MAX + 1) return `holds conditions more than ${EXPRESSION_DEPTH_MAX} deep`;
    if (LEAF_KEYS.some((key) => key in (next.value as object))) leaves++;
    if (leaves > EXPRESSION_LEAVES_MAX) return `names more than ${EXPRESSION_LEAVES_MAX} circles, regions and places`;
    for (const inner of Object.values(next.value)) waiting.push({ value: inner, depth });
  }
  return null;
}

/** One branch of a union is meant: the one that knows the keys. */
function faultsOf(issue: z.core.$ZodIssue, before: readonly PropertyKey[]): ExpressionFault[] {
  const path = [...before, ...issue.path];
  if (issue.code !== "invalid_union") return [{ place: path.join("."), says: issue.message }];
  const meant = issue.errors.filter((branch) => branch.every((inner) => !isForeign(inner)));
  const [branch] = meant;
  if (branch === undefined || meant.length > 1) {
    const forms = "circle, region with kind, at, devices, all, any, not, or atLeast with of";
    return [{ place: path.join("."), says: `is no condition: write one object with ${forms}` }];
  }
  return branch.flatMap((inner) => faultsOf(inner, path));
}

/** The key that says what kind of condition it is, is not there, or others are. */
function isForeign(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "unrecognized_keys") return true;
  if (issue.path.length === 0) return issue.code !== "custom";
  return issue.path.length === 1 && "input" in issue && issue.input === undefined;
}

export function isMembership(leaf: Leaf): leaf is MembershipLeaf {
  return !("at" in leaf || "devices" in leaf);
}

/** Id of the circle that a leaf is about: region circles are circles like others. */
export function circleOf(leaf: MembershipLeaf): string {
  return "circle" in leaf ? leaf.circle : `${leaf.kind}:${leaf.region}`;
}

export function isLeaf(expression: Expression): expression is Leaf {
  return LEAF_KEYS.some((key) => key in expression);
}

/** The leaves of an expression, left to right. */
export function leavesOf(expression: Expression): Leaf[] {
  return placedLeaves(expression).map(({ leaf }) => leaf);
}

/** The same, with where each stands in the JSON, as `all.1`; empty for the whole. */
export function placedLeaves(
  expression: Expression,
  at: readonly string[] = [],
): { readonly leaf: Leaf; readonly place: string }[] {
  if (isLeaf(expression)) return [{ leaf: expression, place: at.join(".") }];
  if ("not" in expression) return placedLeaves(expression.not, [...at, "not"]);
  const key = "all" in expression ? "all" : "any" in expression ? "any" : "of";
  return operandsOf(expression).flatMap((operand, i) => placedLeaves(operand, [...at, key, String(i)]));
}

export function operandsOf(
  expression: { all: Expression[] } | { any: Expression[] } | { of: Expression[] },
): Expression[] {
  if ("all" in expression) return expression.all;
  return "any" in expression ? expression.any : expression.of;
}
