import type { EventBuffer, SortedMinute } from "../../src/time/event-buffer.js";

/** All minutes that end at or before the watermark, oldest first; to be read one after the other. */
export function* released(buffer: EventBuffer, watermarkMs: number): Generator<SortedMinute> {
  for (let minute = buffer.oldest(watermarkMs); minute !== null; minute = buffer.oldest(watermarkMs))
    yield buffer.take(minute);
}
