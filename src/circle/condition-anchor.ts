/** Conditions on the places that a life hangs on: what they are, and what lies beside them. */
import type { Category, City } from "../geo/city.js";
import { anything, type Condition, oncePerPortrait } from "./condition.js";
import type { PlaceGuess } from "./place-guess.js";
import { HAS_DAY_PLACE, HAS_HOME, type KnownAnchor, type Portrait } from "./portrait.js";
import type { AnchorForm, LivesNearForm } from "./rule-schema.js";
import { listOf, placeWords, type VenueSet } from "./venue-set.js";

const NEEDS = { home: HAS_HOME, day: HAS_DAY_PLACE, other: 0 } as const;

export function anchorCondition(form: AnchorForm, venues: VenueSet, city: City): Condition {
  const rules = new Set(listOf(form.rule));
  const chanceAt = placeChance(form, venues);
  const what = `${form.kind} place at ${placeWords(form) || "any venue"}`;
  const best = oncePerPortrait((portrait: Portrait): { known: KnownAnchor | null; chance: number } => {
    let found: KnownAnchor | null = null;
    let chance = 0;
    for (const known of portrait.anchors) {
      const { anchor } = known;
      if (anchor.kind !== form.kind || (rules.size > 0 && !rules.has(anchor.rule))) continue;
      if (anchor.days < (form.days ?? 0) || anchor.confidence < (form.confidence ?? 0)) continue;
      const p = anchor.confidence * chanceAt(known.guess);
      if (p <= chance) continue;
      found = known;
      chance = p;
    }
    return { known: found, chance };
  });
  return {
    needs: NEEDS[form.kind],
    most: (portrait) => best(portrait).chance,
    chance: (portrait) => best(portrait).chance,
    fact: (portrait) => {
      const { known, chance } = best(portrait);
      if (known === null) return { what, chance };
      const names = known.guess.venues
        .filter(({ venue, probability }) => venues.has[venue] === 1 && probability >= 0.1)
        .map(({ venue }) => city.venues.name[venue] || (city.venues.id[venue] as string));
      return { what, chance, found: known.anchor.days, venues: names };
    },
    seen: (portrait) => {
      const { known } = best(portrait);
      return known === null ? -1 : known.place.seenDay - portrait.window.firstDay;
    },
  };
}

/** Probability that the place is one of the venues. Whole categories and tiers are asked of all candidates, also the less probable. */
function placeChance(form: AnchorForm, venues: VenueSet): (guess: PlaceGuess) => number {
  const categories = listOf(form.category) as readonly Category[];
  // A family's variable has been filled in by now.
  const tiers = listOf(form.tier) as readonly ("high" | "mid" | "low")[];
  const isOfVenues = form.venue !== undefined || form.subtype !== undefined;
  if (categories.length === 0 && tiers.length === 0 && !isOfVenues) return () => 1;
  if (!isOfVenues && tiers.length === 0)
    return (guess) => {
      let chance = 0;
      for (const category of categories) chance += guess.category(category);
      return chance;
    };
  if (!isOfVenues && categories.length === 0)
    return (guess) => {
      let chance = 0;
      for (const tier of tiers) chance += guess.tier(tier);
      return chance;
    };
  return (guess) => {
    let chance = 0;
    for (const { venue, probability } of guess.venues) if (venues.has[venue] === 1) chance += probability;
    return chance;
  };
}

/** Lives (or works) within so many metres of a venue of the set, as far as the position of the anchor can tell. */
export function livesNearCondition(form: LivesNearForm, venues: VenueSet, city: City): Condition {
  const what = `${form.kind} place within ${form.metres} m of ${placeWords(form)}`;
  const near = ({ place }: KnownAnchor): number => {
    for (const venue of city.venues.near(place.x, place.y, form.metres))
      if (venues.has[venue] === 1 && city.venues.distance(venue, place.x, place.y) <= form.metres) return venue;
    return -1;
  };
  const venueOf = oncePerPortrait((portrait: Portrait): number => {
    const known = portrait.anchors.find(({ anchor }) => anchor.kind === form.kind && anchor.rank === 1);
    return known === undefined ? -1 : near(known);
  });
  return {
    needs: NEEDS[form.kind],
    most: anything,
    chance: (portrait) => (venueOf(portrait) < 0 ? 0 : 1),
    fact: (portrait) => {
      const venue = venueOf(portrait);
      return venue < 0 ? { what, chance: 0 } : { what, chance: 1, venues: [city.venues.name[venue] ?? ""] };
    },
    seen: () => -1,
  };
}
