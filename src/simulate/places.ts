import KDBush from "kdbush";
import type { Category } from "../geo/city.js";
import type { CityPlan, PlannedVenue } from "./guangzhou/plan.js";
import type { Place } from "./person.js";
import type { Random } from "./random.js";

interface Group {
  readonly venues: readonly number[];
  readonly index: KDBush;
}

/** Finds venues by category and distance, and spots within them. */
export class Places {
  readonly #plan: CityPlan;
  readonly #groups = new Map<Category, Group>();

  constructor(plan: CityPlan) {
    this.#plan = plan;
    const lists = new Map<Category, number[]>();
    plan.venues.forEach((venue, index) => {
      const list = lists.get(venue.category);
      if (list === undefined) lists.set(venue.category, [index]);
      else list.push(index);
    });
    for (const [category, venues] of lists) {
      const index = new KDBush(venues.length);
      for (const venue of venues) index.add(this.venue(venue).x, this.venue(venue).y);
      this.#groups.set(category, { venues, index: index.finish() });
    }
  }

  venue(index: number): PlannedVenue {
    const venue = this.#plan.venues[index];
    if (venue === undefined) throw new RangeError(`no venue ${index}`);
    return venue;
  }

  all(category: Category): readonly number[] {
    return this.#groups.get(category)?.venues ?? [];
  }

  /** Venues of the category within the distance of a point, in the order of the plan. */
  within(category: Category, x: number, y: number, distanceM: number): number[] {
    const group = this.#groups.get(category);
    if (group === undefined) return [];
    return group.index
      .within(x, y, distanceM)
      .map((i) => group.venues[i] as number)
      .sort((a, b) => a - b);
  }

  /** The nearest venue of the category, or -1 when the city has none. */
  nearest(category: Category, x: number, y: number): number {
    for (let radius = 500; radius < 300_000; radius *= 2) {
      const found = this.within(category, x, y, radius);
      if (found.length > 0) return found.reduce((a, b) => (this.#away(a, x, y) <= this.#away(b, x, y) ? a : b));
    }
    return -1;
  }

  /**
   * A venue drawn by closeness: weight exp(-distance / scale), so that most errands are near and some are far. Draws a few at random and
   * keeps one by weight, which is enough for a city with hundreds of each.
   */
  draw(category: Category, x: number, y: number, scaleM: number, random: Random): number {
    const near = this.within(category, x, y, 2.5 * scaleM);
    const pool = near.length > 0 ? near : [this.nearest(category, x, y)];
    return pool[random.weighted(pool.map((venue) => Math.exp(-this.#away(venue, x, y) / scaleM)))] as number;
  }

  /** A spot inside the venue, denser towards the middle. */
  spot(index: number, random: Random): Place {
    const venue = this.venue(index);
    const away = venue.radiusM * 0.85 * random.next();
    const bearing = random.range(0, 2 * Math.PI);
    return { x: venue.x + away * Math.cos(bearing), y: venue.y + away * Math.sin(bearing), venue: index };
  }

  /** A spot at the edge of the venue, in the open: a school's gate, a kerb. */
  gate(index: number, random: Random): Place {
    const venue = this.venue(index);
    const bearing = random.range(0, 2 * Math.PI);
    const away = venue.radiusM + 5;
    return { x: venue.x + away * Math.cos(bearing), y: venue.y + away * Math.sin(bearing), venue: index };
  }

  #away(venue: number, x: number, y: number): number {
    const { x: vx, y: vy } = this.venue(venue);
    return Math.hypot(vx - x, vy - y);
  }
}
