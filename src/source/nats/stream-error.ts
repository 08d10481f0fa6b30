import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { UserError } from "../../signal/user-error.js";

/** Error codes of the JetStream API (nats-server, server/errors.json) that a person can mend. */
const API_FAULTS: Readonly<Record<number, readonly [fault: string, mend: string]>> = {
  10023: ["the NATS server has no resources left for JetStream (a full disk, as a rule)", "free some disk space"],
  10028: ["the NATS server has no memory left for JetStream", "raise its max_memory_store"],
  10047: [
    "the NATS server has no room for streams of this size",
    "lower stream.maxBytesGb, or raise its max_file_store",
  ],
  10052: ["the NATS server refuses the stream's settings", "see its log"],
  10054: ["the message is larger than the stream takes", "lower stream.batchRows"],
  10065: ["another stream already takes the subject", "use a NATS account of its own for lifecircle"],
  10077: ["the stream is full", "raise stream.maxBytesGb, or see that its messages are read"],
};

/** Faults that end by themselves: a disk that is freed, a stream that is read. */
const PASSING_CODES: readonly number[] = [10023, 10077];

/** Whether waiting and trying again may help: the server is away, busy or starting, and has not refused the request as such. */
export function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503 || PASSING_CODES.includes(error.code);
  return !(
    error instanceof UserError ||
    error instanceof errors.PermissionViolationError ||
    error instanceof errors.InvalidArgumentError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError
  );
}

/** The error of a JetStream request in words for the user; `place` names what was asked. Errors that are already so come back as they are. */
export function streamError(error: unknown, place: string): Error {
  if (error instanceof UserError) return error;
  if (error instanceof JetStreamApiError) {
    const [fault, mend] = API_FAULTS[error.code] ?? [`the NATS server refuses: ${error.message}`, null];
    return new UserError(`${place}: ${fault}`, mend);
  }
  if (error instanceof errors.InvalidArgumentError) {
    return new UserError(`${place}: ${error.message}`, "lower stream.batchRows, or raise the server's max_payload");
  }
  if (error instanceof errors.PermissionViolationError) {
    return new UserError(
      `${place}: ${error.message}`,
      "the NATS user needs the subjects signalling.>, trigger.>, audience.>, export.>, notices.>, $JS.API.> and _INBOX.>",
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  if (/jetstream is not enabled|jetstream not enabled/i.test(text)) {
    return new UserError(
      `${place}: JetStream is not enabled on the NATS server`,
      "start nats-server with -js, and enable it for the account",
    );
  }
  return new UserError(`${place}: no answer from the NATS server (${text})`, "see whether it runs; its log says more");
}
