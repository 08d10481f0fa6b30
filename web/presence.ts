/** How many people are in each place at one time. */
import type { Client } from "../src/http/client.js";

/** Regions of a level, or H3 cells of a resolution. */
export type Layer =
  | { readonly by: "region"; readonly level: number }
  | { readonly by: "h3"; readonly resolution: number };

export interface Presence {
  /** Start of the slot, epoch ms; null while the store has none. */
  readonly slotMs: number | null;
  /** The newest slot tells of no place, and this is the last one before it that does. */
  readonly isEarlier: boolean;
  /** People by region or H3 cell; places of too few are not there. */
  readonly places: ReadonlyMap<string, number>;
  readonly peopleMin: number;
  readonly within: number;
}

const PLACES_A_PAGE = 1000;
const HOUR_MS = 3_600_000;

/**
 * The newest slot, or the one at the full hour so many hours before it. By night phones are silent, and nobody can be told of: then the last
 * slot of the day before that tells of some place is shown in the stead of the newest.
 */
export async function askPresence(
  client: Client,
  layer: Layer,
  circle: string | null,
  hoursAgo: number,
): Promise<Presence> {
  const { from, peopleMin, within } = await client.listPresence({ query: { limit: 1 } });
  const about = { peopleMin, within, isEarlier: false };
  if (from === null) return { ...about, slotMs: null, places: new Map() };
  const newestMs = Date.parse(from);
  const slotMs = hoursAgo === 0 ? newestMs : Math.floor(newestMs / HOUR_MS) * HOUR_MS - hoursAgo * HOUR_MS;
  const of = circle === null ? layer : { ...layer, circle };
  const places = placesOf(await rowsOf(client, of, slotMs, slotMs + 1000), slotMs);
  if (places.size > 0 || hoursAgo > 0) return { ...about, slotMs, places };
  const before = await rowsOf(client, of, newestMs - LOOK_BACK_HOURS * HOUR_MS, newestMs, 1);
  const lastMs = Math.max(...before.map(({ slot }) => Date.parse(slot)));
  if (before.length === 0) return { ...about, slotMs, places };
  const last = placesOf(await rowsOf(client, of, lastMs, lastMs + 1000), lastMs);
  return { ...about, slotMs: lastMs, places: last, isEarlier: true };
}

/** How far back a slot is looked for that tells of some place. */
const LOOK_BACK_HOURS = 12;

type Row = Awaited<ReturnType<Client["listPresence"]>>["presence"][number];

/** @param level of regions, in the place of those of the layer */
async function rowsOf(
  client: Client,
  layer: Layer & { readonly circle?: string },
  fromMs: number,
  toMs: number,
  level?: number,
): Promise<Row[]> {
  const of =
    level === undefined
      ? layer
      : ({ by: "region", level, ...(layer.circle === undefined ? {} : { circle: layer.circle }) } as const);
  const question = { ...of, from: isoOf(fromMs), to: isoOf(toMs), limit: PLACES_A_PAGE };
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const query = cursor === null ? question : { ...question, cursor };
    const page: Awaited<ReturnType<Client["listPresence"]>> = await client.listPresence({ query });
    rows.push(...page.presence);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

function placesOf(rows: readonly Row[], slotMs: number): Map<string, number> {
  return new Map(rows.filter(({ slot }) => Date.parse(slot) === slotMs).map(({ place, people }) => [place, people]));
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
