import {
  endWith,
  filter,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  type OperatorFunction,
  reduce,
  scan,
} from "rxjs";
import { NAIVE_DWELL_MS, NAIVE_GAP_MS, ZONE_MS } from "./sql.js";

export interface RxEvent {
  readonly subscriber: string;
  readonly ms: number;
  readonly cell: number;
}

export interface RxStay {
  readonly subscriber: string;
  readonly cell: number;
  readonly starts: number;
  readonly ends: number;
}

interface Runs {
  readonly open: RxStay | null;
  readonly done: RxStay | null;
}

const HOUR_MS = 3_600_000;

/** The naive task as a reader of the RxJS guide writes it: a group a subscriber, in each the runs of one cell. */
export async function rxNaive(
  events: Iterable<RxEvent>,
  regionOf: (cell: number) => number,
): Promise<{ stays: RxStay[]; homes: Map<string, number> }> {
  const stays = await lastValueFrom(
    from(events).pipe(
      groupBy(({ subscriber }) => subscriber),
      mergeMap((person) => person.pipe(runs())),
      filter(({ starts, ends }) => ends - starts >= NAIVE_DWELL_MS),
      reduce((all: RxStay[], stay) => {
        all.push(stay);
        return all;
      }, []),
    ),
  );
  const homes = await lastValueFrom(
    from(stays).pipe(
      filter(({ starts }) => isEvening(starts)),
      groupBy(({ subscriber }) => subscriber),
      mergeMap((person) =>
        person.pipe(
          home(regionOf),
          map((region) => [person.key, region] as const),
        ),
      ),
      reduce((all, [subscriber, region]) => all.set(subscriber, region), new Map<string, number>()),
    ),
  );
  return { stays, homes };
}

function runs(): OperatorFunction<RxEvent, RxStay> {
  return (events) =>
    events.pipe(
      endWith(null),
      scan(
        ({ open }: Runs, event: RxEvent | null): Runs => {
          if (event === null) return { open: null, done: open };
          const { subscriber, ms, cell } = event;
          if (open !== null && open.cell === cell && ms - open.ends <= NAIVE_GAP_MS)
            return { open: { ...open, ends: ms }, done: null };
          return { open: { subscriber, cell, starts: ms, ends: ms }, done: open };
        },
        { open: null, done: null },
      ),
      map(({ done }) => done),
      filter((stay) => stay !== null),
    );
}

function home(regionOf: (cell: number) => number): OperatorFunction<RxStay, number> {
  return (stays) =>
    stays.pipe(
      reduce((spent, { cell, starts, ends }) => {
        const region = regionOf(cell);
        return spent.set(region, (spent.get(region) ?? 0) + ends - starts);
      }, new Map<number, number>()),
      map(
        (spent) =>
          [...spent].reduce((best, next) => (next[1] * 10_000 - next[0] > best[1] * 10_000 - best[0] ? next : best))[0],
      ),
    );
}

function isEvening(ms: number): boolean {
  const hour = Math.floor((ms + ZONE_MS) / HOUR_MS) % 24;
  return hour >= 18 || hour < 6;
}
