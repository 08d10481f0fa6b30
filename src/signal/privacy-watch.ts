import type { Exclusion } from "./exclusion.js";

/** Whose events are not taken, and who is to be forgotten. */
export interface PrivacyOrders {
  readonly exclusion: Exclusion;
  readonly forget: readonly { readonly hi: number; readonly lo: number }[];
  /** Names these orders and all before them. */
  readonly upToMs: number;
}

export interface PrivacyWatch {
  /** The orders in force when they have changed, at the first call in any case; null while they have not. */
  changed(): PrivacyOrders | null;
  /** Told when memory and checkpoints hold nobody of the orders up to here, and no row of theirs is on its way to the store. */
  forgotten(upToMs: number): void;
}
