import type { Migration } from "../migrate.js";

/**
 * What audiences in memory follow: when the store got an anchor, with an index by it, as the other tables have; and of each row of the two
 * tables with which insert it came, so that what was seen is not read again.
 */
export const writtenLately: Migration = {
  number: 8,
  name: "written-lately",
  statements: [
    "ALTER TABLE anchors_rows ADD COLUMN IF NOT EXISTS written DateTime('UTC') DEFAULT now()",
    // Else rows of before would be as new as the question, each time.
    "ALTER TABLE anchors_rows MATERIALIZE COLUMN written",
    "ALTER TABLE anchors_rows ADD INDEX IF NOT EXISTS written_lately written TYPE minmax GRANULARITY 1",
    "ALTER TABLE anchors_rows MODIFY SETTING enable_block_number_column = 1",
    "ALTER TABLE membership_log_rows MODIFY SETTING enable_block_number_column = 1",
  ],
};
