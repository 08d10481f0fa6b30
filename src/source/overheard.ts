import type { Hearing } from "../score/hearing.js";
import type { Source } from "./source.js";
import { watched } from "./watched.js";

/** Passes deliveries on and notes when each subscriber was heard. */
export function overheard(source: Source, hearing: Hearing): Source {
  return watched(source, ({ batch }) => {
    for (let i = 0; batch !== null && i < batch.count; i++) {
      const lo = batch.subscriber[2 * i] as number;
      const hi = batch.subscriber[2 * i + 1] as number;
      hearing.hear(hi, lo, batch.baseMs + (batch.offsetMs[i] as number));
    }
  });
}
