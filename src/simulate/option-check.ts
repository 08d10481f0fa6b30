import { CATEGORIES } from "../geo/city.js";
import { UserError } from "../signal/user-error.js";
import { dayOfDate } from "./calendar.js";
import { DEFAULT_OPTIONS, type PartialOptions, type SimulationOptions } from "./options.js";

/** Least and most of every number among the options, by path; a star stands for all that are not named. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  siteShare: [0.01, 1],
  "radio.pathLossSlopeDb": [20, 60],
  "radio.shadowingCorrelationM": [5, 2000],
  "radio.siteCorrelation": [0, 1],
  "radio.hysteresisHalfLifeSeconds": [1, 86_400],
  "radio.pingPongShare": [0, 0.5],
  "radio.*": [0, 30],
  "traffic.eventsPerDay": [1, 2000],
  "traffic.eventsPerDaySigma": [0, 2],
  "traffic.burstEvents": [1, 50],
  "traffic.burstGapSeconds": [0.1, 3600],
  "traffic.periodicUpdateMinutes": [5, 1440],
  "traffic.eventsPerDayMax": [0, Number.POSITIVE_INFINITY],
  "traffic.*": [0, 1],
  "dirt.*": [0, 0.5],
  "habits.hoursSigmaMinutes": [0, 180],
  "habits.laterHours": [-1, 1],
  "habits.homeOfficeShare": [0, 1],
  "habits.*": [0, 20],
  "roles.*": [0, 1e6],
  "confounders.nextDoorM": [0, 2000],
  "confounders.*": [0, 1],
  "happenings.*": [0, 1],
};

type Group = Readonly<Record<string, unknown>>;

/** Fills in the defaults and checks what a user may have mistyped. Throws UserError naming the option and its range. */
export function resolveOptions(given: PartialOptions): SimulationOptions {
  const options = mergeOptions(DEFAULT_OPTIONS, given) as SimulationOptions;
  const { subscribers, days, seed, start, roles, traffic, confounders } = options;
  demand(Number.isInteger(subscribers) && subscribers >= 1, "subscribers", subscribers, "a whole number from 1");
  const endless = days === Number.POSITIVE_INFINITY;
  demand(endless || (Number.isInteger(days) && days >= 1), "days", days, "a whole number from 1");
  demand(Number.isSafeInteger(seed), "seed", seed, "a whole number");
  demand(!Number.isNaN(dayOfDate(start)), "start", start, "a date YYYY-MM-DD");
  checkNumber("siteShare", options.siteShare);
  for (const [group, values] of Object.entries(options)) {
    if (!isGroup(values)) continue;
    for (const [name, value] of Object.entries(values)) {
      const path = `${group}.${name}`;
      if (typeof value === "number") checkNumber(path, value);
      else if (path === "traffic.periodicUpdateMinutes") for (const one of value as number[]) checkNumber(path, one);
    }
  }
  const [shortest = 0, longest = 0, ...more] = traffic.periodicUpdateMinutes as readonly number[];
  demand(shortest <= longest && more.length === 0, "traffic.periodicUpdateMinutes", [shortest, longest], "least, most");
  const unknown = confounders.nextDoorTo.find((category) => !CATEGORIES.includes(category));
  demand(unknown === undefined, "confounders.nextDoorTo", unknown, `categories of venues: ${CATEGORIES.join(" ")}`);
  demand(confounders.nextDoorTo.length > 0, "confounders.nextDoorTo", "empty", "a category of venues at least");
  demand(
    Object.values(roles).some((weight) => weight > 0),
    "roles",
    "all 0",
    "one role a weight above 0",
  );
  return options;
}

/** The options of `over` before those of `under`, at both levels. */
export function mergeOptions(under: PartialOptions, over: PartialOptions): PartialOptions {
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isGroup(value) && isGroup(below) ? { ...below, ...value } : value;
  }
  return merged;
}

/**
 * One option as text, `radio.fadingSigmaDb=7`, lists with commas: the options that it sets. Throws UserError for a name that is none and
 * for a value of the wrong form; the range is checked by `resolveOptions`.
 */
export function parseSetting(text: string): PartialOptions {
  const [path = "", value = ""] = splitOnce(text, "=");
  const [group = "", name] = splitOnce(path, ".");
  const inner = own(DEFAULT_OPTIONS, group);
  const like = name === undefined ? inner : isGroup(inner) ? own(inner, name) : undefined;
  if (like === undefined || isGroup(like))
    throw new UserError(`simulate: ${path} is no option`, `give one of ${settingPaths().join(" ")}`);
  const parsed = parseLike(path, like, value);
  return (name === undefined ? { [group]: parsed } : { [group]: { [name]: parsed } }) as PartialOptions;
}

/** Names of all that `parseSetting` takes. */
export function settingPaths(): string[] {
  return Object.entries(DEFAULT_OPTIONS).flatMap(([group, value]) =>
    isGroup(value) ? Object.keys(value).map((name) => `${group}.${name}`) : [group],
  );
}

function parseLike(path: string, like: unknown, text: string): unknown {
  if (typeof like === "string") return text;
  if (Array.isArray(like)) return text.split(",").map((one) => parseLike(path, like[0], one.trim()));
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(number))
    throw new UserError(`simulate: ${path} is ${text === "" ? "empty" : text}`, "give a number");
  return number;
}

function own(values: object, name: string): unknown {
  return Object.hasOwn(values, name) ? (values as Group)[name] : undefined;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isGroup(value: unknown): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkNumber(path: string, value: number): void {
  const [least, most] = RANGES[path] ??
    RANGES[`${path.slice(0, path.indexOf("."))}.*`] ?? [0, Number.POSITIVE_INFINITY];
  demand(value >= least && value <= most, path, value, `a number from ${least} to ${most}`);
}

function demand(ok: boolean, name: string, got: unknown, expected: string): void {
  if (!ok) throw new UserError(`simulate: ${name} is ${String(got)}`, `give ${expected}`);
}
