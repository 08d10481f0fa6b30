import type { AnchorFact, Found, FoundStay, Membership } from "../../src/score/facts.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { StoreWriter } from "../../src/store/writer.js";

/** What the engine said. */
export interface Heard {
  readonly stays: FoundStay[];
  /** First anchors by person and kind. */
  readonly anchors: Map<string, AnchorFact>;
  /** Memberships that are not left, by person and circle. */
  readonly memberships: Map<string, Membership>;
}

export function nothingHeard(): Heard {
  return { stays: [], anchors: new Map(), memberships: new Map() };
}

/** Takes the place of a store: keeps stays, first anchors and memberships as they are told. */
export function collector(heard: Heard): StoreWriter {
  return {
    async write(rows) {
      for (const { subscriberHi, subscriberLo, startMs, endMs, lon, lat, events } of rows.stays)
        heard.stays.push({ subscriber: formatPseudonym(subscriberHi, subscriberLo), startMs, endMs, lon, lat, events });
      for (const { subscriberHi, subscriberLo, kind, rank, lon, lat, gone } of rows.anchors) {
        if (rank !== 1) continue;
        const subscriber = formatPseudonym(subscriberHi, subscriberLo);
        keep(heard.anchors, `${subscriber} ${kind}`, { subscriber, kind, lon, lat }, gone);
      }
      for (const { subscriberHi, subscriberLo, dimension, circle, score, gone } of rows.memberships) {
        const subscriber = formatPseudonym(subscriberHi, subscriberLo);
        keep(heard.memberships, `${subscriber} ${circle}`, { subscriber, dimension, circle, score }, gone);
      }
    },
  };
}

/** What was heard, as the store would tell it; changes are not kept. */
export function foundOf({ stays, anchors, memberships }: Heard): Found {
  return { stays, anchors: [...anchors.values()], memberships: [...memberships.values()], changes: [] };
}

function keep<T>(said: Map<string, T>, key: string, what: T, gone: boolean): void {
  if (gone) said.delete(key);
  else said.set(key, what);
}
