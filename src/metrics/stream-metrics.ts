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
  readonly rejected: Partial<Record<Reason, number>>;
}

/** Counters that are read from others' totals at each scrape; 0 until there is somebody to ask. */
export interface StreamMetrics {
  observeStream(totals: StreamTotals): void;
  observeIngest(totals: IngestTotals): void;
}

export function streamMetrics(registry: Registry): StreamMetrics {
  let stream: StreamTotals = { messages: 0, deadLetters: 0, reconnects: 0, lostMax: 0 };
  let ingest: IngestTotals = { messages: 0, events: 0, rejected: {} };
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
  return {
    observeStream: (totals) => {
      stream = totals;
    },
    observeIngest: (totals) => {
      ingest = totals;
    },
  };
}
