import KDBush from "kdbush";
import type { CityPlan, PlannedCell } from "./guangzhou/plan.js";
import type { Person, Place } from "./person.js";
import type { Radio } from "./radio.js";

/** Regions of places: levels 1 to 4 from the nearest cell, level 5 the cell by which the person is served there most. */
export class Regions {
  readonly #plan: CityPlan;
  readonly #radio: Radio;
  readonly #index: KDBush;
  readonly #halls = new Map<Place, readonly string[]>();

  constructor(plan: CityPlan, radio: Radio) {
    this.#plan = plan;
    this.#radio = radio;
    this.#index = new KDBush(plan.cells.length);
    for (const cell of plan.cells) this.#index.add(cell.x, cell.y);
    this.#index.finish();
  }

  /** The ids of levels 4, 3, 2, 1 and the name of the cell. */
  of(place: Place, person: Person): readonly string[] {
    let halls = this.#halls.get(place);
    if (halls === undefined) {
      halls = this.#chain(this.#nearestCell(place).region);
      this.#halls.set(place, halls);
    }
    const cell = this.#radio.usualServer(place, roomOf(person, place), person.generations);
    const name = this.#plan.cells[cell]?.name;
    return name === undefined ? halls : [...halls, name];
  }

  #chain(hall: number): string[] {
    const ids: string[] = [];
    for (let at = this.#plan.regions[hall]; at !== undefined; at = this.#plan.regions[at.parent]) ids.push(at.id);
    return ids;
  }

  #nearestCell({ x, y }: Place): PlannedCell {
    for (let radius = 400; ; radius *= 2) {
      const found = this.#index.within(x, y, radius).sort((a, b) => a - b);
      let best: PlannedCell | undefined;
      for (const index of found) {
        const cell = this.#plan.cells[index] as PlannedCell;
        if (best === undefined || Math.hypot(cell.x - x, cell.y - y) < Math.hypot(best.x - x, best.y - y)) best = cell;
      }
      if (best !== undefined) return best;
    }
  }
}

/** The number of the room that a person has at a place; two people at one address are not in the same room. */
export function roomOf(person: Person, place: Place): number {
  return Math.imul(person.index + 1, 7919) ^ Math.round(place.x) ^ Math.imul(Math.round(place.y), 31);
}
