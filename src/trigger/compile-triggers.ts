import type { LoadedCity } from "../geo/load.js";
import { fenceArea } from "./fence-area.js";
import { type CellChance, FenceChances } from "./fence-chance.js";
import { type Fence, secondOfClock, type Trigger, triggerKey } from "./trigger.js";

/** What an event in a cell says about being within a fence. */
export const OUTSIDE = 0;
export const BETWEEN = 1;
export const INSIDE = 2;
export type Says = typeof OUTSIDE | typeof BETWEEN | typeof INSIDE;

/** The cells of a fence: what each says and how sure, as parts of 255. Those not named say OUTSIDE. */
export interface FenceCells {
  readonly rows: Uint32Array;
  readonly says: Uint8Array;
  readonly chance: Uint8Array;
}

/** Triggers against a city. A number is a trigger's place in `triggers`. */
export interface CompiledTriggers {
  /** In the order of their keys. */
  readonly triggers: readonly Trigger[];
  readonly keys: readonly string[];
  /** By cell row and one more: where its entries below begin, ascending by number. */
  readonly start: Uint32Array;
  /** In one word each, since a cell's are read together: see `packed`. */
  readonly entries: Uint32Array;
  /** By number: 1 where leaving is told, 0 where entering is. */
  readonly tellsLeave: Uint8Array;
  /** Seconds by number. */
  readonly dwell: Uint32Array;
  readonly away: Uint32Array;
  /** By number, from when on nothing is told; Infinity for ever. */
  readonly expiresSec: Float64Array;
  /** By number, seconds of the local day; both 0 where no hours are quiet. */
  readonly quietFrom: Uint32Array;
  readonly quietTo: Uint32Array;
  /** By number: most notices about one person within so many seconds; 0 for any number. */
  readonly capTimes: Uint32Array;
  readonly capSeconds: Uint32Array;
  readonly ofCircle: ReadonlyMap<string, readonly number[]>;
  /** By number: 1 at the regions whose people may be told of; null for all. */
  readonly homes: readonly (Uint8Array | null)[];
}

const CHANCE_BITS = 8;
const SAYS_BITS = 2;

/** What a cell says of a fence, in one word: the number of the trigger, what is said, and how sure that is as a part of 255. */
export function packed(number: number, says: number, chance: number): number {
  return (((number << SAYS_BITS) | says) << CHANCE_BITS) | chance;
}

export function numberOf(entry: number): number {
  return entry >>> (SAYS_BITS + CHANCE_BITS);
}

export function saysOf(entry: number): Says {
  return ((entry >>> CHANCE_BITS) & (2 ** SAYS_BITS - 1)) as Says;
}

export function chanceOf(entry: number): number {
  return entry & (2 ** CHANCE_BITS - 1);
}

/** No trigger. */
export const NO_TRIGGERS: CompiledTriggers = {
  triggers: [],
  keys: [],
  start: new Uint32Array(0),
  entries: new Uint32Array(0),
  tellsLeave: new Uint8Array(0),
  dwell: new Uint32Array(0),
  away: new Uint32Array(0),
  expiresSec: new Float64Array(0),
  quietFrom: new Uint32Array(0),
  quietTo: new Uint32Array(0),
  capTimes: new Uint32Array(0),
  capSeconds: new Uint32Array(0),
  ofCircle: new Map(),
  homes: [],
};

/** Compiles triggers against a city; fences that were compiled before, and are still asked for, are not compiled again. */
export class TriggerCompiler {
  private readonly city: LoadedCity;
  private readonly chances: FenceChances;
  private last: readonly Trigger[] = [];
  private compiled: CompiledTriggers = NO_TRIGGERS;
  private known = new Map<string, FenceCells>();

  constructor(city: LoadedCity) {
    this.city = city;
    this.chances = new FenceChances(city);
  }

  /** These triggers; asked for the same list again, as by each of several engines, what was compiled. */
  use(triggers: readonly Trigger[]): CompiledTriggers {
    if (triggers !== this.last) this.compiled = triggers.length === 0 ? NO_TRIGGERS : this.compile(triggers);
    this.last = triggers;
    return this.compiled;
  }

  /**
   * Works out the fences of these triggers that are not known yet, one at each step, for whoever has other things to do in between; `use` has
   * little left to do then.
   */
  *prepare(triggers: readonly Trigger[]): Generator<void> {
    for (const trigger of triggers) {
      const key = triggerKey(trigger);
      if (trigger.where.kind === "circle" || this.known.has(key)) continue;
      this.known.set(key, this.cellsOf(trigger.where));
      yield;
    }
  }

  /** A fence that the city has not (its reference data have changed) is entered by nobody. */
  private cellsOf(fence: Fence): FenceCells {
    const made = this.fence(fence);
    return "unknown" in made ? NOWHERE : made;
  }

  /** The cells of a fence; what the city has not, as `venue V7`, where it is nowhere. */
  fence(fence: Fence): FenceCells | { readonly unknown: string } {
    const found = this.find(fence);
    if ("unknown" in found) return found;
    return {
      rows: Uint32Array.from(found, ({ row }) => row),
      says: Uint8Array.from(found, ({ chance }) => (chance >= fence.enter ? INSIDE : BETWEEN)),
      chance: Uint8Array.from(found, ({ chance }) => Math.round(chance * 255)),
    };
  }

  private find(fence: Fence): CellChance[] | { readonly unknown: string } {
    const { regions } = this.city;
    if (fence.kind === "region") {
      const region = regions.id.indexOf(fence.region);
      return region < 0 ? { unknown: `region ${fence.region}` } : this.chances.ofRegion(region, fence.leave);
    }
    const area = fenceArea(this.city, fence);
    return "unknown" in area ? area : this.chances.of(area, fence.leave);
  }

  private compile(given: readonly Trigger[]): CompiledTriggers {
    const byKey = new Map(given.map((trigger) => [triggerKey(trigger), trigger]));
    const keys = [...byKey.keys()].sort();
    const triggers = keys.map((key) => byKey.get(key) as Trigger);
    const known = new Map<string, FenceCells>();
    const fences = triggers.map(({ where }, number) => {
      if (where.kind === "circle") return NOWHERE;
      const key = keys[number] as string;
      const cells = this.known.get(key) ?? this.cellsOf(where);
      known.set(key, cells);
      return cells;
    });
    this.known = known;
    const ofCircle = new Map<string, number[]>();
    for (const [number, { where }] of triggers.entries())
      if (where.kind === "circle") ofCircle.set(where.circle, [...(ofCircle.get(where.circle) ?? []), number]);
    const seconds = (of: (fence: Fence) => number) =>
      Uint32Array.from(triggers, ({ where }) => (where.kind === "circle" ? 0 : of(where) * 60));
    return {
      triggers,
      keys,
      ...byCell(fences, this.city.cells.count),
      tellsLeave: Uint8Array.from(triggers, ({ on }) => (on === "leave" ? 1 : 0)),
      dwell: seconds((fence) => fence.dwellMinutes),
      away: seconds((fence) => fence.awayMinutes),
      ...limitsOf(triggers),
      ofCircle,
      homes: triggers.map((trigger) => homesOf(this.city, trigger)),
    };
  }
}

/** What is asked of every notice, where it costs no look at an object. */
export function limitsOf(triggers: readonly Trigger[]) {
  return {
    expiresSec: Float64Array.from(triggers, ({ expires }) =>
      expires === null ? Number.POSITIVE_INFINITY : Date.parse(expires) / 1000,
    ),
    quietFrom: Uint32Array.from(triggers, ({ quiet }) => (quiet === null ? 0 : secondOfClock(quiet.from))),
    quietTo: Uint32Array.from(triggers, ({ quiet }) => (quiet === null ? 0 : secondOfClock(quiet.to))),
    capTimes: Uint32Array.from(triggers, ({ cap }) => cap?.times ?? 0),
    capSeconds: Uint32Array.from(triggers, ({ cap }) => (cap?.days ?? 0) * DAY_SECONDS),
  };
}

const DAY_SECONDS = 86_400;
const NOWHERE: FenceCells = { rows: new Uint32Array(0), says: new Uint8Array(0), chance: new Uint8Array(0) };

function byCell(fences: readonly FenceCells[], cells: number) {
  const start = new Uint32Array(cells + 1);
  for (const { rows } of fences) for (const row of rows) start[row + 1] = (start[row + 1] as number) + 1;
  for (let row = 0; row < cells; row++) start[row + 1] = (start[row + 1] as number) + (start[row] as number);
  const entries = new Uint32Array(start[cells] as number);
  const next = start.slice();
  for (const [fence, of] of fences.entries()) {
    for (const [i, row] of of.rows.entries()) {
      const at = next[row] as number;
      next[row] = at + 1;
      entries[at] = packed(fence, of.says[i] as number, of.chance[i] as number);
    }
  }
  return { start, entries };
}

function homesOf({ regions }: LoadedCity, { regions: allowed }: Trigger): Uint8Array | null {
  if (allowed === null) return null;
  const wanted = new Set(allowed);
  return Uint8Array.from(regions.id, (id) => (wanted.has(id) ? 1 : 0));
}

const OF_CITY = new WeakMap<LoadedCity, TriggerCompiler>();

/** The one compiler of a city, which all engines and the API of a process share. */
export function triggerCompiler(city: LoadedCity): TriggerCompiler {
  const known = OF_CITY.get(city) ?? new TriggerCompiler(city);
  OF_CITY.set(city, known);
  return known;
}
