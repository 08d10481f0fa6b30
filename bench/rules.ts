/**
 * How long does the close of a day take for 200 circle rules, a subscriber, and what does its diary weigh?
 * One core; `npm run bench -- rules [--subscribers N] [--rules N] [--json]`. The test of the same name runs it tiny.
 *
 * Subscribers are made up: 28 days of nights at home, days at work or not, a visit every other day, ways between them. What the places of
 * the anchors are is given, so the figure is of the rules alone: unpacking the diary, the portrait, scores, standings and rows.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PlaceFacts } from "../src/anchor/anchors.js";
import { compileRules } from "../src/circle/compile-rules.js";
import { Diaries } from "../src/circle/diaries.js";
import { type DiaryEntry, LEG, STAY } from "../src/circle/diary.js";
import { RUN_SLOTS } from "../src/circle/packed-runs.js";
import { type KnownAnchor, Portrait } from "../src/circle/portrait.js";
import { ruleEvaluation, updateRuleCircles } from "../src/circle/rule-circles.js";
import type { CircleRules } from "../src/circle/rule-schema.js";
import { Standings } from "../src/circle/standing.js";
import { dayWindow } from "../src/circle/window.js";
import { parseRules } from "../src/config/rules.js";
import { CATEGORIES } from "../src/geo/city.js";
import type { LoadedCity } from "../src/geo/load.js";
import { emptyRowSet, type RowSet } from "../src/rows.js";
import { readCityFolder } from "../src/source/city-folder.js";
import { createCalendar } from "../src/time/calendar.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { RowHash } from "./support/row-hash.js";

/** A Sunday in March 2025, for which the demo city has events. */
const DAY = 20_177;
const WINDOW_DAYS = 28;
const HOUR = 3600;

export interface RulesFigure {
  readonly subscribers: number;
  readonly circles: number;
  readonly diaryBytes: number;
  readonly memberships: number;
  /** Seconds of CPU of the first close, which tells all memberships, and of a second one, which tells what changed. */
  readonly firstSeconds: number;
  readonly nextSeconds: number;
  /** Of the memberships told, in their order. */
  readonly hash: string;
}

const OPTIONS = { subscribers: 100_000, rules: 200 };

/** Evaluates `rules` rules over made-up subscribers, twice. */
export async function measureRules({ subscribers, rules }: typeof OPTIONS): Promise<RulesFigure> {
  const { city } = await readCityFolder(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  if (city === null) throw new Error("geo/guangzhou has faults");
  const calendar = createCalendar(city.timeZone, city.holidays);
  const window = dayWindow(calendar, DAY + 1 - WINDOW_DAYS, DAY);
  const diary = new Diaries();
  const anchors = Array.from({ length: subscribers }, (_, slot) => live(city, diary, slot, window.starts));
  for (let run = 0; run * RUN_SLOTS < subscribers; run++) diary.pack(run, 0);
  const compiled = compileRules(manyRules(rules), city);
  const standings = new Standings();
  const portrait = new Portrait(city, window);
  const seconds: number[] = [];
  const told = new RowHash();
  for (const versionMs of [1, 2]) {
    const sink = emptyRowSet();
    const evaluation = ruleEvaluation({
      rules: compiled,
      standings,
      sink,
      day: DAY,
      versionMs,
      dayStartMs: (day) => day,
    });
    let spent = 0;
    let begun = cpuSeconds();
    const pause = () => {
      spent += cpuSeconds() - begun;
      take(sink, told);
      begun = cpuSeconds();
    };
    for (let slot = 0; slot < subscribers; slot++) {
      diary.read(slot, window.starts[0] as number, window.starts[WINDOW_DAYS] as number, portrait.view);
      portrait.anchors = anchors[slot] as KnownAnchor[];
      portrait.heard = 2 ** WINDOW_DAYS - 1;
      portrait.settle();
      updateRuleCircles(evaluation, { slot, subscriberHi: 0, subscriberLo: slot, silentDays: 0 }, portrait);
      if (sink.memberships.length > 10_000) pause();
    }
    pause();
    seconds.push(spent);
  }
  const [firstSeconds = 0, nextSeconds = 0] = seconds;
  return {
    subscribers,
    circles: compiled.circles.length,
    diaryBytes: Math.round(diary.byteLength / subscribers),
    memberships: told.memberships,
    firstSeconds,
    nextSeconds,
    hash: told.hex,
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What the store would take. */
function take(rows: RowSet, told: RowHash): void {
  told.add(rows);
  rows.memberships.length = 0;
  rows.membershipLog.length = 0;
}

/** The catalogue, filled up to the number with rules of visits: each category at other hours, counts and lengths. */
function manyRules(count: number): CircleRules {
  const text = readFileSync(new URL("../config/circles.yaml", import.meta.url), "utf8");
  const { rules } = parseRules(text);
  if (rules === null) throw new Error("config/circles.yaml has faults");
  const circles = [...rules.circles];
  for (let n = 0; circles.length < count; n++) {
    const category = CATEGORIES[n % CATEGORIES.length] as (typeof CATEGORIES)[number];
    const visits = { category, count: 3 + (n % 4), minutes: { min: 20 + (n % 7) * 20 } };
    circles.push({ circle: `more-${n}`, dimension: "behaviour", all: [{ visits }] });
  }
  return { ...rules, circles };
}

/** Writes the diary of a made-up subscriber; its anchors. */
function live(city: LoadedCity, diary: Diaries, slot: number, starts: Float64Array): KnownAnchor[] {
  const { venues } = city;
  let state = (slot + 1) * 2_654_435_761;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const home = random(venues.count);
  const work = random(venues.count);
  const stay = (venue: number, startSec: number, endSec: number): DiaryEntry => ({
    kind: STAY,
    startSec,
    endSec,
    arrivalErrorSec: 300,
    departureErrorSec: 300,
    x: venues.x[venue] as number,
    y: venues.y[venue] as number,
    candidates: [
      { venue, probability: 0.6 },
      { venue: random(venues.count), probability: 0.2 },
    ],
    metro: 0,
    bus: 0,
  });
  for (let day = 0; day < WINDOW_DAYS; day++) {
    const base = starts[day] as number;
    const leg = { ...stay(home, base + 8 * HOUR, base + 9 * HOUR), kind: LEG, candidates: [], metro: 1 } as DiaryEntry;
    diary.add(slot, stay(home, base, base + 8 * HOUR));
    diary.add(slot, leg);
    diary.add(slot, stay(work, base + 9 * HOUR, base + 18 * HOUR));
    if (random(2) === 0) diary.add(slot, stay(random(venues.count), base + 18.5 * HOUR, base + 20 * HOUR));
  }
  return [known(city, "home", home), known(city, "day", work)];
}

function known({ venues }: LoadedCity, kind: "home" | "day", venue: number): KnownAnchor {
  return {
    anchor: {
      kind,
      rank: 1,
      place: 0,
      rule: kind === "home" ? "nights" : "working-days",
      days: 20,
      share: 0.9,
      confidence: 0.9,
    },
    place: { x: venues.x[venue] as number, y: venues.y[venue] as number, seenDay: DAY } as PlaceFacts,
    guess: {
      venues: [{ venue, probability: 0.8 }],
      category: (category) => (CATEGORIES[venues.category[venue] as number] === category ? 0.8 : 0),
      tier: (tier) => (venues.tier[venue] === tier ? 0.8 : 0),
    },
  };
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figure = await measureRules(options);
  const micros = (seconds: number) => ((seconds / figure.subscribers) * 1e6).toFixed(1);
  if (json) console.log(JSON.stringify({ machine: machine(), ...figure }));
  else
    console.log(
      [
        machine(),
        `${figure.circles} circles, ${figure.subscribers} subscribers, ${figure.diaryBytes} bytes of diary each, ${figure.memberships} memberships, hash ${figure.hash}`,
        `first close, CPU ${figure.firstSeconds.toFixed(1)} s, ${micros(figure.firstSeconds)} us a subscriber`,
        `next close, CPU ${figure.nextSeconds.toFixed(1)} s, ${micros(figure.nextSeconds)} us a subscriber`,
      ].join("\n"),
    );
}
