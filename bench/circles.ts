/**
 * How right are the circles in cities that no rule was made for, and who of those that look like members is taken for one?
 * `npm run bench -- circles [--cities NAME,...] [--subscribers 400] [--days 28] [--seed 101] [--json]`: each city is a variation of the
 * simulator (`few-events`), some together (`sparse-sites+few-events`), or a test city of one confounder (`office-couriers`);
 * `--cities variations` and `--cities confounders` stand for all of them. `--cities rates` is the plain city at several event rates, with the
 * same people: what the signalling allows of circles whose stops are shorter than the gaps between events.
 */
import { parseArgs } from "node:util";
import type { Found, Truth } from "../src/score/facts.js";
import { Hearing } from "../src/score/hearing.js";
import { type ScoreReport, scoreReport } from "../src/score/report.js";
import { mergeOptions } from "../src/simulate/option-check.js";
import type { PartialOptions } from "../src/simulate/options.js";
import { SCENARIO_SUBSCRIBERS, SCENARIOS, type Scenario } from "../src/simulate/scenarios.js";
import { VARIATIONS, variationNamed } from "../src/simulate/variations.js";
import { overheard } from "../src/source/overheard.js";
import { readTruth } from "../src/source/truth.js";
import { createCalendar } from "../src/time/calendar.js";
import { benchPseudonymiser, derive, openBenchCity, signallingOf } from "./support/derive.js";
import { collector, foundOf, nothingHeard } from "./support/heard.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";

/** The well observed: what is known of others is little, and says more of the signalling than of the rules. */
const LIMITS = { observedDaysMin: 7, eventsPerDayMin: 10 };

/** Median events a person and day; a city of one is named `rate-70`. */
const RATES = [20, 40, 70, 150, 300];
const RATE = /^rate-(\d+)$/;
/** Circles whose stops are shorter than the gaps between events, or that only travel time tells. */
const BRIEF = ["school-run", "parent-child", "bus-commuter"] as const;

export interface CityScore {
  readonly city: string;
  readonly seed: number;
  readonly events: number;
  readonly report: ScoreReport;
  /** Of a test city of confounders. */
  readonly confounders: ConfounderScore | null;
}

/** Of everybody who has the role of a confounder and is in none of the circles that it is taken for. */
export interface ConfounderScore {
  readonly circles: readonly string[];
  readonly confounders: readonly string[];
  readonly people: number;
  /** How many of them were found in such a circle. */
  readonly taken: number;
  /** True members of such circles, found members, and right ones. */
  readonly true: number;
  readonly found: number;
  readonly right: number;
}

/** Runs the engine over a folder of simulated data and scores its circles against the truth files there. */
export async function scoreCity(
  dir: string,
  city: string,
  seed: number,
  scenario: Scenario | null,
): Promise<CityScore> {
  const opened = await openBenchCity(dir);
  const truth = await readTruth(dir, benchPseudonymiser());
  const calendar = createCalendar(opened.city.timeZone, opened.city.holidays);
  const hearing = new Hearing(truth.stays, (timeMs) => calendar.day(timeMs / 1000));
  const heard = nothingHeard();
  const source = overheard(signallingOf(dir, opened.config), hearing);
  const { counts } = await derive(source, opened.config, opened.city, collector(heard));
  const found = foundOf(heard);
  const report = scoreReport({ truth, found, hearing, city: opened.city, limits: LIMITS, confounders: [] });
  return {
    city,
    seed,
    events: counts.events,
    report,
    confounders: scenario === null ? null : scoreConfounders(truth, found, scenario),
  };
}

function scoreConfounders(truth: Truth, found: Found, { circles, confounders }: Scenario): ConfounderScore {
  const isAsked = (circle: string) =>
    circles.some((one) => (one.endsWith(":") ? circle.startsWith(one) : circle === one));
  const truly = new Set<string>();
  for (const [subscriber, theirs] of truth.circles)
    for (const circle of theirs) if (isAsked(circle)) truly.add(`${subscriber} ${circle}`);
  const said = found.memberships.filter(({ circle }) => isAsked(circle));
  const doubles = new Set<string>();
  for (const [subscriber, roles] of truth.roles ?? []) {
    const isMember = [...(truth.circles.get(subscriber) ?? [])].some(isAsked);
    if (!isMember && roles.some((role) => confounders.includes(role))) doubles.add(subscriber);
  }
  return {
    circles,
    confounders,
    people: doubles.size,
    taken: new Set(said.map(({ subscriber }) => subscriber).filter((subscriber) => doubles.has(subscriber))).size,
    true: truly.size,
    found: said.length,
    right: said.filter(({ subscriber, circle }) => truly.has(`${subscriber} ${circle}`)).length,
  };
}

/** The options of a city by its name. Throws UserError for a name that is none. */
function optionsOf(name: string, scenario: Scenario | null, size: PartialOptions): PartialOptions {
  const rate = RATE.exec(name);
  if (rate !== null) return mergeOptions({ traffic: { eventsPerDay: Number(rate[1]) } }, size);
  const layers = scenario !== null ? [scenario.options] : name === "plain" ? [] : name.split("+").map(variationNamed);
  return [...layers, size].reduce(mergeOptions, {});
}

const figure = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? "" : value.toFixed(3));

function rowOf({ seed, report }: CityScore) {
  const { macro, macroOfMembers, people } = report.wellObserved;
  return {
    seed,
    people,
    F1: figure(macro.all?.f1),
    "by member": figure(macroOfMembers.all?.f1),
    precision: figure(macro.all?.precision),
    region: figure(macro.region?.f1),
    demographic: figure(macro.demographic?.f1),
    preference: figure(macro.preference?.f1),
    behaviour: figure(macro.behaviour?.f1),
    lowest: `${macro.all?.lowestCircle} ${figure(macro.all?.lowestF1)}`,
  };
}

/** The circles of brief stops, and all others, at one event rate. */
function rateRow({ report }: CityScore) {
  const { macro, circles, people } = report.wellObserved;
  const rest = circles.filter(({ circle }) => !(BRIEF as readonly string[]).includes(circle));
  const brief = BRIEF.map((name) => {
    const one = circles.find(({ circle }) => circle === name);
    return [name, one === undefined ? "" : `${figure(one.f1)} (${figure(one.precision)})`];
  });
  return {
    people,
    F1: figure(macro.all?.f1),
    precision: figure(macro.all?.precision),
    "F1 of the others": figure(rest.reduce((sum, { f1 }) => sum + f1, 0) / rest.length),
    ...Object.fromEntries(brief),
  };
}

function confounderRow({ seed, confounders }: CityScore) {
  if (confounders === null) return {};
  const { circles, people, taken, found, right } = confounders;
  return {
    circles: circles.join(" "),
    seed,
    members: confounders.true,
    precision: figure(found === 0 ? Number.NaN : right / found),
    recall: figure(confounders.true === 0 ? Number.NaN : right / confounders.true),
    confounders: people,
    "taken for members": taken,
  };
}

function print(scores: readonly CityScore[]): void {
  console.log(machine());
  const rates = scores.filter(({ city }) => RATE.test(city));
  const plain = scores.filter(({ city, confounders }) => confounders === null && !RATE.test(city));
  const doubles = scores.filter(({ confounders }) => confounders !== null);
  if (plain.length > 0) console.table(Object.fromEntries(plain.map((score) => [score.city, rowOf(score)])));
  if (rates.length > 0) console.table(Object.fromEntries(rates.map((score) => [score.city, rateRow(score)])));
  if (doubles.length > 0) console.table(Object.fromEntries(doubles.map((score) => [score.city, confounderRow(score)])));
}

function namesOf(cities: string): string[] {
  if (cities === "variations") return ["plain", ...Object.keys(VARIATIONS)];
  if (cities === "rates") return RATES.map((rate) => `rate-${rate}`);
  return cities === "confounders" ? SCENARIOS.map(({ name }) => name) : cities.split(",");
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      cities: { type: "string", default: "variations" },
      subscribers: { type: "string", default: String(SCENARIO_SUBSCRIBERS) },
      days: { type: "string", default: "28" },
      seed: { type: "string", default: "101" },
      json: { type: "boolean", default: false },
    },
  });
  const scores: CityScore[] = [];
  // A seed of its own for each: what is derived must hold in cities that differ in everything. Of rates only the rate differs.
  for (const [at, name] of namesOf(values.cities).entries()) {
    const scenario = SCENARIOS.find((one) => one.name === name) ?? null;
    const seed = Number(values.seed) + (RATE.test(name) ? 0 : at);
    const size = { subscribers: Number(values.subscribers), days: Number(values.days), seed };
    const options = optionsOf(name, scenario, size);
    scores.push(await withSimulated(undefined, options, (dir) => scoreCity(dir, name, seed, scenario)));
    process.stderr.write(`${name}: ${figure(scores.at(-1)?.report.wellObserved.macro.all?.f1)}\n`);
  }
  if (values.json) console.log(JSON.stringify(scores));
  else print(scores);
}
