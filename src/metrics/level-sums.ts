import { DIARY_PLACES, type Metrics } from "./metrics.js";

/** Levels of the engines of one process, a partition each: the metrics show their sums. */
export class LevelSums {
  readonly #metrics: Metrics;
  readonly #levels = new Map<string, Map<number, number>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** The metrics as the engine of a partition is to tell them. */
  of(partition: number): Metrics {
    const metrics = this.#metrics;
    return {
      ...metrics,
      subscribers: (count) => metrics.subscribers(this.#sum("subscribers", partition, count)),
      stateBytes: (bytes) => metrics.stateBytes(this.#sum("state", partition, bytes)),
      diaryBytes: (place, bytes) => metrics.diaryBytes(place, this.#sum(`diaries ${place}`, partition, bytes)),
      queue: (name, items) => metrics.queue(name, this.#sum(`queue ${name}`, partition, items)),
    };
  }

  /** The partition is worked on no more. */
  drop(partition: number): void {
    const levels = this.of(partition);
    levels.subscribers(0);
    levels.stateBytes(0);
    for (const place of DIARY_PLACES) levels.diaryBytes(place, 0);
    for (const name of this.#levels.keys()) if (name.startsWith("queue ")) levels.queue(name.slice("queue ".length), 0);
    this.#metrics.partitionLost(partition);
  }

  #sum(name: string, partition: number, value: number): number {
    const values = this.#levels.get(name) ?? new Map<number, number>();
    this.#levels.set(name, values.set(partition, value));
    return [...values.values()].reduce((sum, each) => sum + each, 0);
  }
}
