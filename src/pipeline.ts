/**
 * The way of the data, as a table of contents. Deliveries of one partition come in; rows for the store and counts for the metrics go
 * out. Each step works on whole batches or buckets; the loops over events are in the functions named here.
 */
import { concatMap, filter, groupBy, map, mergeMap, type OperatorFunction, tap } from "rxjs";
import { closeSlice, type DayClose } from "./circle/day-close.js";
import { closeWindow, hear } from "./circle/presence.js";
import type { Partition } from "./partition.js";
import { admit, admitParked, admitPromised } from "./signal/admit.js";
import { dropDuplicates } from "./signal/duplicates.js";
import { LOPSIDED, lopsided } from "./signal/lopsided.js";
import type { Reject } from "./signal/reason.js";
import type { Delivery } from "./source/source.js";
import { takeMinute } from "./stay/observations.js";
import { endStays as endStaysOf } from "./stay/settle.js";
import type { SortedMinute } from "./time/event-buffer.js";

const MINUTE_MS = 60_000;
/**
 * The close of a day is spread over so much of the stream's time: of a million people it then takes a third of a core, and memory for as
 * many events that wait.
 */
const CLOSE_MS = 5 * MINUTE_MS;
/** Subscribers who are closed with one delivery at most: a tenth of a second. A stream that is read faster than it was sent takes more for it, */
const CLOSED_AT_ONCE_MAX = 1024;
/** but no more than so much of its time: of few large messages a day the events that wait would become ever more. */
const CLOSED_AT_THE_LATEST_MS = 60 * MINUTE_MS;

/** What happens in a partition, in event-time order. */
type Step =
  /** A minute of events that the watermark has passed. */
  | { readonly kind: "minute"; readonly bucket: SortedMinute }
  /** A tumbling window of presence that the watermark has passed, by its first minute. */
  | { readonly kind: "window"; readonly minute: number }
  /** The day that is being closed is to be closed for the subscribers before `until`. */
  | { readonly kind: "close"; readonly until: number }
  /** The stream has ended: whatever is open closes. */
  | { readonly kind: "end" }
  | Delivered;

/** All of a delivery has been dealt with. */
interface Delivered {
  readonly kind: "delivered";
  readonly delivery: Delivery;
}

/** Splits the stream by partition and leads each through its own way. */
export function pipeline(partitionOf: (number: number) => Partition): OperatorFunction<Delivery, Delivery> {
  return (deliveries) =>
    deliveries.pipe(
      groupBy((delivery) => delivery.partition),
      mergeMap((ofPartition) => ofPartition.pipe(partitionPipeline(partitionOf(ofPartition.key)))),
    );
}

function partitionPipeline(partition: Partition): OperatorFunction<Delivery, Delivery> {
  return (deliveries) =>
    deliveries.pipe(
      tap((delivery) => takeIn(partition, delivery)),
      concatMap((delivery) => passed(partition, delivery)),
      tap((step) => take(partition, step)),
      filter((step): step is Delivered => step.kind === "delivered"),
      map(({ delivery }) => delivery),
    );
}

/** What becomes of each step. Of few people a minute holds few events, so a step costs no more than a call. */
function take(partition: Partition, step: Step): void {
  switch (step.kind) {
    case "minute":
      lookOver(partition, step.bucket);
      hear(partition.presence, step.bucket);
      trackStays(partition, step.bucket);
      break;
    case "window":
      tellPresence(partition, step.minute);
      break;
    case "end":
      endStays(partition);
      break;
    case "close":
      tellDay(partition, step.until);
      break;
    case "delivered":
      break;
  }
}

/** locate, judge the time, park or buffer, and set off fences: signal/admit.ts, time/stream-clock.ts, time/event-buffer.ts, trigger/watch.ts */
function takeIn(partition: Partition, delivery: Delivery): void {
  for (const reject of delivery.rejects) takeReject(partition, reject, delivery);
  if (delivery.batch !== null) admit(partition, delivery.batch, delivery);
  partition.sequence = delivery.sequence;
  partition.sentMs = delivery.sentMs ?? null;
  const { watermarkMs } = delivery;
  if (watermarkMs === Number.POSITIVE_INFINITY) admitParked(partition);
  else if (watermarkMs !== null) admitPromised(partition, watermarkMs);
  partition.triggers.advance(partition.clock.state.latestMs / 1000);
}

function takeReject({ counts, rows, exclusion }: Partition, reject: Reject, delivery: Delivery): void {
  const { reason, source } = reject;
  counts.events++;
  const judged =
    exclusion.size === 0 ? null : exclusion.judgeRaw(reject.raw, delivery.sentMs ?? Number.POSITIVE_INFINITY);
  if (judged?.kind === "drop") {
    counts.excluded++;
    return;
  }
  counts.rejected[reason]++;
  const raw = judged?.kind === "change" ? judged.raw : reject.raw;
  const timeMs = reject.timeMs ?? delivery.sentMs ?? delivery.receivedMs;
  rows.rejected.push({ timeMs, reason, source, raw });
}

/** What the watermark has passed. Each step is done before the next is made. */
function* passed(partition: Partition, delivery: Delivery): Generator<Step> {
  const { clock } = partition;
  const isEnd = delivery.watermarkMs === Number.POSITIVE_INFINITY;
  yield* passedMinutes(partition, isEnd ? Number.POSITIVE_INFINITY : clock.watermarkMs);
  if (partition.closing === null && clock.state.latestMs > 0) {
    const closingMs = partition.options.presence.windowMinutes * MINUTE_MS;
    const untilMs = isEnd ? clock.state.latestMs + closingMs : clock.watermarkMs;
    const over = partition.presence.advance(Math.floor(untilMs / MINUTE_MS));
    if (over !== -1) yield { kind: "window", minute: over };
  }
  if (isEnd && partition.day !== -1) {
    yield { kind: "end" };
    yield* beginClose(partition, partition.day, clock.state.latestMs, Number.POSITIVE_INFINITY);
  }
  yield { kind: "delivered", delivery };
}

/** Minutes with their events, windows and days between them. While a day is being closed, all that follows it waits. */
function* passedMinutes(partition: Partition, untilMs: number): Generator<Step> {
  const { buffer, calendar } = partition;
  yield* goOnClosing(partition, untilMs);
  while (partition.closing === null) {
    const minute = buffer.oldest(untilMs);
    if (minute === null) return;
    const over = partition.presence.advance(minute);
    if (over !== -1) yield { kind: "window", minute: over };
    const { day } = partition;
    partition.day = calendar.day(minute * 60);
    if (day !== -1 && partition.day > day)
      yield* beginClose(partition, day, calendar.dayStart(day + 1) * 1000, untilMs);
    else yield { kind: "minute", bucket: buffer.take(minute) };
  }
}

function* beginClose(partition: Partition, day: number, versionMs: number, untilMs: number): Generator<Step> {
  partition.closing = { day, versionMs, count: partition.stays.table.count, next: 0 };
  yield* goOnClosing(partition, untilMs);
}

/** Closes the share of the subscribers that is due when the watermark has come to `untilMs`. */
function* goOnClosing(partition: Partition, untilMs: number): Generator<Step> {
  const { closing } = partition;
  if (closing === null) return;
  const sinceMs = untilMs - closing.versionMs;
  const share = Math.min(1, sinceMs / CLOSE_MS);
  const most = sinceMs >= CLOSED_AT_THE_LATEST_MS ? closing.count : closing.next + CLOSED_AT_ONCE_MAX;
  const until = Math.min(most, Math.floor(share * closing.count));
  if (until > closing.next) yield { kind: "close", until };
  if (closing.next === closing.count) partition.closing = null;
}

/**
 * Whoever has an event in a minute is not what it was at the last snapshot (stay/slot-set.ts); one that sends what many should is
 * counted (signal/lopsided.ts).
 */
function lookOver({ changed, counts }: Partition, bucket: SortedMinute): void {
  changed.addSorted(bucket.slot, bucket.count);
  const found = lopsided(bucket);
  for (const what of LOPSIDED) if (found[what]) counts.lopsided[what]++;
}

/** Anchors and circles: circle/day-close.ts. Changes of membership set off triggers: trigger/watch.ts */
function tellDay(partition: Partition, until: number): void {
  const { rows, triggers, exclusion } = partition;
  const before = rows.membershipLog.length;
  closeSlice(partition, partition.closing as DayClose, until);
  triggers.hearCircles(rows.membershipLog.slice(before), exclusion);
}

/** Who was heard where in a window: circle/presence.ts */
function tellPresence(partition: Partition, windowMinute: number): void {
  const { number, presence, circles, rows } = partition;
  closeWindow(presence, { partition: number, windowMinute, standing: circles.standings }, rows.presence);
}

/**
 * clean, and let wait: signal/duplicates.ts, stay/observations.ts. Stays and places come of it when enough waits, and at the close of the
 * day: stay/block.ts, stay/decode.ts, stay/settle.ts
 */
function trackStays(partition: Partition, bucket: SortedMinute): void {
  dropDuplicates(partition, bucket);
  takeMinute(partition.stays, bucket);
}

function endStays(partition: Partition): void {
  for (let slot = 0; slot < partition.stays.table.count; slot++) {
    partition.changed.add(slot);
    endStaysOf(partition.stays, slot);
  }
}
