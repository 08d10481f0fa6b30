import { safeText } from "../metrics/log.js";
import { StoreError } from "../store/store-error.js";
import { storeFailed } from "./store.js";

/** What a person is told of an error that is none of their own making, without what could be a raw id. */
export function errorText(error: unknown): string {
  if (error instanceof StoreError) return safeText(storeFailed(error).message);
  return safeText(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
