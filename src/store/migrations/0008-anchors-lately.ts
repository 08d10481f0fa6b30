import type { Migration } from "../migrate.js";

/** When the store got an anchor, and an index by it: who keeps homes in memory reads those that were written since. */
export const anchorsLately: Migration = {
  number: 8,
  name: "anchors-lately",
  statements: [
    "ALTER TABLE anchors_rows ADD COLUMN IF NOT EXISTS written DateTime('UTC') DEFAULT now()",
    // Else rows of before would be as new as the question, each time.
    "ALTER TABLE anchors_rows MATERIALIZE COLUMN written",
    "ALTER TABLE anchors_rows ADD INDEX IF NOT EXISTS written_lately written TYPE minmax GRANULARITY 1",
  ],
};
