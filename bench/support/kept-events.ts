import { type City, NONE } from "../../src/geo/city.js";
import type { EventBatch } from "../../src/signal/batch.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Source } from "../../src/source/source.js";
import { watched } from "../../src/source/watched.js";

/** An event of one person: epoch ms and cell row. */
export interface KeptEvent {
  readonly ms: number;
  readonly cell: number;
}

/** Keeps the events of a source by person while it passes, between two times (epoch ms; a spoilt clock names others). */
export class KeptEvents {
  readonly #city: City;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #events = new Map<string, KeptEvent[]>();

  constructor(city: City, fromMs: number, toMs: number) {
    this.#city = city;
    this.#fromMs = fromMs;
    this.#toMs = toMs;
  }

  /** The same source, whose batches are kept as they pass. */
  keeping(source: Source): Source {
    return watched(source, ({ batch }) => {
      if (batch !== null) this.#keep(batch);
    });
  }

  /** Person to events, in order of time. */
  inOrder(): ReadonlyMap<string, readonly KeptEvent[]> {
    for (const events of this.#events.values()) events.sort((a, b) => a.ms - b.ms);
    return this.#events;
  }

  #keep({ count, baseMs, offsetMs, subscriber, cell, cells }: EventBatch): void {
    for (let i = 0; i < count; i++) {
      const ms = baseMs + (offsetMs[i] as number);
      const at = 2 * (cell[i] as number);
      const row = this.#city.cells.find(cells[at + 1] as number, cells[at] as number);
      if (row === NONE || ms < this.#fromMs || ms >= this.#toMs) continue;
      const name = formatPseudonym(subscriber[2 * i + 1] as number, subscriber[2 * i] as number);
      const known = this.#events.get(name);
      if (known === undefined) this.#events.set(name, [{ ms, cell: row }]);
      else known.push({ ms, cell: row });
    }
  }
}
