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

export function partitionSubject(partition: number): string {
  return `signalling.v1.${partition}`;
}
