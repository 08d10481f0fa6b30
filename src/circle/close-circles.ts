/** The circles of the rules of everybody at the close of a day: from the state to a portrait, from the portrait to memberships. */
import type { Anchor, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import { CATEGORIES, type Category } from "../geo/city.js";
import type { Partition } from "../partition.js";
import { KEY_HI, KEY_LO, RECORD_WORDS } from "../stay/record.js";
import { CANDIDATES_MAX, STAY } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, type KnownAnchor, type PlaceGuess, Portrait } from "./portrait.js";
import { type RuleEvaluation, ruleEvaluation, updateRuleCircles } from "./rule-circles.js";
import { dayWindow } from "./window.js";

export class CircleClose {
  private readonly partition: Partition;
  private readonly portrait: Portrait;
  private readonly evaluation: RuleEvaluation;
  private readonly fromSec: number;
  private readonly toSec: number;

  constructor(partition: Partition, day: number, versionMs: number) {
    const { calendar, circles, rules, city, rows } = partition;
    const window = dayWindow(calendar, day + 1 - rules.windowDays, day);
    this.partition = partition;
    this.portrait = new Portrait(city, window);
    this.fromSec = window.starts[0] as number;
    this.toSec = window.starts[window.starts.length - 1] as number;
    this.evaluation = ruleEvaluation({
      rules,
      standings: circles.standings,
      sink: rows,
      day,
      versionMs,
      dayStartMs: (of) => calendar.dayStart(of) * 1000,
    });
  }

  /** Brings the circles of a subscriber up to date. */
  update(slot: number, life: LifeFacts, anchors: readonly Anchor[]): void {
    const { portrait, evaluation } = this;
    const { circles, stays } = this.partition;
    if (evaluation.rules.circles.length === 0 && !circles.standings.hasAny(slot)) return;
    const { words } = stays.table;
    circles.diary.forget(slot, this.fromSec);
    fillPortrait(this.partition, portrait, slot, { life, anchors, fromSec: this.fromSec, toSec: this.toSec });
    const subscriber = {
      slot,
      subscriberHi: words[slot * RECORD_WORDS + KEY_HI] as number,
      subscriberLo: words[slot * RECORD_WORDS + KEY_LO] as number,
      silentDays: circles.silentDays(slot, evaluation.day, evaluation.rules.windowDays),
    };
    updateRuleCircles(evaluation, subscriber, portrait);
  }
}

interface PortraitParts {
  readonly life: LifeFacts;
  readonly anchors: readonly Anchor[];
  readonly fromSec: number;
  readonly toSec: number;
}

function fillPortrait(partition: Partition, portrait: Portrait, slot: number, parts: PortraitParts): void {
  const { circles } = partition;
  circles.diary.read(slot, parts.fromSec, parts.toSec, portrait.view);
  portrait.life = parts.life;
  portrait.heard = circles.heard(slot, portrait.window.lastDay);
  portrait.firstDay = circles.firstDay;
  portrait.isForeign = circles.isForeign(slot);
  portrait.anchors = parts.anchors.map((anchor) => ({
    anchor,
    place: parts.life.places.find((place) => place.place === anchor.place) as PlaceFacts,
    guess: NOTHING_KNOWN,
  }));
  portrait.settle();
  portrait.anchors = portrait.anchors.map((known) => ({ ...known, guess: guessOf(portrait, known) }));
}

const NOTHING_KNOWN: PlaceGuess = { venues: [], category: () => 0, tier: () => 0 };

/** What the stays at an anchor say of it together: the mean of their guesses, weighted by their length. */
function guessOf(portrait: Portrait, { anchor }: KnownAnchor): PlaceGuess {
  const { view, city } = portrait;
  const own = anchor.kind === "home" ? AT_HOME : anchor.kind === "day" ? AT_DAY_PLACE : 0;
  if (own === 0) return NOTHING_KNOWN;
  const weights = new Map<number, number>();
  let all = 0;
  for (let i = 0; i < view.count; i++) {
    if (view.kind[i] !== STAY || ((portrait.own[i] as number) & own) === 0) continue;
    const seconds = (view.endSec[i] as number) - (view.startSec[i] as number);
    all += seconds;
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
      const venue = view.venue[c] as number;
      weights.set(venue, (weights.get(venue) ?? 0) + seconds * (view.probability[c] as number));
    }
  }
  const venues = [...weights]
    .map(([venue, weight]) => ({ venue, probability: weight / all }))
    .sort((a, b) => b.probability - a.probability || a.venue - b.venue);
  const sumOf = (test: (venue: number) => boolean) =>
    venues.reduce((sum, { venue, probability }) => sum + (test(venue) ? probability : 0), 0);
  return {
    venues,
    category: (category: Category) => {
      const number = CATEGORIES.indexOf(category);
      return sumOf((venue) => city.venues.category[venue] === number);
    },
    tier: (tier) => sumOf((venue) => city.venues.tier[venue] === tier),
  };
}
