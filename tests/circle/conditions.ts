/** Portraits for tests of conditions: a small city, and diaries written by hand. */
import type { Anchor, PlaceFacts } from "../../src/anchor/anchors.js";
import { compileRules } from "../../src/circle/compile-rules.js";
import { Diaries } from "../../src/circle/diaries.js";
import { type DiaryEntry, STAY } from "../../src/circle/diary.js";
import type { KnownAnchor } from "../../src/circle/portrait.js";
import { Portrait } from "../../src/circle/portrait.js";
import { evidenceOf, scoreOf } from "../../src/circle/rule-circles.js";
import { dayWindow } from "../../src/circle/window.js";
import { parseRules } from "../../src/config/rules.js";
import { CATEGORIES, type Category } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { createCalendar } from "../../src/time/calendar.js";

/** Monday 5 January 2026 is the first day of the window, 1 February the last. */
export const FIRST_DAY = 20_458;
export const LAST_DAY = FIRST_DAY + 27;
const HOUR = 3600;

export interface Visit {
  /** Days after the first of the window. */
  readonly day: number;
  /** Hours of the local clock. */
  readonly from: number;
  readonly to: number;
  /** Venue by id, to its probability. */
  readonly at?: Readonly<Record<string, number>>;
  readonly x?: number;
  readonly errorMinutes?: number;
  readonly kind?: DiaryEntry["kind"];
  readonly metro?: number;
}

export interface Life {
  readonly visits?: readonly Visit[];
  /** Kind of anchor to its venue and probability; homes lie at x = 0, day places at x = 5000. */
  readonly anchors?: readonly {
    kind: Anchor["kind"];
    venue: string;
    probability?: number;
    rule?: string;
    rank?: number;
  }[];
  /** Days of the window on which the phone was heard; all unless said. */
  readonly heard?: readonly number[];
  readonly isForeign?: boolean;
  readonly knownSince?: number;
}

export function portraitOf(city: LoadedCity, life: Life): Portrait {
  const calendar = createCalendar(city.timeZone, city.holidays);
  const window = dayWindow(calendar, FIRST_DAY, LAST_DAY);
  const portrait = new Portrait(city, window);
  const diary = new Diaries();
  const numberOf = (id: string) => {
    const number = city.venues.id.indexOf(id);
    if (number < 0) throw new RangeError(`no venue ${id}`);
    return number;
  };
  for (const visit of life.visits ?? []) {
    const base = calendar.dayStart(FIRST_DAY + visit.day);
    diary.add(0, {
      kind: visit.kind ?? STAY,
      startSec: base + visit.from * HOUR,
      endSec: base + visit.to * HOUR,
      arrivalErrorSec: (visit.errorMinutes ?? 2) * 60,
      departureErrorSec: (visit.errorMinutes ?? 2) * 60,
      x: visit.x ?? 20_000,
      y: 0,
      candidates: Object.entries(visit.at ?? {}).map(([id, probability]) => ({ venue: numberOf(id), probability })),
      metro: visit.metro ?? 0,
      bus: 0,
    });
  }
  diary.read(0, 0, Number.POSITIVE_INFINITY, portrait.view);
  portrait.anchors = (life.anchors ?? []).map((anchor) => knownAnchor(city, anchor, numberOf(anchor.venue)));
  portrait.heard = (life.heard ?? Array.from({ length: 28 }, (_, day) => day)).reduce(
    (bits, day) => (bits | (1 << (27 - day))) >>> 0,
    0,
  );
  portrait.firstDay = life.knownSince ?? FIRST_DAY - 100;
  portrait.isForeign = life.isForeign ?? false;
  portrait.settle();
  return portrait;
}

function knownAnchor(
  city: LoadedCity,
  { kind, probability = 1, rule = "working-days", rank = 1 }: NonNullable<Life["anchors"]>[number],
  venue: number,
): KnownAnchor {
  const place = { place: 0, x: kind === "home" ? 0 : 5000, y: 0, seenDay: LAST_DAY } as PlaceFacts;
  const category = city.venues.category[venue] as number;
  const tier = city.venues.tier[venue];
  return {
    anchor: { kind, rank, place: 0, rule, days: 15, share: 0.8, confidence: 0.95 },
    place,
    guess: {
      venues: [{ venue, probability }],
      category: (wanted: Category) => (CATEGORIES.indexOf(wanted) === category ? probability : 0),
      tier: (wanted) => (wanted === tier ? probability : 0),
    },
  };
}

/** The score of one rule, written as the YAML of its `all` (and `none`), in a city. */
export function score(city: LoadedCity, rule: string, portrait: Portrait): number {
  return scoreOf(circleOf(city, rule), portrait);
}

export function evidence(city: LoadedCity, rule: string, portrait: Portrait): unknown {
  return JSON.parse(evidenceOf(circleOf(city, rule), portrait));
}

function circleOf(city: LoadedCity, rule: string) {
  const text = `
defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
slots:
  evening: { from: "18:00", to: "23:00" }
  night: { from: "22:00", to: "06:00" }
circles:
  - { circle: tried, dimension: behaviour, ${rule} }
`;
  const { rules, faults } = parseRules(text);
  if (rules === null) throw new Error(JSON.stringify(faults));
  const [circle] = compileRules(rules, city).circles;
  if (circle === undefined) throw new Error("no circle");
  return circle;
}
