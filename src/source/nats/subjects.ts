/** Names on the wire; docs/operate/nats.md explains them to operators. */

/** Batches of events, one subject a partition. */
export const SIGNALLING_STREAM = "SIGNALLING";
export const SIGNALLING_SUBJECTS = "signalling.v1.*";

/** JSON lines of producers that make no batches; read by the ingest edge alone, which removes what it has republished. */
export const JSON_STREAM = "SIGNALLING_JSON";
export const JSON_SUBJECT = "signalling.json.v1";

/** What was refused, with its reason. */
export const DEAD_STREAM = "SIGNALLING_DEAD";
export const DEAD_SUBJECT = "signalling.dead.v1";

/** Headers of a dead letter. */
export const REASON_HEADER = "Lifecircle-Reason";
export const ORIGIN_HEADER = "Lifecircle-Origin";
export const SEQUENCE_HEADER = "Lifecircle-Sequence";
/** `rows`: NDJSON of refused rows. `message`: the refused message itself. */
export const PAYLOAD_HEADER = "Lifecircle-Payload";

/** What is told to others about people: one subject a trigger, a followed audience and an export, each message a CloudEvent. */
export const NOTICES_STREAM = "NOTICES";
export const NOTICE_SUBJECTS = ["trigger.v1.*", "audience.v1.*", "export.v1.*"];
/** Notices that the server would not take. */
export const NOTICES_DEAD_STREAM = "NOTICES_DEAD";
export const NOTICES_DEAD_SUBJECT = "notices.dead.v1";
/** The server says here when a receiver has not acknowledged a notice as often as its consumer tries. */
export const NOTICES_GIVEN_UP_SUBJECT = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${NOTICES_STREAM}.*`;

/** `id` is one token: letters, digits, `-` and `_`. */
export function noticeSubject(kind: "trigger" | "audience" | "export", id: string): string {
  return `${kind}.v1.${id}`;
}

export function partitionSubject(partition: number): string {
  return `signalling.v1.${partition}`;
}
