import { AudienceIndex, type ExcludedNow } from "./audience-index.js";
import type { StoreClient } from "./client.js";

/** How much of what the store was given lately must be in the index: all of it, or what the last look found while the next one is under way. */
export type Freshness = "now" | "soon";

/** What the last look found is given at most so long, ms; then the next one is waited for. */
const SOON_MS_MAX = 20_000;

/**
 * The index, read at the first question and kept fresh from then on; one that failed to open is tried again.
 *
 * @param refreshMsMin between two looks at what the store was given since
 */
export function freshAudiences(
  client: StoreClient,
  excluded: ExcludedNow,
  refreshMsMin: number,
): (freshness?: Freshness) => Promise<AudienceIndex> {
  let opened: Promise<AudienceIndex> | null = null;
  let begunMs = 0;
  let refreshedMs = 0;
  let refreshing: Promise<void> = Promise.resolve();
  const open = () => {
    begunMs = refreshedMs = Date.now();
    const opening = AudienceIndex.open(client, { excluded });
    opening.catch(() => {
      opened = null;
    });
    return opening;
  };
  const refresh = async (index: AudienceIndex) => {
    const startMs = Date.now();
    await index.refresh();
    refreshedMs = startMs;
  };
  return async (freshness = "now") => {
    opened ??= open();
    const index = await opened;
    if (Date.now() - begunMs >= refreshMsMin) {
      begunMs = Date.now();
      refreshing = refresh(index);
      // Whoever waits for it is told; nobody may.
      refreshing.catch(() => undefined);
    }
    if (freshness === "now" || Date.now() - refreshedMs > SOON_MS_MAX) await refreshing;
    return index;
  };
}
