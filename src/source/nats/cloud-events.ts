/**
 * Notices as CloudEvents 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in structured mode: the whole event
 * is the JSON payload of a NATS message.
 */
import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import type { NoticeTotals } from "../../metrics/stream-metrics.js";
import { connectNats, type NatsConnectionOptions } from "./connect.js";
import { OrderedPublisher, type OutgoingMessage } from "./ordered-publisher.js";
import { ensureNoticeStreams, type StreamOptions } from "./streams.js";
import { NOTICES_DEAD_SUBJECT, ORIGIN_HEADER, REASON_HEADER } from "./subjects.js";

const CONTENT_TYPE = "application/cloudevents+json; charset=utf-8";
/** An extension's value (spec, "Type System"), as far as JSON has it without a base64 text. */
const EXTENSION = z.union([z.string().min(1), z.boolean(), z.int32()]);

/** A CloudEvent as we publish and read it: data is JSON, and attributes beyond these are extensions in lower-case letters and digits. */
export const CLOUD_EVENT = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string().min(1),
    source: z.string().regex(/^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/, "is no URI reference"),
    type: z.string().min(1),
    subject: z.string().min(1),
    time: z.iso.datetime({ offset: true }),
    datacontenttype: z.literal("application/json"),
    data: z.record(z.string(), z.json()),
  })
  .catchall(EXTENSION)
  .refine(
    (event) => Object.keys(event).every((name) => /^[a-z0-9]+$/.test(name)),
    "an attribute's name is a-z and 0-9",
  );

type Written = z.infer<typeof CLOUD_EVENT>;

/** A notice: an id that is the same whenever the same thing is told again, in ISO 8601 when it happened, and to whom. */
export type Notice = Pick<Written, "id" | "source" | "type" | "subject" | "time" | "data">;

/** The event as JSON. @throws z.ZodError when it is no CloudEvent 1.0, which is a fault of the program */
export function encodeCloudEvent(notice: Notice): Uint8Array {
  const event = CLOUD_EVENT.parse({ specversion: "1.0", datacontenttype: "application/json", ...notice });
  return Buffer.from(JSON.stringify(event));
}

export interface NoticeOptions {
  readonly connection: NatsConnectionOptions;
  readonly streams: StreamOptions;
  /** Name of this client in the server's monitoring. */
  readonly name: string;
  readonly connectRetryMsMax: number;
  readonly warn: (message: string) => void;
}

/** Subjects with an unacknowledged notice; beyond it `send` waits. */
const IN_FLIGHT_MAX = 256;

/** Connects and makes the streams of notices where they are absent. @throws UserError when no server answers, or it has no room */
export async function openNotices(options: NoticeOptions): Promise<NoticePublisher> {
  const { name, connectRetryMsMax: retryMsMax } = options;
  const connection = await connectNats(options.connection, { name, retryMsMax });
  try {
    await ensureNoticeStreams(connection, options.streams);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new NoticePublisher(connection, options.warn);
}

/**
 * Publishes notices in the order of the calls a subject. One that the server does not answer is sent again, a quarter of a second later
 * and then ever less often up to four seconds, without end; one that it refuses goes to `notices.dead.v1` with its reason, and the
 * others go on. The message id is that of the event, so what is sent again after a crash is stored once within two hours.
 */
export class NoticePublisher {
  readonly #connection: NatsConnection;
  readonly #publisher: OrderedPublisher;
  #failed = 0;
  #deadLetters = 0;

  constructor(connection: NatsConnection, warn: (message: string) => void) {
    this.#connection = connection;
    this.#publisher = new OrderedPublisher(connection, {
      inFlightMax: IN_FLIGHT_MAX,
      retryMsMax: Number.POSITIVE_INFINITY,
      warn,
      insteadOf: (message, refusal) => this.#refused(message, refusal, warn),
    });
  }

  /** For what else one has to say to the server. */
  get connection(): NatsConnection {
    return this.#connection;
  }

  get totals(): NoticeTotals {
    return { delivered: this.#publisher.counts.messages - this.#deadLetters, failed: this.#failed };
  }

  /** Hands a notice over when there is room for it; `subject` is of `noticeSubject`. Throws when the connection was closed for good. */
  send(subject: string, notice: Notice): Promise<void> {
    return this.#publisher.send({
      subject,
      payload: encodeCloudEvent(notice),
      id: createHash("sha256").update(notice.source).update("\0").update(notice.id).digest("base64url"),
      headers: { "Content-Type": CONTENT_TYPE },
    });
  }

  /** Waits until each notice is in the stream or in the dead letters. */
  drain(): Promise<void> {
    return this.#publisher.drain();
  }

  /** What is not acknowledged by now is left. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  #refused(message: OutgoingMessage, refusal: Error, warn: (text: string) => void): OutgoingMessage | null {
    if (message.subject === NOTICES_DEAD_SUBJECT) {
      this.#deadLetters--;
      return null;
    }
    this.#failed++;
    this.#deadLetters++;
    warn(`a notice is in the dead letters: ${refusal.message}`);
    const reason = encodeURI(refusal.message.split("\n")[0] as string);
    const headers = { ...message.headers, [REASON_HEADER]: reason, [ORIGIN_HEADER]: message.subject };
    return { ...message, subject: NOTICES_DEAD_SUBJECT, id: `dead:${message.id}`, headers };
  }
}
