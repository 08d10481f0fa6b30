import type { LoadedCity } from "../../src/geo/load.js";
import type { AnchorRow } from "../../src/rows.js";
import { type Antenna, cityOf, lattice } from "../geo/antennas.js";
import { ofSubscriber, run, type TestEvent } from "../property/running.js";

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Midnight of a Monday in Shanghai; the weeks after it hold no holiday. */
export const MONDAY_MS = Date.parse("2026-03-02T00:00:00+08:00");

const SITE: Antenna[] = lattice([undefined])
  .slice(0, 3)
  .map((mast) => ({ ...mast, range: 600 }));
const PLACES = [
  [0, 0],
  [12_000, 0],
  [0, 12_000],
  [12_000, 12_000],
] as const;

/** Four places 12 km apart, each with three cells. */
export function fourPlaces(): LoadedCity {
  return cityOf(PLACES.flatMap(([dx, dy]) => SITE.map(({ x, y }) => ({ x: x + dx, y: y + dy, range: 600 }))));
}

/** The first cell of a place, by which a test names it. */
export const cellOf = (place: number) => `cgi:460-00-1-${3 * place + 1}`;

/** Hours of a day at a place, as `[from, to, place, minutes between two events]`; events are at the beginning of each step. */
export type Hours = readonly [from: number, to: number, place: number, everyMinutes?: number];

/** Events of the hours of a day; day 0 is MONDAY_MS. */
export function dayOf(day: number, ...hours: readonly Hours[]): TestEvent[] {
  return hours.flatMap(([from, to, place, everyMinutes = 30]) => {
    const count = Math.ceil(((to - from) * 60) / everyMinutes);
    return Array.from({ length: count }, (_, i) => ({
      timeMs: MONDAY_MS + day * DAY_MS + from * HOUR_MS + i * everyMinutes * MINUTE_MS,
      subscriber: "p",
      cell: cellOf(place),
    }));
  });
}

/** Days `from` to `to`, the last excluded, each as the function says. */
export function days(from: number, to: number, life: (day: number) => TestEvent[]): TestEvent[] {
  return Array.from({ length: to - from }, (_, i) => life(from + i)).flat();
}

export const isWeekend = (day: number) => day % 7 >= 5;

/** The anchors that stand after these events, home first, as `home 1: place 0`. */
export async function anchorsAfter(
  events: readonly TestEvent[],
  city = fourPlaces(),
): Promise<{ rows: AnchorRow[]; told: string[]; all: AnchorRow[] }> {
  const { rows } = await run(city, events);
  const all = ofSubscriber(rows.anchors, "p");
  const latest = new Map<string, AnchorRow>();
  for (const row of all) latest.set(`${row.kind} ${row.rank}`, row);
  const standing = [...latest.values()].filter((row) => !row.gone && row.kind !== "other");
  const placeOf = (cell: string) => Math.floor((Number(cell.split("-").at(-1)) - 1) / 3);
  return {
    all,
    rows: standing,
    told: standing.map((row) => `${row.kind} ${row.rank} at ${placeOf(row.cell)} by ${row.rule}`).sort(),
  };
}
