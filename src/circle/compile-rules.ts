/** From the rules as an analyst wrote them to conditions over one city's venues and events. */
import { CATEGORIES, type Category, type City } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import type { Dimension } from "../rows.js";
import { allOf, anyOf, anything, type Condition, noneOf, remembered } from "./condition.js";
import { anchorCondition, livesNearCondition } from "./condition-anchor.js";
import { attendedCondition } from "./condition-attended.js";
import { commuteCondition } from "./condition-commute.js";
import {
  homeNetworkCondition,
  nightShiftsCondition,
  onTheMoveCondition,
  regularHoursCondition,
  sojournCondition,
} from "./condition-rhythm.js";
import { stopsCondition } from "./condition-stops.js";
import { visitsCondition } from "./condition-visits.js";
import type { CircleRule, CircleRules, ConditionForm, PlaceForm, SlotForm, VisitsForm } from "./rule-schema.js";
import { type Screen, screenOf } from "./screen.js";
import { eventsDuring, venueMapOf } from "./venue-map.js";
import { listOf, type VenueSet, venueSet } from "./venue-set.js";
import { type Hours, hoursOf } from "./window.js";

/** One circle, ready to be asked of a portrait. */
export interface CompiledCircle {
  readonly id: string;
  readonly dimension: Dimension;
  readonly enter: number;
  readonly leave: number;
  /** Masks of features, one bit of each of which somebody must have to be in it. */
  readonly needs: readonly number[];
  readonly conditions: readonly Condition[];
  readonly says: string;
  /** Another rule names it, and wants its score however low. */
  readonly isNamed: boolean;
  /** It counts what happened in the window, so a long silence says nothing about it. */
  readonly countsVisits: boolean;
}

export interface CompiledRules {
  /** Circles that others name come before them. */
  readonly circles: readonly CompiledCircle[];
  readonly screen: Screen;
  readonly windowDays: number;
  readonly strengthenedBy: number;
}

/** Compiles checked rules (see rule-check.ts) against a city. */
export function compileRules(rules: CircleRules, city: LoadedCity): CompiledRules {
  const compiler = new Compiler(rules, city);
  const circles = inOrder(rules).flatMap((rule) => family(rule, city).map((value) => compiler.circle(rule, value)));
  const { window_days: windowDays, strengthened_by: strengthenedBy } = rules.defaults;
  return { circles, screen: screenOf(circles), windowDays, strengthenedBy };
}

/** A rule after those whose circles it names. */
function inOrder({ circles: rules, roles }: CircleRules): readonly CircleRule[] {
  const ordered: CircleRule[] = [];
  const take = (rule: CircleRule, above: readonly CircleRule[]) => {
    if (ordered.includes(rule) || above.includes(rule)) return;
    for (const name of circlesNamed(rule, roles))
      for (const other of rules) if (other.circle === name) take(other, [...above, rule]);
    ordered.push(rule);
  };
  for (const rule of rules) take(rule, []);
  return ordered;
}

/** Ids of the circles that the conditions of a rule name, themselves or through their roles. */
export function circlesNamed(rule: CircleRule, roles: CircleRules["roles"]): string[] {
  return namesOf([...rule.all, ...(rule.none ?? [])], roles);
}

function namesOf(forms: readonly ConditionForm[], roles: CircleRules["roles"]): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  const walk = (form: ConditionForm) => {
    if (form.circle !== undefined) names.push(form.circle);
    if (form.role !== undefined && !seen.has(form.role)) {
      seen.add(form.role);
      walk(roles[form.role] ?? {});
    }
    for (const part of [...(form.any ?? []), ...(form.all ?? []), ...(form.none ?? [])]) walk(part);
  };
  for (const form of forms) walk(form);
  return names;
}

/** A variable and its value in one member of a family of circles; null for a circle of its own. */
export interface Variable {
  readonly name: "$genre" | "$subtype" | "$tier";
  readonly value: string;
}

/** The members of a family that the city has: a genre of its events, a subtype or tier of its venues. */
function family(rule: CircleRule, city: City): (Variable | null)[] {
  const of = rule.for;
  if (of === undefined) return [null];
  const values = (found: Iterable<string | null>) =>
    [...new Set(found)].filter((value) => value !== null && value !== "");
  const venues = (category: Category) =>
    Array.from({ length: city.venues.count }, (_, venue) => venue).filter(
      (venue) => CATEGORIES[city.venues.category[venue] as number] === category,
    );
  const all: Variable[] = [];
  const add = (name: Variable["name"], found: Iterable<string | null>) => {
    for (const value of values(found).sort()) all.push({ name, value: value as string });
  };
  const { genre, subtype, tier } = of;
  if (genre !== undefined)
    add(
      "$genre",
      city.events.filter((event) => event.category === genre).map((event) => event.genre),
    );
  if (subtype !== undefined)
    add(
      "$subtype",
      venues(subtype).map((venue) => city.venues.subtype[venue] ?? null),
    );
  if (tier !== undefined)
    add(
      "$tier",
      venues(tier).map((venue) => city.venues.tier[venue] ?? null),
    );
  return all;
}

/** The rule of a circle of the city as its analyst wrote it, a family's variable filled in; null where no rule makes the circle. */
export function ruleOf(rules: CircleRules, city: City, id: string): CircleRule | null {
  for (const rule of rules.circles)
    for (const variable of family(rule, city)) {
      const one = filled(rule, variable);
      if (one.circle === id) return one;
    }
  return null;
}

/** Ids of the circles that the rules make in a city, whoever is in them. */
export function circleIds({ circles }: CircleRules, city: City): string[] {
  return circles.flatMap((rule) =>
    family(rule, city).map((variable) =>
      variable === null ? rule.circle : rule.circle.replaceAll(variable.name, variable.value),
    ),
  );
}

/** A form with the family's variable put in wherever it stands. */
function filled<T>(form: T, variable: Variable | null): T {
  if (variable === null) return form;
  return JSON.parse(JSON.stringify(form), (_, value) =>
    typeof value === "string" ? value.replaceAll(variable.name, variable.value) : value,
  ) as T;
}

class Compiler {
  private readonly rules: CircleRules;
  private readonly city: LoadedCity;
  private readonly sets = new Map<string, VenueSet>();
  private readonly conditions = new Map<string, Condition>();
  private readonly named: ReadonlySet<string>;

  constructor(rules: CircleRules, city: LoadedCity) {
    this.rules = rules;
    this.city = city;
    this.named = new Set(rules.circles.flatMap((rule) => circlesNamed(rule, rules.roles)));
  }

  circle(family: CircleRule, variable: Variable | null): CompiledCircle {
    const rule = filled(family, variable);
    const { defaults } = this.rules;
    const within = rule.window_days ?? defaults.window_days;
    const all = rule.all.map((form) => this.condition(form, within));
    const none = rule.none === undefined ? [] : [noneOf(rule.none.map((form) => this.condition(form, within)))];
    return {
      id: rule.circle,
      dimension: rule.dimension,
      enter: rule.enter ?? defaults.enter,
      leave: rule.leave ?? defaults.leave,
      needs: all.map((condition) => condition.needs).filter((needs) => needs !== 0),
      conditions: [...all, ...none],
      says: rule.says ?? rule.circle,
      isNamed: this.named.has(rule.circle),
      countsVisits: rule.all.some((form) => this.countsVisits(form)),
    };
  }

  private countsVisits(form: ConditionForm): boolean {
    if (form.role !== undefined) return this.countsVisits(this.rules.roles[form.role] ?? {});
    const parts = [...(form.any ?? []), ...(form.all ?? [])];
    const counts = [form.visits, form.stops, form.attended].some((one) => one !== undefined);
    return counts || parts.some((part) => this.countsVisits(part));
  }

  /** Rules that ask the same share the answer; what names a circle is asked anew, since the scores of circles come one by one. */
  private condition(form: ConditionForm, within: number): Condition {
    const key = JSON.stringify([form, within]);
    const known = this.conditions.get(key);
    if (known !== undefined) return known;
    const made = this.newCondition(form, within);
    if (namesOf([form], this.rules.roles).length > 0) return made;
    const condition = remembered(made);
    this.conditions.set(key, condition);
    return condition;
  }

  private newCondition(form: ConditionForm, within: number): Condition {
    const { city } = this;
    if (form.visits !== undefined)
      return this.visits({ ...form.visits, within_days: form.visits.within_days ?? within });
    if (form.attended !== undefined)
      return attendedCondition({ ...form.attended, within_days: form.attended.within_days ?? within }, city);
    if (form.stops !== undefined)
      return stopsCondition({
        form: form.stops,
        venues: this.venues(form.stops),
        hours: this.hours(form.stops.slot),
        city,
      });
    if (form.anchor !== undefined) return anchorCondition(form.anchor, this.venues(form.anchor), city);
    if (form.lives_near !== undefined) return livesNearCondition(form.lives_near, this.venues(form.lives_near), city);
    if (form.commute !== undefined) return commuteCondition(form.commute);
    if (form.regular_hours !== undefined) return regularHoursCondition(form.regular_hours);
    if (form.night_shifts !== undefined) return nightShiftsCondition(form.night_shifts);
    if (form.sojourn !== undefined) return sojournCondition(form.sojourn);
    if (form.on_the_move !== undefined) return onTheMoveCondition(form.on_the_move);
    if (form.home_network !== undefined) return homeNetworkCondition(form.home_network);
    if (form.circle !== undefined) return memberOf(form.circle);
    if (form.role !== undefined) return this.condition(this.rules.roles[form.role] as ConditionForm, within);
    if (form.any !== undefined) return anyOf(form.any.map((part) => this.condition(part, within)));
    if (form.all !== undefined) return allOf(form.all.map((part) => this.condition(part, within)));
    return noneOf((form.none ?? []).map((part) => this.condition(part, within)));
  }

  private visits(form: VisitsForm): Condition {
    const map = venueMapOf(this.city);
    return visitsCondition({
      form,
      venues: this.venues(form),
      hours: this.hours(form.slot),
      city: this.city,
      hasEvent: (venue, startSec, endSec) => eventsDuring(map, venue, startSec, endSec).length > 0,
    });
  }

  private hours(slots: VisitsForm["slot"]): readonly Hours[] {
    return listOf<string | SlotForm>(slots).map((slot) =>
      hoursOf(typeof slot === "string" ? (this.rules.slots[slot] as SlotForm) : slot),
    );
  }

  private venues({ category, subtype, tier, venue }: PlaceForm): VenueSet {
    const key = JSON.stringify([category, subtype, tier, venue]);
    let set = this.sets.get(key);
    if (set === undefined) {
      set = venueSet(this.city.venues, { category, subtype, tier, venue });
      this.sets.set(key, set);
    }
    return set;
  }
}

function memberOf(circle: string): Condition {
  return {
    needs: 0,
    most: anything,
    chance: (portrait) => portrait.scores.get(circle) ?? 0,
    fact: (portrait) => ({ what: `member of ${circle}`, chance: portrait.scores.get(circle) ?? 0 }),
    seen: () => -1,
  };
}

const COMPILED = new WeakMap<CircleRules, WeakMap<LoadedCity, CompiledRules>>();

/** The rules compiled against a city, once for all partitions. */
export function compiledRules(rules: CircleRules, city: LoadedCity): CompiledRules {
  let ofCity = COMPILED.get(rules);
  if (ofCity === undefined) {
    ofCity = new WeakMap();
    COMPILED.set(rules, ofCity);
  }
  let compiled = ofCity.get(city);
  if (compiled === undefined) {
    compiled = compileRules(rules, city);
    ofCity.set(city, compiled);
  }
  return compiled;
}
