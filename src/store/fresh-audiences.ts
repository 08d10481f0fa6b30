import { AudienceIndex, type ExcludedNow } from "./audience-index.js";
import type { StoreClient } from "./client.js";

/**
 * The index, read at the first question and kept fresh from then on; one that failed to open is tried again.
 *
 * @param refreshMsMin between two looks at what the store was given since
 */
export function freshAudiences(
  client: StoreClient,
  excluded: ExcludedNow,
  refreshMsMin: number,
): () => Promise<AudienceIndex> {
  let opened: Promise<AudienceIndex> | null = null;
  let refreshedMs = 0;
  return async () => {
    if (opened === null) {
      refreshedMs = Date.now();
      opened = AudienceIndex.open(client, { excluded });
      opened.catch(() => {
        opened = null;
      });
    }
    const index = await opened;
    if (Date.now() - refreshedMs < refreshMsMin) return index;
    refreshedMs = Date.now();
    await index.refresh();
    return index;
  };
}
