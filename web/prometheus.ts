/** What the page reads of `/metrics`, the text that Prometheus scrapes. */

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** The engine at one moment. */
export interface Pulse {
  readonly atMs: number;
  /** Events read since the process began, rejected ones included. */
  readonly events: number;
  /** Rejected since then by reason, most first, without reasons that had none. */
  readonly rejected: readonly { readonly reason: string; readonly events: number }[];
  /** Messages that wait in the stream. */
  readonly waiting: number;
  /** Event time before which all is decided, of the partition furthest behind; null before the first event. */
  readonly watermarkMs: number | null;
  readonly subscribers: number;
  readonly alarms: readonly string[];
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

function parseMetrics(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined || !name.startsWith("lifecircle_")) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = "", quoted = ""]) => [key, quoted] as const);
    return [{ name, labels: new Map(pairs), value: Number(value) }];
  });
}

/** The state of the engine that a scrape tells. */
export function readPulse(text: string, atMs: number): Pulse {
  const samples = parseMetrics(text);
  const of = (name: string) => samples.filter((sample) => sample.name === name);
  const sum = (name: string) => of(name).reduce((total, { value }) => total + value, 0);
  const delays = of("lifecircle_watermark_delay_seconds").map(({ value }) => value);
  const events = sum("lifecircle_events_total");
  return {
    atMs,
    events,
    rejected: of("lifecircle_rejected_total")
      .map(({ labels, value }) => ({ reason: labels.get("reason") ?? "", events: value }))
      .filter((one) => one.events > 0)
      .sort((a, b) => b.events - a.events),
    waiting: sum("lifecircle_lag_messages"),
    watermarkMs: events === 0 || delays.length === 0 ? null : atMs - Math.max(...delays) * 1000,
    subscribers: sum("lifecircle_subscribers"),
    alarms: of("lifecircle_alarm").flatMap(({ labels, value }) => (value > 0 ? [labels.get("alarm") ?? ""] : [])),
  };
}

/** Events a second between each two of a history; a process that began anew counts from nothing. */
export function ratesOf(history: readonly Pulse[]): number[] {
  return history.slice(1).map((pulse, i) => rate(history[i] as Pulse, pulse));
}

/** Events a second over the last of a history; null while it has no two. */
export function rateOver(history: readonly Pulse[], lastMs: number): number | null {
  const newest = history.at(-1);
  const oldest = history.find(({ atMs }) => newest !== undefined && atMs >= newest.atMs - lastMs);
  return newest === undefined || oldest === undefined || oldest === newest ? null : rate(oldest, newest);
}

function rate(before: Pulse, after: Pulse): number {
  const events = after.events < before.events ? after.events : after.events - before.events;
  return (events / (after.atMs - before.atMs)) * 1000;
}
