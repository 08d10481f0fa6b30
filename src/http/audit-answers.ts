import type { AuditRow } from "./access/audit.js";
import type { Answers } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { asOf, type Services } from "./services.js";

export function auditAnswers(services: Services): Pick<Answers<typeof OPERATIONS>, "listAudit"> {
  return {
    async listAudit({ query, signal }) {
      const rows = await services.ask<AuditRow>(
        `SELECT toUnixTimestamp64Milli(time) AS timeMs, correlator, principal, role, purpose, operation, question, status, people
FROM audit ORDER BY time DESC LIMIT {rows:UInt32}`,
        { rows: query.limit },
        signal,
      );
      const audit = rows.map(({ timeMs, ...row }) => ({ time: new Date(timeMs).toISOString(), ...row }));
      return { ...(await asOf(services)), audit };
    },
  };
}
