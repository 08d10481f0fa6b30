/** How many people are in each place at one time. */
import type { Client } from "../src/http/client.js";

/** Regions of a level, or H3 cells of a resolution. */
export type Layer =
  | { readonly by: "region"; readonly level: number }
  | { readonly by: "h3"; readonly resolution: number };

export interface Presence {
  /** Start of the slot, epoch ms; null while the store has none. */
  readonly slotMs: number | null;
  /** People by region or H3 cell; places of too few are not there. */
  readonly places: ReadonlyMap<string, number>;
  readonly peopleMin: number;
  readonly within: number;
}

const PLACES_A_PAGE = 1000;
const HOUR_MS = 3_600_000;

/** The newest slot, or the one at the full hour so many hours before it. */
export async function askPresence(
  client: Client,
  layer: Layer,
  circle: string | null,
  hoursAgo: number,
): Promise<Presence> {
  const { from, peopleMin, within } = await client.listPresence({ query: { limit: 1 } });
  if (from === null) return { slotMs: null, places: new Map(), peopleMin, within };
  const newestMs = Date.parse(from);
  const slotMs = hoursAgo === 0 ? newestMs : Math.floor(newestMs / HOUR_MS) * HOUR_MS - hoursAgo * HOUR_MS;
  const question = {
    ...layer,
    ...(circle === null ? {} : { circle }),
    from: isoOf(slotMs),
    to: isoOf(slotMs + 1000),
    limit: PLACES_A_PAGE,
  };
  const places = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const query = cursor === null ? question : { ...question, cursor };
    const page: Awaited<ReturnType<Client["listPresence"]>> = await client.listPresence({ query });
    for (const { place, people } of page.presence) places.set(place, people);
    cursor = page.next;
  } while (cursor !== null);
  return { slotMs, places, peopleMin, within };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
