import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Resident memory of this process once all garbage is gone, bytes. */
export function collectedRss(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What the first has found dead outside of the heap is given back by the second.
  collect();
  collect();
  return process.memoryUsage().rss;
}
