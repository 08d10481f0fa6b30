import { from as fromList, lastValueFrom } from "rxjs";
import type { LoadedCity } from "../../src/geo/load.js";
import { type DerivationOptions, Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import type { Delivery } from "../../src/source/source.js";
import { OPTIONS } from "../derivation.js";

interface Run {
  readonly deliveries: readonly Delivery[];
  readonly city: LoadedCity;
  readonly options?: DerivationOptions;
}

/** Runs the deliveries, and hands the partitions over after each of these many. */
export async function runWithStops(
  { deliveries, city, options = OPTIONS }: Run,
  ends: readonly number[],
  stop: (partitions: Partition[]) => Promise<void>,
): Promise<void> {
  const partitions = new Map<number, Partition>();
  const partitionOf = (number: number) => {
    const partition = partitions.get(number) ?? new Partition(number, city, options);
    partitions.set(number, partition);
    return partition;
  };
  let from = 0;
  for (const end of [...ends, deliveries.length].sort((a, b) => a - b)) {
    const some = deliveries.slice(from, end);
    await lastValueFrom(fromList(some).pipe(pipeline(partitionOf)), { defaultValue: null });
    from = Math.max(from, end);
    await stop([...partitions.values()]);
  }
}
