import type { Delivery, Source } from "./source.js";

/** The same source; `look` is shown each delivery before it is passed on. */
export function watched(source: Source, look: (delivery: Delivery) => void): Source {
  return {
    ...source,
    async *deliveries(...from) {
      for await (const delivery of source.deliveries(...from)) {
        look(delivery);
        yield delivery;
      }
    },
  };
}
