import { AUDIENCE_OPERATIONS } from "./audience-operations.js";
import { OPERATIONS } from "./operations.js";
import { TRIGGER_OPERATIONS } from "./trigger-operations.js";

/** Every operation of the API by its id. */
export const ALL_OPERATIONS = { ...OPERATIONS, ...AUDIENCE_OPERATIONS, ...TRIGGER_OPERATIONS } as const;
