/** A restored or running partition goes over to other reference data: every row that its state names is found again by name. */
import { leaveVanished, type ToldRows } from "../circle/leave-vanished.js";
import { moveHeard } from "../circle/presence.js";
import type { CircleRules } from "../circle/rule-schema.js";
import { NONE } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { regionAtLevel } from "../geo/regions.js";
import type { Partition } from "../partition.js";
import { KINDS } from "../signal/batch.js";
import { formatCell, formatPseudonym } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { type Dropped, moveRecord, type RowMap } from "../stay/row-map.js";
import { EventBuffer, eventOf } from "../time/event-buffer.js";
import type { AheadEvent } from "../time/stream-clock.js";
import { cityRowsOf, decodeCityRows, type NamedRows, rowMapTo } from "./city-rows.js";

/** What a remap found no more, and what went with it. */
export interface RemapReport extends Dropped {
  cells: number;
  regions: number;
  venues: number;
  /** Memberships left, because their cell or region is no more. */
  circles: number;
}

export class Remap {
  readonly map: RowMap;
  readonly report: RemapReport;
  private readonly saved: NamedRows;
  private readonly told: ToldRows;

  constructor(saved: NamedRows, city: LoadedCity) {
    this.saved = saved;
    this.map = rowMapTo(saved, city);
    const gone = (rows: Int32Array) => rows.reduce((count, row) => count + (row === NONE ? 1 : 0), 0);
    const { cell, region, venue } = this.map;
    this.report = {
      cells: gone(cell),
      regions: gone(region),
      venues: gone(venue),
      stays: 0,
      places: 0,
      events: 0,
      circles: 0,
    };
    this.told = toldRows(saved, city, this.map);
  }

  /** Nothing of the saved city is in this one. */
  get isOtherCity(): boolean {
    return this.report.cells === this.map.cell.length;
  }

  /** Moves all but the events that wait (see `event`). */
  partition(partition: Partition): void {
    const { map, report } = this;
    const { table } = partition.stays;
    for (let slot = 0; slot < table.count; slot++) {
      report.circles += leaveVanished(partition, slot, this.told);
      moveRecord(table, slot, map, report);
    }
    moveHeard(partition.presence, map.cell);
    partition.circles.diary.move(table.count, map);
    // What was saved speaks of the old rows.
    partition.changeAll();
    const { parked } = partition.clock.state;
    partition.clock.state.parked = parked.flatMap((event) => {
      const cell = this.event(partition, event);
      return cell === NONE ? [] : [{ ...event, cell }];
    });
  }

  /** The row of a waiting event's cell, or NONE when the event was rejected. */
  event(partition: Partition, event: AheadEvent): number {
    const row = this.map.cell[event.cell] as number;
    if (row !== NONE) return row;
    this.report.events++;
    const { keyHi, keyLo } = this.saved;
    const { table } = partition.stays;
    const subscriberHi = table.hi(event.slot);
    const subscriberLo = table.lo(event.slot);
    const cell = formatCell(keyHi[event.cell] as number, keyLo[event.cell] as number) ?? "";
    const { timeMs, kind, reference } = event;
    const named = ["remap", formatPseudonym(subscriberHi, subscriberLo), timeMs, cell, KINDS[kind], reference];
    partition.reject("unknown_cell", { timeMs, subscriberHi, subscriberLo, cell, kind, source: named.join(":") });
    return NONE;
  }
}

function toldRows({ regions, keyHi, keyLo }: NamedRows, city: LoadedCity, map: RowMap): ToldRows {
  const before = { level: Uint8Array.from(regions.level), parent: Int32Array.from(regions.parent) };
  const idBefore = (region: number, level: number) => regions.id[regionAtLevel(before, region, level)] ?? null;
  const idNow = (region: number, level: number) => city.regions.id[regionAtLevel(city.regions, region, level)] ?? null;
  return {
    map,
    isSameRegion: regions.id.map((_, region) => {
      const now = map.region[region] as number;
      return now !== NONE && [1, 2, 3, 4].every((level) => idBefore(region, level) === idNow(now, level));
    }),
    name(kind, level, region, cell) {
      const id = level === 5 ? formatCell(keyHi[cell] as number, keyLo[cell] as number) : idBefore(region, level);
      return id === null ? null : `${kind}:${id}`;
    },
  };
}

/** The way from saved rows to a city's. @throws UserError where they are of another city */
export function remapFrom(saved: NamedRows, city: LoadedCity): Remap {
  const remap = new Remap(saved, city);
  if (!remap.isOtherCity && saved.timeZone === city.timeZone) return remap;
  throw new UserError(
    `the state is of another city than ${city.name}: ` +
      (remap.isOtherCity ? "none of its cells is here" : `its time zone is ${saved.timeZone}`),
    "give the reference data of that city, or start with another data folder and replay",
  );
}

/** The way from a city in use to the one that takes its place. @throws UserError where that is another city */
export function remapBetween(before: LoadedCity, after: LoadedCity): Remap {
  return remapFrom(decodeCityRows(cityRowsOf(before).bytes), after);
}

/** A running partition goes over, between two deliveries: with its rules, its waiting events and all that it keeps. */
export function moveRunning(partition: Partition, city: LoadedCity, rules: CircleRules, remap: Remap): void {
  const waiting = partition.buffer.contents();
  partition.goTo(city, rules);
  remap.partition(partition);
  partition.buffer = new EventBuffer();
  for (const bucket of waiting) {
    for (let i = 0; i < bucket.count; i++) {
      const event = eventOf(bucket, i);
      const row = remap.event(partition, event);
      if (row !== NONE) partition.buffer.add(event.timeMs, event.slot, row, event.kind, event.reference);
    }
  }
}

/** The report in a sentence, for the log. */
export function remapText(report: RemapReport): string {
  const { cells, regions, venues, stays, places, events, circles } = report;
  return (
    `the reference data have changed: ${cells} cells, ${regions} regions and ${venues} venues are no more; ` +
    `with them went ${stays} stays, ${places} places and ${events} waiting events, and ${circles} memberships were left`
  );
}
