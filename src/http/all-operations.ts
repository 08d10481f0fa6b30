import { AUDIENCE_OPERATIONS } from "./audience-operations.js";
import { EXPORT_OPERATIONS } from "./export-operations.js";
import { OPERATIONS } from "./operations.js";
import { SAVED_OPERATIONS } from "./saved-operations.js";
import { TRIGGER_OPERATIONS } from "./trigger-operations.js";

/** Every operation of the API by its id. */
export const ALL_OPERATIONS = {
  ...OPERATIONS,
  ...AUDIENCE_OPERATIONS,
  ...SAVED_OPERATIONS,
  ...EXPORT_OPERATIONS,
  ...TRIGGER_OPERATIONS,
} as const;
