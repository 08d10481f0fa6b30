/** Rules in words, made of their data: one clause a condition, for analysts and for those whom a membership is explained to. */
import type {
  AnchorForm,
  AttendedForm,
  CircleRule,
  CircleRules,
  ConditionForm,
  PlaceForm,
  SlotForm,
  StopsForm,
  VisitsForm,
} from "./rule-schema.js";
import { listOf } from "./venue-set.js";

/** A condition in words; conditions that are made of others name them in `of`. */
export interface Clause {
  readonly words: string;
  /** What is counted, where something is: "visits of 40 minutes or more to a mall". */
  readonly counted?: string;
  /** The anchor that the stays behind it were at. */
  readonly own?: "home" | "day";
  /** The venues that the stays behind it were at, or may have passed. */
  readonly place?: ClausePlace;
  readonly join?: "all" | "any" | "none";
  readonly of?: readonly Clause[];
}

export interface ClausePlace {
  readonly venues: PlaceForm;
  readonly withOwn: boolean;
  readonly withPassing: boolean;
}

/** The clauses of a rule, in the order of the conditions that the rule compiles to: those of `all`, then one for `none`. */
export function ruleClauses(rule: CircleRule, rules: CircleRules): Clause[] {
  const all = rule.all.map((form) => clauseOf(form, rules));
  return rule.none === undefined ? all : [...all, joined("none", rule.none, rules)];
}

const JOINS = { all: "all of these", any: "at least one of these", none: "none of these" } as const;

function joined(join: "all" | "any" | "none", forms: readonly ConditionForm[], rules: CircleRules): Clause {
  return { words: JOINS[join], join, of: forms.map((form) => clauseOf(form, rules)) };
}

function clauseOf(form: ConditionForm, rules: CircleRules): Clause {
  if (form.role !== undefined) {
    const of = clauseOf(rules.roles[form.role] as ConditionForm, rules);
    return { ...of, words: `${form.role.replaceAll("-", " ")}: ${of.words}` };
  }
  for (const join of ["any", "all", "none"] as const)
    if (form[join] !== undefined) return joined(join, form[join], rules);
  if (form.visits !== undefined) return visitsClause(form.visits, rules);
  if (form.stops !== undefined) return stopsClause(form.stops, rules);
  if (form.attended !== undefined) return attendedClause(form.attended);
  if (form.anchor !== undefined) return { words: anchorWords(form.anchor) };
  return rhythmClause(form) ?? { words: otherWords(form) };
}

function rhythmClause(form: ConditionForm): Clause | null {
  if (form.commute !== undefined) {
    const counted = `working days in the city with a way between home and day place by ${form.commute.mode} at the peaks`;
    return { words: `at least ${percent(form.commute.share)} of the ${counted}`, counted };
  }
  if (form.regular_hours !== undefined) {
    const { arrive, leave, minutes_min, share } = form.regular_hours;
    const hours = `at the day place for ${minutes_min} minutes or more, come between ${arrive.from} and ${arrive.to} and left between ${leave.from} and ${leave.to}`;
    const counted = `working days in the city ${hours}`;
    return { words: `on at least ${percent(share)} of the working days in the city: ${hours}`, counted, own: "day" };
  }
  if (form.night_shifts !== undefined) {
    const { from, to, minutes_min, nights, share } = form.night_shifts;
    const counted = `nights with ${minutes_min} minutes or more at the workplace between ${from} and ${to}`;
    return {
      words: `at least ${nights} ${counted}, and these are at least ${percent(share)} of all shifts`,
      counted,
      own: "day",
    };
  }
  if (form.on_the_move !== undefined) {
    const { stays, days } = form.on_the_move;
    const counted = `days with ${stays} or more stays that are neither at home nor at the day place`;
    return { words: `at least ${days} ${counted}`, counted };
  }
  return null;
}

function otherWords(form: ConditionForm): string {
  if (form.circle !== undefined) return `is in the circle ${form.circle}, with the score there`;
  if (form.lives_near !== undefined)
    return `the ${form.lives_near.kind} place lies within ${form.lives_near.metres} m of ${placeNames(form.lives_near)}`;
  if (form.sojourn !== undefined)
    return `in the city for visits of at most ${form.sojourn.days_max} days only; more than ${form.sojourn.gap_days} silent days tell two visits apart`;
  if (form.home_network !== undefined)
    return `the home PLMN is ${form.home_network.foreign ? "none" : "one"} of the city's home networks`;
  return JSON.stringify(form);
}

function visitsClause(form: VisitsForm, rules: CircleRules): Clause {
  const where =
    form.at === undefined
      ? `visits${lengthWords(form)} to ${placeNames(form)}`
      : `stays${lengthWords(form)} at the ${form.at} place`;
  const own =
    form.at !== undefined
      ? ""
      : form.own_places === true
        ? ", also where that is the own home or day place"
        : ", the own home and day place aside";
  const rest = [
    slotWords(form.slot, rules),
    form.on_the_way === true ? ", passing on a way included" : "",
    form.leaves_town === true ? ", on leaving the city or coming back to it" : "",
    own,
    form.event === "none" ? ", while no event takes place there" : "",
    form.within_days === undefined ? "" : `, within the last ${form.within_days} days`,
  ].join("");
  const place = { venues: form, withOwn: form.own_places === true, withPassing: form.on_the_way === true };
  const behind = form.at === undefined ? { place } : { own: form.at };
  if (form.share !== undefined) {
    const days = `${dayWords(form.of ?? "working")} on which heard`;
    const floor = form.at_least === undefined ? "" : `, and on ${form.at_least} days or more`;
    return {
      words: `on at least ${percent(form.share)} of the ${days}${floor}: ${where}${rest}`,
      counted: `days with ${where}${rest}`,
      ...behind,
    };
  }
  if (form.days !== undefined)
    return { words: `on at least ${form.days} days: ${where}${rest}`, counted: `days with ${where}${rest}`, ...behind };
  const least = form.count ?? 1;
  const one = where.replace(/^(visit|stay)s/, "$1");
  return { words: `at least ${least} ${least === 1 ? one : where}${rest}`, counted: `${where}${rest}`, ...behind };
}

function stopsClause(form: StopsForm, rules: CircleRules): Clause {
  const asked = form.share === undefined ? (form.count ?? 1) : `on at least ${percent(form.share)} of the working days`;
  const counted = `brief stops at ${placeNames(form)}${slotWords(form.slot, rules)}, and hardly any at other hours`;
  return { words: `${asked} ${counted}`, counted, place: { venues: form, withOwn: false, withPassing: true } };
}

function lengthWords({ minutes }: VisitsForm): string {
  if (minutes?.min !== undefined && minutes.max !== undefined) return ` of ${minutes.min} to ${minutes.max} minutes`;
  if (minutes?.min !== undefined) return ` of ${minutes.min} minutes or more`;
  return minutes?.max === undefined ? "" : ` of ${minutes.max} minutes or less`;
}

function dayWords(days: "working" | "off" | "any"): string {
  return days === "working" ? "working days" : days === "off" ? "days off" : "days";
}

function slotWords(slots: VisitsForm["slot"], rules: CircleRules): string {
  const words = listOf<string | SlotForm>(slots).map((one) => {
    const slot = typeof one === "string" ? rules.slots[one] : one;
    if (slot === undefined) return String(one);
    const hours =
      slot.from === undefined && slot.to === undefined ? "" : `${slot.from ?? "00:00"}-${slot.to ?? "24:00"}`;
    const days = slot.days === "any" ? "" : `${hours === "" ? "" : " "}on ${dayWords(slot.days)}`;
    return `${hours}${days}` || "at any time";
  });
  return words.length === 0 ? "" : `, ${words.join(" or ")}`;
}

function attendedClause(form: AttendedForm): Clause {
  const genre = form.genre === undefined ? "" : ` (${orOf(listOf(form.genre))})`;
  const at = form.venue === undefined ? "" : ` at ${orOf(listOf(form.venue))}`;
  const kinds = { music: "music event", sport: "match", expo: "expo" } as const;
  const long = form.category === "expo" ? "for an hour or more" : "for 60 % of it or more";
  const within = form.within_days === undefined ? "" : `, within the last ${form.within_days} days`;
  const rest = `${genre}${at} attended ${long}${within}`;
  const one = form.category === undefined ? "event" : kinds[form.category];
  const counted = `${one}${one.endsWith("ch") ? "es" : "s"}${rest}`;
  if (form.share === undefined)
    return { words: `at least ${form.times === 1 ? `1 ${one}${rest}` : `${form.times} ${counted}`}`, counted };
  const floor = form.at_least === undefined ? "" : `, and ${form.at_least} or more`;
  return { words: `at least ${percent(form.share)} of the ${counted}${floor}`, counted };
}

function anchorWords(form: AnchorForm): string {
  const kind = form.kind === "other" ? "another usual place" : `the ${form.kind} place`;
  const parts = [
    form.rule === undefined ? "" : `, found by ${orOf(listOf(form.rule))}`,
    form.days === undefined ? "" : `, of ${form.days} days or more`,
    form.confidence === undefined ? "" : `, known with a confidence of ${form.confidence} or more`,
  ].join("");
  const place = placeNames(form);
  return place === "any venue" ? `has ${kind}${parts}` : `${kind} is ${place}${parts}`;
}

/** "a mall", "a children hospital", "a residential or dormitory of high tier", "venue M12". */
export function placeNames(form: PlaceForm): string {
  const readable = (names: readonly string[]) => orOf(names.map((name) => name.replaceAll("_", " ")));
  const categories = listOf(form.category);
  const subtype = form.subtype === undefined ? "" : `${readable(listOf(form.subtype))} `;
  const kind = `${subtype}${categories.length === 0 ? (subtype === "" ? "" : "venue") : readable(categories)}`;
  const tier = form.tier === undefined ? "" : `of ${readable(listOf(form.tier))} tier`;
  const ids = form.venue === undefined ? "" : `${orOf(listOf(form.venue))}`;
  const named = kind === "" ? (tier === "" ? "" : "a venue") : `${/^[aeiou](?!ni)/.test(kind) ? "an" : "a"} ${kind}`;
  return [named, tier, ids].filter((part) => part !== "").join(" ") || "any venue";
}

function orOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
