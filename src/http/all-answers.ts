import type { ALL_OPERATIONS } from "./all-operations.js";
import { audienceAnswers } from "./audiences.js";
import { auditAnswers } from "./audit-answers.js";
import { circleAnswers } from "./circles.js";
import { exportAnswers } from "./exports.js";
import { flowAnswers } from "./flows.js";
import type { Answers } from "./operation.js";
import { presenceAnswers } from "./presence.js";
import { regionAnswers } from "./region-answers.js";
import { savedAudienceAnswers } from "./saved-audiences.js";
import type { Services } from "./services.js";
import { subscriberAnswers } from "./subscribers.js";
import { triggerAnswers } from "./triggers.js";

/** An answer for every operation. */
export function allAnswers(services: Services): Answers<typeof ALL_OPERATIONS> {
  return {
    ...circleAnswers(services),
    ...subscriberAnswers(services),
    ...presenceAnswers(services),
    ...regionAnswers(services),
    ...flowAnswers(services),
    ...audienceAnswers(services),
    ...triggerAnswers(services),
    ...savedAudienceAnswers(services),
    ...exportAnswers(services),
    ...auditAnswers(services),
  };
}
