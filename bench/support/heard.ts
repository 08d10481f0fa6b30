import type { AnchorRow, StayRow } from "../../src/rows.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Source } from "../../src/source/source.js";
import type { StoreWriter } from "../../src/store/writer.js";

/** What the engine said and heard, by pseudonym. */
export interface Heard {
  readonly stays: Map<string, StayRow[]>;
  /** Event times, epoch ms, in order of arrival. */
  readonly times: Map<string, number[]>;
  readonly anchors: Map<string, AnchorRow>;
}

/** Passes deliveries on and notes when each subscriber was heard. */
export function listening(source: Source, times: Map<string, number[]>): Source {
  return {
    ...source,
    async *deliveries(after) {
      for await (const delivery of source.deliveries(after)) {
        const { batch } = delivery;
        for (let i = 0; batch !== null && i < batch.count; i++) {
          const name = formatPseudonym(batch.subscriber[2 * i + 1] ?? 0, batch.subscriber[2 * i] ?? 0);
          entryOf(times, name).push(batch.baseMs + (batch.offsetMs[i] ?? 0));
        }
        yield delivery;
      }
    },
  };
}

/** Takes the place of a store: keeps stays and first anchors as they are told. */
export function collector(heard: Heard): StoreWriter {
  return {
    async write(rows) {
      for (const stay of rows.stays)
        entryOf(heard.stays, formatPseudonym(stay.subscriberHi, stay.subscriberLo)).push(stay);
      for (const anchor of rows.anchors) {
        const seat = seatOf(formatPseudonym(anchor.subscriberHi, anchor.subscriberLo), anchor.kind);
        if (anchor.rank !== 1) continue;
        if (anchor.gone) heard.anchors.delete(seat);
        else heard.anchors.set(seat, anchor);
      }
    },
  };
}

/** The key of a person and a kind of anchor. */
export function seatOf(name: string, kind: string): string {
  return `${name} ${kind}`;
}

/** The list of a key, a new one where there is none. */
export function entryOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}
