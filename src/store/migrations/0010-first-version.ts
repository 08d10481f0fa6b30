import type { Migration } from "../migrate.js";

/** Of two processes that write one version of an audience at once, the first is kept: the store knows the marks of so many inserts. */
export const firstVersion: Migration = {
  number: 10,
  name: "first-version",
  statements: ["ALTER TABLE audiences_rows MODIFY SETTING non_replicated_deduplication_window = 100"],
};
