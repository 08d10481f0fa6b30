/**
 * Which stream or file the deliveries of a partition came from, so that a reject found after the event's line is forgotten can still
 * name it. Successive deliveries of one origin are one entry; the oldest goes when there are more than `ORIGINS_MAX`.
 */
export const ORIGINS_MAX = 1_024;

/** An origin, and the first delivery that came from it. */
export interface OriginFrom {
  readonly sequence: number;
  readonly name: string;
}

export class Origins {
  /** By sequence. */
  entries: OriginFrom[] = [];

  /**
   * @param origin of a delivery: `file:PATH`, or `nats:SUBJECT:SEQUENCE`, of which the subject names the stream
   */
  note(sequence: number, origin: string): void {
    const suffix = `:${sequence}`;
    const name = origin.startsWith("nats:") && origin.endsWith(suffix) ? origin.slice(0, -suffix.length) : origin;
    if (this.entries.at(-1)?.name === name) return;
    this.entries.push({ sequence, name });
    if (this.entries.length > ORIGINS_MAX) this.entries.shift();
  }

  /** The origin of a delivery; empty when it is forgotten. */
  of(sequence: number): string {
    return this.entries.findLast((entry) => entry.sequence <= sequence)?.name ?? "";
  }
}
