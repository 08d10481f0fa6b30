import { Counter, type Registry } from "prom-client";
import { REASON_NAMES, type Reason } from "../signal/reason.js";

/** Running totals of the stream as a source. */
export interface StreamTotals {
  readonly messages: number;
  /** Messages of which something was refused. */
  readonly deadLetters: number;
  readonly reconnects: number;
  /** At most so many messages were dropped by the stream's limits before they were read. */
  readonly lostMax: number;
}

/** Running totals of the JSON ingest edge. */
export interface IngestTotals {
  readonly messages: number;
  readonly events: number;
  readonly excluded: number;
  readonly rejected: Partial<Record<Reason, number>>;
}

/** What notices are made of: each kind has a publisher of its own. */
export const NOTICE_KINDS = ["trigger", "audience"] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Running totals of a publisher of notices. */
export interface NoticeTotals {
  /** Acknowledged by the stream. */
  readonly delivered: number;
  /** Refused by the server; they lie in the dead letters as far as it takes those. */
  readonly failed: number;
}

/** Counters that are read from others' totals at each scrape; 0 until there is somebody to ask. */
export interface StreamMetrics {
  observeStream(totals: StreamTotals): void;
  observeIngest(totals: IngestTotals): void;
  observeNotices(kind: NoticeKind, from: { readonly totals: NoticeTotals }): void;
}

export function streamMetrics(registry: Registry): StreamMetrics {
  let stream: StreamTotals = { messages: 0, deadLetters: 0, reconnects: 0, lostMax: 0 };
  let ingest: IngestTotals = { messages: 0, events: 0, excluded: 0, rejected: {} };
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  total("lifecircle_stream_messages_total", "Messages received from the stream", () => stream.messages);
  total("lifecircle_dead_letters_total", "Messages of which something was refused", () => stream.deadLetters);
  total("lifecircle_stream_reconnects_total", "Connections to the stream that came back", () => stream.reconnects);
  total("lifecircle_stream_lost_total", "Messages dropped unread by the stream, at most", () => stream.lostMax);
  total("lifecircle_ingest_messages_total", "JSON messages that were republished", () => ingest.messages);
  total("lifecircle_ingest_events_total", "Events of these messages", () => ingest.events);
  total(
    "lifecircle_ingest_excluded_total",
    "JSON lines dropped because their subscriber opted out, or was forgotten after they were sent",
    () => ingest.excluded,
  );
  new Counter({
    name: "lifecircle_ingest_rejected_total",
    help: "JSON lines that were refused, by reason",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of REASON_NAMES) this.inc({ reason }, ingest.rejected[reason] ?? 0);
    },
  });
  const notices = new Map<NoticeKind, { readonly totals: NoticeTotals }>();
  noticeCounter(registry, notices);
  return {
    observeStream: (totals) => {
      stream = totals;
    },
    observeIngest: (totals) => {
      ingest = totals;
    },
    observeNotices: (kind, from) => void notices.set(kind, from),
  };
}

function noticeCounter(
  registry: Registry,
  notices: ReadonlyMap<NoticeKind, { readonly totals: NoticeTotals }>,
): Counter {
  return new Counter({
    name: "lifecircle_notices_total",
    help: "Notices that the stream took, and those that it refused",
    labelNames: ["kind", "outcome"],
    registers: [registry],
    collect() {
      this.reset();
      for (const kind of NOTICE_KINDS) {
        const { delivered, failed } = notices.get(kind)?.totals ?? { delivered: 0, failed: 0 };
        this.inc({ kind, outcome: "delivered" }, delivered);
        this.inc({ kind, outcome: "failed" }, failed);
      }
    },
  });
}
