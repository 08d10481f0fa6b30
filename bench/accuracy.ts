/**
 * How near does the engine come to the truth? Home and day places, stays, and what could not be seen at all, over a simulated city.
 * `npm run bench -- accuracy [--subscribers 2000] [--days 28] [--seed 1] [--data DIR] [--json]`; the test of the same name runs it tiny.
 */
import { parseArgs } from "node:util";
import { type Calendar, createCalendar } from "../src/time/calendar.js";
import { type AnchorScore, scoreAnchors } from "./support/anchor-score.js";
import { benchPseudonymiser, derive, openBenchCity, signallingOf } from "./support/derive.js";
import { collector, type Heard, listening } from "./support/heard.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";
import { type StayScore, scoreStays } from "./support/stay-score.js";
import { type TrueStay, trueAnchors, trueStays } from "./support/truth.js";

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
  readonly stays: StayScore;
}

/** Runs the engine over a folder of simulated data and scores what it says against the truth files there. */
export async function scoreAccuracy(dir: string): Promise<Accuracy> {
  const { config, city } = await openBenchCity(dir);
  const heard: Heard = { stays: new Map(), times: new Map(), anchors: new Map() };
  const source = listening(signallingOf(dir, config), heard.times);
  const { counts, seconds } = await derive(source, config, city, collector(heard));
  const anchors = await trueAnchors(dir, benchPseudonymiser());
  const stays = await trueStays(dir, benchPseudonymiser());
  const observed = observedPeople(heard.times, stays, createCalendar(city.timeZone, city.holidays));
  const ofObserved = <T extends { subscriber: string }>(truths: readonly T[]) =>
    truths.filter(({ subscriber }) => observed.has(subscriber));
  return {
    events: counts.events,
    rejected: Object.values(counts.rejected).reduce((sum, count) => sum + count, 0),
    eventsPerSecond: Math.round(counts.events / seconds),
    observedPeople: observed.size,
    home: scoreAnchors(city, heard.anchors, "home", ofObserved(anchors), observed),
    day: scoreAnchors(city, heard.anchors, "day", ofObserved(anchors), observed),
    stays: scoreStays(city, heard, ofObserved(stays)),
  };
}

/** Pseudonyms heard on enough city days of the time that the truth is about (spoilt clocks name days outside it). */
function observedPeople(times: Map<string, number[]>, stays: readonly TrueStay[], calendar: Calendar): Set<string> {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const stay of stays) {
    fromMs = Math.min(fromMs, stay.startMs);
    toMs = Math.max(toMs, stay.endMs);
  }
  const observed = new Set<string>();
  for (const [name, heardMs] of times) {
    const days = new Set<number>();
    for (const timeMs of heardMs) if (timeMs >= fromMs && timeMs < toMs) days.add(calendar.day(timeMs / 1000));
    if (days.size >= OBSERVED_DAYS_MIN) observed.add(name);
  }
  return observed;
}

function print(result: Accuracy): void {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { events, rejected, eventsPerSecond, observedPeople, stays } = result;
  console.log(
    `${events} events (${rejected} not taken), ${eventsPerSecond} a second; ${observedPeople} people observed`,
  );
  console.table(
    Object.fromEntries(
      (["home", "day"] as const).map((kind) => {
        const { people, located, right, rate, rateOfLocated, medianErrorMetres, invented } = result[kind];
        const error = `${Math.round(medianErrorMetres)} m`;
        const row = {
          people,
          located,
          right,
          rate: share(rate),
          "of located": share(rateOfLocated),
          "median error": error,
        };
        return [kind, { ...row, invented }];
      }),
    ),
  );
  console.table({
    stays: {
      true: stays.truths,
      found: stays.found,
      matched: stays.matched,
      precision: share(stays.precision),
      recall: share(stays.recall),
      F1: stays.f1.toFixed(3),
      arrival: `${stays.medianArrivalErrorMinutes.toFixed(1)} min`,
      departure: `${stays.medianDepartureErrorMinutes.toFixed(1)} min`,
      unheard: share(stays.unheardShare),
    },
  });
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      subscribers: { type: "string", default: "2000" },
      days: { type: "string", default: "28" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const simulation = {
    subscribers: Number(values.subscribers),
    days: Number(values.days),
    seed: Number(values.seed),
  };
  const result = await withSimulated(values.data, simulation, scoreAccuracy);
  if (values.json) console.log(JSON.stringify(result));
  else print(result);
}
