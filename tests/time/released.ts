import type { Bucket, EventBuffer } from "../../src/time/event-buffer.js";

/** All buckets that end at or before the watermark, oldest first; to be read one after the other. */
export function* released(buffer: EventBuffer, watermarkMs: number): Generator<Bucket> {
  for (let minute = buffer.oldest(watermarkMs); minute !== null; minute = buffer.oldest(watermarkMs))
    yield buffer.take(minute);
}
