import type { Migration } from "../migrate.js";

/**
 * Of processes that write one version of an audience, or one trigger, at once, the first is kept: the store knows the marks of so many inserts, and
 * leaves out one whose mark it knows.
 */
export const firstVersion: Migration = {
  number: 10,
  name: "first-version",
  statements: ["audiences_rows", "triggers"].map(
    (table) => `ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 100`,
  ),
};
