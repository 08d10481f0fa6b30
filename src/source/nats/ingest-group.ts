import type { JsMsg } from "@nats-io/jetstream";
import type { EventBatch } from "../../signal/batch.js";
import { BatchBuilder } from "../../signal/batch-builder.js";
import { newSignalEvent } from "../../signal/event.js";
import type { Exclusion } from "../../signal/exclusion.js";
import { partitionOf } from "../../signal/identity.js";
import type { Reject } from "../../signal/reason.js";
import { encodeColumnar } from "../../signal/wire.js";
import { parseJsonEvent } from "../json-row.js";
import type { RowContext } from "../row.js";
import { deadRows } from "./dead-letter.js";
import { messageId, type OutgoingMessage } from "./ordered-publisher.js";
import { partitionSubject } from "./subjects.js";

export interface IngestGroupOptions {
  readonly partitions: number;
  readonly rowsPerBatch: number;
  /** Messages of one group arrived at the server within one window of this length. */
  readonly windowMs: number;
}

/** Bytes of JSON in a group; beyond them it is complete. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;
const NANOS_PER_MS = 1_000_000;

/**
 * JSON messages that are republished together, with their events sorted into partitions. Which messages make a group follows from what
 * the stream says of them (when they arrived, their order, their length) and not from when they are read: after a crash the same
 * groups are made again, their batches have the same ids, and the stream keeps one of each.
 */
export class IngestGroup {
  readonly messages: JsMsg[] = [];
  readonly rejects: Reject[] = [];
  events = 0;
  /** Lines dropped for their subscriber. */
  excluded = 0;
  readonly #options: IngestGroupOptions;
  readonly #builders: BatchBuilder[];
  #batches: { readonly partition: number; readonly batch: EventBatch }[] = [];
  #deadLetters: OutgoingMessage[] = [];
  #bytes = 0;
  readonly #event = newSignalEvent();

  constructor(options: IngestGroupOptions) {
    this.#options = options;
    this.#builders = Array.from({ length: options.partitions }, () => new BatchBuilder(options.rowsPerBatch));
  }

  /** Whether the message belongs to this group, as any does to an empty one. */
  takes(message: JsMsg): boolean {
    const first = this.messages[0];
    if (first === undefined) return true;
    return this.#window(first) === this.#window(message) && this.#bytes + message.data.length <= GROUP_BYTES_MAX;
  }

  /**
   * Reads the lines of a message: one JSON object a line, empty lines passed over. Of those who are excluded nothing goes on, neither an event
   * nor a refused line; where one is the other party, the event goes on without it.
   */
  add(message: JsMsg, context: RowContext, exclusion: Exclusion): void {
    this.messages.push(message);
    this.#bytes += message.data.length;
    const origin = `nats:${message.subject}:${message.seq}`;
    const rejects: Reject[] = [];
    const lines = Buffer.from(message.data).toString("utf8").split("\n");
    for (let line = 0; line < lines.length; line++) {
      const text = (lines[line] as string).trim();
      if (text === "") continue;
      const reject = parseJsonEvent(text, `${origin}:${line}`, this.#event, context);
      if (reject !== null) this.#addReject(reject, rejects, context.nowMs, exclusion);
      else if (this.#isTaken(context.nowMs, exclusion)) this.#addEvent();
      else this.excluded++;
    }
    this.rejects.push(...rejects);
    this.#deadLetters.push(...deadRows(rejects, { origin, sequence: message.seq }));
  }

  #addReject(reject: Reject, rejects: Reject[], sentMs: number, exclusion: Exclusion): void {
    const judged = exclusion.size === 0 ? null : exclusion.judgeRaw(reject.raw, sentMs);
    if (judged?.kind === "drop") this.excluded++;
    else rejects.push(judged?.kind === "change" ? { ...reject, raw: judged.raw } : reject);
  }

  /** Judges the event in hand, and takes an excluded peer out of it. */
  #isTaken(sentMs: number, exclusion: Exclusion): boolean {
    const event = this.#event;
    if (exclusion.size === 0) return true;
    if (exclusion.excludes(event.subscriberHi, event.subscriberLo, sentMs)) return false;
    if (event.hasPeer && exclusion.excludes(event.peerHi, event.peerLo, sentMs)) event.hasPeer = false;
    return true;
  }

  /** What is to be published for this group, and empties it of it. Ids name the group by its first and last message. */
  *outgoing(): Generator<OutgoingMessage> {
    yield* this.#deadLetters;
    for (let partition = 0; partition < this.#builders.length; partition++) {
      this.#keep(partition, (this.#builders[partition] as BatchBuilder).take());
    }
    const name = `json:${this.messages[0]?.seq}-${this.messages.at(-1)?.seq}`;
    for (const [number, { partition, batch }] of this.#batches.entries()) {
      const payload = encodeColumnar(batch);
      yield { subject: partitionSubject(partition), payload, id: messageId(`${name}:${number}`, payload) };
    }
  }

  clear(): void {
    this.messages.length = 0;
    this.rejects.length = 0;
    this.events = 0;
    this.excluded = 0;
    this.#batches = [];
    this.#deadLetters = [];
    this.#bytes = 0;
  }

  #window(message: JsMsg): number {
    return Math.floor(message.info.timestampNanos / NANOS_PER_MS / this.#options.windowMs);
  }

  #addEvent(): void {
    const event = this.#event;
    const partition = partitionOf(event.subscriberHi, event.subscriberLo, this.#options.partitions);
    event.rowNumber = this.events++;
    this.#keep(partition, (this.#builders[partition] as BatchBuilder).add(event));
  }

  #keep(partition: number, batch: EventBatch | null): void {
    if (batch !== null) this.#batches.push({ partition, batch });
  }
}
