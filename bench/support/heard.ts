import type { AnchorFact, FoundStay } from "../../src/score/facts.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { StoreWriter } from "../../src/store/writer.js";

/** What the engine said. */
export interface Heard {
  readonly stays: FoundStay[];
  /** First anchors by person and kind. */
  readonly anchors: Map<string, AnchorFact>;
}

/** Takes the place of a store: keeps stays and first anchors as they are told. */
export function collector(heard: Heard): StoreWriter {
  return {
    async write(rows) {
      for (const { subscriberHi, subscriberLo, startMs, endMs, lon, lat, events } of rows.stays)
        heard.stays.push({ subscriber: formatPseudonym(subscriberHi, subscriberLo), startMs, endMs, lon, lat, events });
      for (const { subscriberHi, subscriberLo, kind, rank, lon, lat, gone } of rows.anchors) {
        if (rank !== 1) continue;
        const subscriber = formatPseudonym(subscriberHi, subscriberLo);
        const seat = `${subscriber} ${kind}`;
        if (gone) heard.anchors.delete(seat);
        else heard.anchors.set(seat, { subscriber, kind, lon, lat });
      }
    },
  };
}
