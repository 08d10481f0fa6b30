import { type City, toX, toY } from "../../src/geo/city.js";
import { entryOf, type StayFact } from "../../src/score/facts.js";
import { travelSeconds } from "../../src/stay/travel.js";
import type { KeptEvent } from "./kept-events.js";
import { STAY_MS_MIN } from "./obvious-way.js";

/** What one stay, or the way between two, was heard of; metres on the city's plane where it was first and last. */
interface ToldSpan {
  readonly stay: StayFact | null;
  readonly firstMs: number;
  lastMs: number;
  readonly firstX: number;
  readonly firstY: number;
  lastX: number;
  lastY: number;
  startMs: number;
  endMs: number;
}

/**
 * The stays of somebody who is told of each event at which true stay it was heard, or that it was heard on the way, and knows nothing of the
 * silences between: these belong to both sides in equal parts, less the time of the way. No judgement of cells can do better.
 */
export function toldStays(
  people: ReadonlyMap<string, readonly KeptEvent[]>,
  truths: readonly StayFact[],
  city: City,
): StayFact[] {
  const ofPerson = new Map<string, StayFact[]>();
  for (const truth of truths) entryOf(ofPerson, truth.subscriber).push(truth);
  return [...ofPerson].flatMap(([subscriber, own]) => {
    const spans = spansOf(people.get(subscriber) ?? [], own, city);
    for (let i = 1; i < spans.length; i++) divide(spans[i - 1] as ToldSpan, spans[i] as ToldSpan);
    return spans.flatMap(({ stay, startMs, endMs }) =>
      stay === null || endMs - startMs < STAY_MS_MIN ? [] : [{ ...stay, startMs, endMs }],
    );
  });
}

function spansOf(events: readonly KeptEvent[], own: StayFact[], { plane, cells }: City): ToldSpan[] {
  own.sort((a, b) => a.startMs - b.startMs);
  const spans: ToldSpan[] = [];
  let next = 0;
  for (const { ms, cell } of events) {
    while (next < own.length && (own[next] as StayFact).endMs < ms) next++;
    const candidate = own[next];
    const stay = candidate !== undefined && candidate.startMs <= ms ? candidate : null;
    const x = stay === null ? (cells.x[cell] as number) : toX(plane, stay.lon);
    const y = stay === null ? (cells.y[cell] as number) : toY(plane, stay.lat);
    const last = spans.at(-1);
    if (last !== undefined && last.stay === stay) Object.assign(last, { lastMs: ms, endMs: ms, lastX: x, lastY: y });
    else
      spans.push({ stay, firstMs: ms, lastMs: ms, firstX: x, firstY: y, lastX: x, lastY: y, startMs: ms, endMs: ms });
  }
  return spans;
}

function divide(a: ToldSpan, b: ToldSpan): void {
  const gapMs = b.firstMs - a.lastMs;
  const wayMs = 1000 * travelSeconds(Math.hypot(a.lastX - b.firstX, a.lastY - b.firstY));
  const slackMs = Math.max(0, gapMs - wayMs);
  if (a.stay !== null) a.endMs = a.lastMs + slackMs * (b.stay === null ? 1 : 0.5);
  if (b.stay !== null) b.startMs = b.firstMs - slackMs * (a.stay === null ? 1 : 0.5);
}
