/** Why somebody is in a region circle, or is not: told from the anchors and from the places that the subscriber keeps. */
import type { Anchor, AnchorOptions, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import type { City } from "../geo/city.js";
import type { Explanation } from "./explain.js";
import { ACTIVE_DAYS_MIN, activeScore, leastLived } from "./region-active.js";
import { LEVELS, REGION_CIRCLE_KINDS, type RegionCircleKind, regionCircleNamesOf } from "./region-circle-names.js";
import type { RegionCircleOptions } from "./region-rows.js";
import { dateOf } from "./window.js";

export interface RegionQuestion {
  readonly city: City;
  readonly life: LifeFacts;
  readonly anchors: readonly Anchor[];
  readonly options: RegionCircleOptions;
  readonly anchorOptions: AnchorOptions;
}

export interface RegionExplanation extends Explanation {
  readonly enter: number;
  readonly leave: number;
  readonly says: string;
}

/** The kind of a region circle; null where the id is of another one. */
export function regionKind(circle: string): RegionCircleKind | null {
  return REGION_CIRCLE_KINDS.find((kind) => circle.startsWith(`${kind}:`)) ?? null;
}

export function explainRegion(question: RegionQuestion, kind: RegionCircleKind, circle: string): RegionExplanation {
  return kind === "active" ? explainActive(question, circle) : explainAnchored(question, kind, circle);
}

/** "440106 (Tianhe)", or the name of a cell. */
function regionWords({ regions }: City, id: string): string {
  const name = regions.name[regions.id.indexOf(id)] ?? "";
  return name === "" || name === id ? id : `${id} (${name})`;
}

/** The circles of a place at all levels, the coarsest first. */
function circlesOf(city: City, kind: RegionCircleKind, place: PlaceFacts): string[] {
  const names = regionCircleNamesOf(city);
  const region = city.regions.locate(place.x, place.y);
  return LEVELS.map((level) => names.of(kind, level, region, place.cell)).filter((name) => name !== null);
}

function explainAnchored(question: RegionQuestion, kind: "home" | "day", circle: string): RegionExplanation {
  const { city, life, anchors, options, anchorOptions } = question;
  const where = regionWords(city, circle.slice(kind.length + 1));
  const bounds = {
    enter: options.enterScore,
    leave: options.leaveScore,
    says: kind === "home" ? `Lives in ${where}` : `Spends working days in ${where}`,
  };
  const words = `the ${kind} place is known with a confidence of ${options.enterScore} or more`;
  const isThere = (place: PlaceFacts) => circlesOf(city, kind, place).includes(circle);
  const there = spentThere(kind, life, life.places.filter(isThere));
  const anchor = anchors.find((one) => one.kind === kind && one.rank === 1);
  const place = life.places.find((one) => one.place === anchor?.place);
  if (anchor === undefined || place === undefined) {
    const missing = [noAnchorBecause(kind, life, anchorOptions), there];
    return { ...bounds, score: 0, conditions: [{ words, chance: 0 }], missing };
  }
  const inside = isThere(place);
  const missing = inside
    ? anchor.confidence < options.enterScore
      ? [`the ${kind} place is there, but known with a confidence of ${anchor.confidence.toFixed(2)} only`]
      : []
    : [`the ${kind} place is in ${circlesOf(city, kind, place).join(", ")}`, there];
  return {
    ...bounds,
    score: inside ? anchor.confidence : 0,
    conditions: [
      { words: `${words}: ${anchorWords(kind, anchor, place, life)}`, chance: anchor.confidence },
      { words: `it lies in ${where}`, chance: inside ? 1 : 0 },
    ],
    missing,
  };
}

function anchorWords(kind: "home" | "day", anchor: Anchor, place: PlaceFacts, life: LifeFacts): string {
  const nights = `${place.nights} of ${life.nightsObserved} observed nights`;
  const days = `${place.workdays} of ${life.workdaysObserved} observed working days`;
  return `found by the rule ${anchor.rule}, ${kind === "home" ? nights : days}, ${place.wakingMinutes} waking minutes, last on ${dateOf(place.seenDay)}`;
}

function noAnchorBecause(kind: "home" | "day", life: LifeFacts, options: AnchorOptions): string {
  if (life.observedDays < options.observedDaysMin)
    return `observed on ${life.observedDays} of ${options.observedDaysMin} days, from which on places are judged`;
  const [most, of, what] =
    kind === "home"
      ? [Math.max(0, ...life.places.map(({ nights }) => nights)), life.nightsObserved, "nights"]
      : [Math.max(0, ...life.places.map(({ workdays }) => workdays)), life.workdaysObserved, "working days"];
  return `no ${kind} place is known: at most ${most} of ${of} observed ${what} at one place, ${options.anchorDaysMin} are asked`;
}

function spentThere(kind: "home" | "day", life: LifeFacts, places: readonly PlaceFacts[]): string {
  const nights = places.reduce((sum, place) => sum + place.nights, 0);
  const workdays = places.reduce((sum, place) => sum + place.workdays, 0);
  return kind === "home"
    ? `${nights} of ${life.nightsObserved} observed nights were spent there`
    : `${workdays} of ${life.workdaysObserved} observed working days were spent there`;
}

function explainActive({ city, life, options }: RegionQuestion, circle: string): RegionExplanation {
  const where = regionWords(city, circle.slice("active:".length));
  const unseated = leastLived(life);
  const there = life.places.filter((place) => circlesOf(city, "active", place).includes(circle));
  const minutes = there.filter((place) => place !== unseated).reduce((sum, place) => sum + place.wakingMinutes, 0);
  const share = life.wakingMinutes === 0 ? 0 : Math.min(1, minutes / life.wakingMinutes);
  const days = there.map((place) => dateOf(place.seenDay)).sort();
  const asked = Math.round(options.activeShareEnter * life.wakingMinutes);
  const missing: string[] = [];
  if (life.observedDays < ACTIVE_DAYS_MIN) missing.push(`observed on ${life.observedDays} of ${ACTIVE_DAYS_MIN} days`);
  if (share < options.activeShareEnter) missing.push(`${minutes} of ${asked} waking minutes`);
  return {
    says: `Spends ${options.activeShareEnter * 100} % or more of the waking observed time in ${where}`,
    enter: options.activeShareEnter,
    leave: options.activeShareLeave,
    score: activeScore(share, life.observedDays),
    conditions: [
      {
        words: `at least ${options.activeShareEnter * 100} % of the ${life.wakingMinutes} waking minutes observed (faded with time); a member leaves below ${options.activeShareLeave * 100} %`,
        chance: share >= options.activeShareEnter ? 1 : 0,
        asked,
        found: minutes,
        days: days.slice(-1),
      },
    ],
    missing,
  };
}
