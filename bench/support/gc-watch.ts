import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

/** Sums the pauses of the garbage collector. */
export class GcWatch {
  ms = 0;
  private readonly observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.ms += duration;
  });

  constructor() {
    this.observer.observe({ entryTypes: ["gc"] });
  }

  /** The sum up to now; what was seen is told between two turns of the event loop. */
  async sum(): Promise<number> {
    await setImmediate();
    await setImmediate();
    return this.ms;
  }

  close(): void {
    this.observer.disconnect();
  }
}
