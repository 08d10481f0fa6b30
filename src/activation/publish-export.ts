import type { Notice, NoticePublisher } from "../source/nats/cloud-events.js";
import { noticeSubject } from "../source/nats/subjects.js";
import type { Export, Exports } from "./exports.js";

/** People of one message: some 220 kB, below the megabyte that a NATS server takes. */
const MESSAGE_PEOPLE = 10_000;

export interface PublishedExport {
  readonly subject: string;
  readonly messages: number;
  readonly people: number;
}

/**
 * Publishes an export as CloudEvents of up to MESSAGE_PEOPLE people on `export.v1.<id>`. Published again within two hours the stream
 * keeps each message once, so what broke off is asked for again.
 */
export async function publishExport(
  made: Export,
  exports: Exports,
  notices: NoticePublisher,
): Promise<PublishedExport> {
  const subject = noticeSubject("export", made.export);
  const messages = Math.ceil(made.people / MESSAGE_PEOPLE);
  let message = 0;
  for await (const chunk of exports.people(made)) {
    for (let at = 0; at < chunk.length; at += MESSAGE_PEOPLE) {
      message++;
      await notices.send(subject, noticeOf(made, chunk.subarray(at, at + MESSAGE_PEOPLE), message, messages));
    }
  }
  await notices.drain();
  return { subject, messages, people: made.people };
}

function noticeOf(made: Export, people: BigUint64Array, message: number, messages: number): Notice {
  const asOf = new Date(made.asOfMs).toISOString();
  return {
    id: `${made.export}.${message}`,
    source: `/lifecircle/exports/${made.export}`,
    type: "lifecircle.export.people.v1",
    subject: made.export,
    time: asOf,
    data: {
      export: made.export,
      audience: made.audience,
      version: made.version,
      asOf,
      message,
      messages,
      subscribers: Array.from(people, String),
    },
  };
}
