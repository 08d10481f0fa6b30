/**
 * How near does the engine come to the truth? Home and day places, stays, and what could not be seen at all, over a simulated city.
 * `npm run bench -- accuracy [--subscribers 2000] [--days 28] [--seed 1] [--data DIR] [--json]`; the test of the same name runs it tiny.
 */
import { parseArgs } from "node:util";
import { type AnchorScore, SCORED_ANCHORS, scoreAnchors, siteSpacing } from "../src/score/anchor-score.js";
import { Hearing } from "../src/score/hearing.js";
import { type StayScore, scoreStays } from "../src/score/stay-score.js";
import { overheard } from "../src/source/overheard.js";
import { readTruth } from "../src/source/truth.js";
import { createCalendar } from "../src/time/calendar.js";
import { benchPseudonymiser, derive, openBenchCity, signallingOf } from "./support/derive.js";
import { collector, nothingHeard } from "./support/heard.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";

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
}

/** Runs the engine over a folder of simulated data and scores what it says against the truth files there. */
export async function scoreAccuracy(dir: string): Promise<Accuracy> {
  const { config, city } = await openBenchCity(dir);
  const truth = await readTruth(dir, benchPseudonymiser());
  const calendar = createCalendar(city.timeZone, city.holidays);
  const hearing = new Hearing(truth.stays, (timeMs) => calendar.day(timeMs / 1000));
  const heard = nothingHeard();
  const source = overheard(signallingOf(dir, config), hearing);
  const { counts, seconds } = await derive(source, config, city, collector(heard));
  const limits = { observedDaysMin: OBSERVED_DAYS_MIN, eventsPerDayMin: 0 };
  const people = [...truth.stays, ...truth.anchors].map(({ subscriber }) => subscriber);
  const observed = new Set(people.filter((subscriber) => hearing.isObserved(subscriber, limits)));
  const anchors = [...heard.anchors.values()];
  const anchorScore = (kind: (typeof SCORED_ANCHORS)[number]) =>
    scoreAnchors(kind, truth.anchors, anchors, observed, city.plane, siteSpacing(city));
  const stays = scoreStays(truth.stays, heard.stays, observed, city.plane);
  return {
    events: counts.events,
    rejected: Object.values(counts.rejected).reduce((sum, count) => sum + count, 0),
    eventsPerSecond: Math.round(counts.events / seconds),
    observedPeople: observed.size,
    home: anchorScore("home"),
    day: anchorScore("day"),
    stays: { ...stays, unheardShare: hearing.unheardShare(observed) },
  };
}

function print(result: Accuracy): void {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { events, rejected, eventsPerSecond, observedPeople, stays } = result;
  console.log(
    `${events} events (${rejected} not taken), ${eventsPerSecond} a second; ${observedPeople} people observed`,
  );
  console.table(
    Object.fromEntries(
      SCORED_ANCHORS.map((kind) => {
        const { people, located, right, rate, rateOfLocated, errorMetres, invented } = result[kind];
        const error = `${Math.round(errorMetres.median)} m`;
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
      arrival: `${stays.arrivalErrorMinutes.median.toFixed(1)} min`,
      departure: `${stays.departureErrorMinutes.median.toFixed(1)} min`,
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
