/**
 * How near does the engine come to the truth? Home and day places, stays, and what could not be seen at all, over a simulated city.
 * `npm run bench -- accuracy [--subscribers 2000] [--days 28] [--seed 1] [--variation NAME]... [--set NAME=VALUE]... [--data DIR] [--json]`
 * with the variations and options of `lifecircle simulate`; the test of the same name runs it tiny.
 */
import { parseArgs } from "node:util";
import { simulateOptions } from "../src/cli/simulate.js";
import { type AnchorScore, scoreAnchors, siteSpacing } from "../src/score/anchor-score.js";
import type { AnchorFact, StayFact } from "../src/score/facts.js";
import { Hearing } from "../src/score/hearing.js";
import { type StayScore, scoreStays } from "../src/score/stay-score.js";
import type { PartialOptions } from "../src/simulate/options.js";
import { overheard } from "../src/source/overheard.js";
import { readTruth } from "../src/source/truth.js";
import { createCalendar } from "../src/time/calendar.js";
import { benchPseudonymiser, derive, openBenchCity, signallingOf } from "./support/derive.js";
import { collector, nothingHeard } from "./support/heard.js";
import { KeptEvents } from "./support/kept-events.js";
import { isMain } from "./support/main.js";
import { obviousAnchors, obviousStays } from "./support/obvious-way.js";
import { withSimulated } from "./support/simulated.js";
import { lossesOf, type StayLosses } from "./support/stay-losses.js";
import { toldStays } from "./support/told-stays.js";

/** Fewer observed days than these say nothing about a person's places. */
const OBSERVED_DAYS_MIN = 7;

export interface Accuracy {
  readonly events: number;
  readonly rejected: number;
  readonly eventsPerSecond: number;
  /** People with 7 or more observed days; the scores are about them. */
  readonly observedPeople: number;
  readonly home: AnchorScore;
  readonly day: AnchorScore;
  readonly stays: StayScore & { readonly unheardShare: number };
  /** What the obvious way reaches with the same events. */
  readonly obvious: { readonly home: AnchorScore; readonly day: AnchorScore; readonly stays: StayScore };
  /** What is reached by who is told at which stay each event was heard. */
  readonly toldStays: StayScore;
  readonly losses: StayLosses;
}

/** Runs the engine over a folder of simulated data and scores what it says against the truth files there. */
export async function scoreAccuracy(dir: string): Promise<Accuracy> {
  const { config, city } = await openBenchCity(dir);
  const truth = await readTruth(dir, benchPseudonymiser());
  const calendar = createCalendar(city.timeZone, city.holidays);
  const hearing = new Hearing(truth.stays, (timeMs) => calendar.day(timeMs / 1000));
  const heard = nothingHeard();
  const days = truth.stays.flatMap(({ startMs, endMs }) => [startMs, endMs]);
  const kept = new KeptEvents(city, least(days), most(days));
  const source = overheard(kept.keeping(signallingOf(dir, config)), hearing);
  const { counts, seconds } = await derive(source, config, city, collector(heard));
  const limits = { observedDaysMin: OBSERVED_DAYS_MIN, eventsPerDayMin: 0 };
  const people = [...truth.stays, ...truth.anchors].map(({ subscriber }) => subscriber);
  const observed = new Set(people.filter((subscriber) => hearing.isObserved(subscriber, limits)));
  const spacing = siteSpacing(city);
  const scoresOf = (anchors: readonly AnchorFact[], stays: readonly StayFact[]) => ({
    home: scoreAnchors("home", truth.anchors, anchors, observed, city.plane, spacing),
    day: scoreAnchors("day", truth.anchors, anchors, observed, city.plane, spacing),
    stays: scoreStays(truth.stays, stays, observed, city.plane),
  });
  const { home, day, stays } = scoresOf([...heard.anchors.values()], heard.stays);
  return {
    events: counts.events,
    rejected: Object.values(counts.rejected).reduce((sum, count) => sum + count, 0),
    eventsPerSecond: Math.round(counts.events / seconds),
    observedPeople: observed.size,
    home,
    day,
    stays: { ...stays, unheardShare: hearing.unheardShare(observed) },
    obvious: scoresOf(obviousAnchors(kept.inOrder(), city, calendar), obviousStays(kept.inOrder(), city)),
    toldStays: scoreStays(truth.stays, toldStays(kept.inOrder(), truth.stays, city), observed, city.plane),
    losses: lossesOf(truth.stays, heard.stays, kept.inOrder(), observed, city.plane),
  };
}

/** Least and most of many numbers, more than can be arguments of a call. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function print(result: Accuracy): void {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { events, rejected, eventsPerSecond, observedPeople, stays, obvious } = result;
  console.log(
    `${events} events (${rejected} not taken), ${eventsPerSecond} a second; ${observedPeople} people observed`,
  );
  const anchorRow = ({ people, located, right, rate, rateOfLocated, errorMetres, invented }: AnchorScore) => ({
    people,
    located,
    right,
    rate: share(rate),
    "of located": share(rateOfLocated),
    "median error": `${Math.round(errorMetres.median)} m`,
    invented,
  });
  const stayRow = (score: StayScore) => ({
    true: score.truths,
    found: score.found,
    matched: score.matched,
    precision: share(score.precision),
    recall: share(score.recall),
    F1: score.f1.toFixed(3),
    arrival: `${score.arrivalErrorMinutes.median.toFixed(1)} min`,
    departure: `${score.departureErrorMinutes.median.toFixed(1)} min`,
  });
  console.table({
    home: anchorRow(result.home),
    "home, obvious way": anchorRow(obvious.home),
    day: anchorRow(result.day),
    "day, obvious way": anchorRow(obvious.day),
  });
  console.table({
    stays: { ...stayRow(stays), unheard: share(stays.unheardShare) },
    "stays, obvious way": stayRow(obvious.stays),
    "stays, each event told": stayRow(result.toldStays),
  });
  console.table(
    Object.fromEntries(
      Object.entries(result.losses).map(([why, missed]) => [
        why,
        { missed, "of the true": share(missed / stays.truths) },
      ]),
    ),
  );
}

/** The city that a command line asks for: a folder, or the options of one to be made. */
export function cityOf(args: readonly string[]): { data?: string; json: boolean; simulation: PartialOptions } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subscribers: { type: "string", default: "2000" },
      days: { type: "string", default: "28" },
      seed: { type: "string", default: "1" },
      variation: { type: "string", multiple: true, default: [] },
      set: { type: "string", multiple: true, default: [] },
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { subscribers, days, seed, variation, set, data, json } = values;
  const size = { subscribers: Number(subscribers), days: Number(days), seed: Number(seed) };
  return {
    ...(data === undefined ? {} : { data }),
    json,
    simulation: simulateOptions({ ...size, variation, set, out: "", json }),
  };
}

if (isMain(import.meta.url)) {
  const { data, json, simulation } = cityOf(process.argv.slice(2));
  const result = await withSimulated(data, simulation, scoreAccuracy);
  if (json) console.log(JSON.stringify(result));
  else print(result);
}
