/**
 * The way of the data, as a table of contents. Deliveries of one partition come in; rows for the store and counts for the metrics go
 * out. Each step works on whole batches or buckets; the loops over events are in the functions named here.
 */
import { concatMap, groupBy, mergeMap, type OperatorFunction, tap } from "rxjs";
import { closeDay } from "./circle/day-close.js";
import type { Partition } from "./partition.js";
import { admit, admitParked, admitPromised } from "./signal/admit.js";
import { withoutDuplicates } from "./signal/duplicates.js";
import type { Delivery } from "./source/source.js";
import { endSegments, takeEvent } from "./stay/segment.js";
import type { Bucket } from "./time/event-buffer.js";

/** What happens in a partition, in event-time order. */
type Step =
  /** A minute of events that the watermark has passed. */
  | { readonly kind: "minute"; readonly bucket: Bucket }
  /** A city day that the watermark has passed. */
  | { readonly kind: "day"; readonly day: number; readonly versionMs: number }
  /** The stream has ended: whatever is open closes. */
  | { readonly kind: "end" }
  /** All of a delivery has been dealt with. */
  | { readonly kind: "delivered"; readonly delivery: Delivery };

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
      tap((step) => {
        if (step.kind === "minute") trackStays(partition, step.bucket);
        else if (step.kind === "end") endStays(partition);
        else if (step.kind === "day") closeDay(partition, step.day, step.versionMs);
      }),
      concatMap((step) => (step.kind === "delivered" ? [step.delivery] : [])),
    );
}

/** locate, judge the time, park or buffer: signal/admit.ts, time/stream-clock.ts, time/event-buffer.ts */
function takeIn(partition: Partition, delivery: Delivery): void {
  for (const reject of delivery.rejects) {
    partition.counts.events++;
    partition.counts.rejected[reject.reason]++;
    partition.rows.rejected.push({
      timeMs: reject.timeMs ?? delivery.receivedMs,
      reason: reject.reason,
      source: reject.source,
      raw: reject.raw,
    });
  }
  if (delivery.batch !== null) admit(partition, delivery.batch, delivery);
  partition.sequence = delivery.sequence;
  const { watermarkMs } = delivery;
  if (watermarkMs === Number.POSITIVE_INFINITY) admitParked(partition);
  else if (watermarkMs !== null) admitPromised(partition, watermarkMs);
}

/** What the watermark has passed: minutes with their events, days between them. */
function passed(partition: Partition, delivery: Delivery): Step[] {
  const isEnd = delivery.watermarkMs === Number.POSITIVE_INFINITY;
  const steps: Step[] = [];
  for (const bucket of partition.buffer.release(isEnd ? Number.POSITIVE_INFINITY : partition.clock.watermarkMs)) {
    const day = partition.calendar.day(bucket.minute * 60);
    if (partition.day !== -1 && day > partition.day) steps.push(dayStep(partition, partition.day));
    partition.day = day;
    steps.push({ kind: "minute", bucket });
  }
  if (isEnd && partition.day !== -1)
    steps.push({ kind: "end" }, { kind: "day", day: partition.day, versionMs: partition.clock.state.latestMs });
  steps.push({ kind: "delivered", delivery });
  return steps;
}

function dayStep(partition: Partition, day: number): Step {
  return { kind: "day", day, versionMs: partition.calendar.dayStart(day + 1) * 1000 };
}

/** clean, stay, place: signal/duplicates.ts, stay/segment.ts, stay/place.ts */
function trackStays(partition: Partition, bucket: Bucket): void {
  const { stays } = partition;
  const startSec = bucket.minute * 60;
  const kept = withoutDuplicates(partition, bucket);
  for (let k = 0; k < kept.length; k++) {
    const i = kept[k] as number;
    takeEvent(
      stays,
      bucket.slot[i] as number,
      startSec + Math.floor((bucket.ms[i] as number) / 1000),
      bucket.cell[i] as number,
    );
  }
}

function endStays(partition: Partition): void {
  for (let slot = 0; slot < partition.stays.table.count; slot++) endSegments(partition.stays, slot);
}
