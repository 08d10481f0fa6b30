/**
 * The event-time clock of one partition. The watermark is the latest believed event time less the allowed lateness: what is older is
 * late. An event further ahead than the lateness would make its contemporaries late, so it is not believed alone: it is parked until
 * `CONFIRMING_EVENTS` in a row say the same (the stream was silent and goes on), and given up when the stream goes on without it (a
 * sender's clock is wrong).
 */
export const CONFIRMING_EVENTS = 16;
/** A parked event is given up once this many events were taken after it. */
const PARKED_FOR_EVENTS = 4_096;
const PARKED_MAX = 1_024;
/** At the end of a stream nobody is left to confirm: a parked event that others contradict is believed when it follows within this. */
const CLOSING_GAP_MS = 24 * 3_600_000;

export interface ParkedEvent {
  readonly timeMs: number;
  readonly slot: number;
  readonly cell: number;
  readonly kind: number;
  readonly reference: number;
  /** `taken` of the clock when the event was parked. */
  readonly parkedAt: number;
  /** Another event was parked after it that lies before it by more than the lateness. */
  isOvertaken: boolean;
}

/** An event as it comes to be parked. */
export type AheadEvent = Omit<ParkedEvent, "parkedAt" | "isOvertaken">;

/** What to do with an event: take it into the buffer, refuse it as late, or park it. */
export type Judgement = "take" | "late" | "park";

export interface ClockState {
  latestMs: number;
  taken: number;
  aheadInRow: number;
  parked: ParkedEvent[];
}

export class StreamClock {
  private readonly latenessMs: number;
  state: ClockState = { latestMs: Number.NEGATIVE_INFINITY, taken: 0, aheadInRow: 0, parked: [] };

  constructor(latenessMs: number) {
    this.latenessMs = latenessMs;
  }

  /** Nothing older than this is taken any more; -Infinity before the first belief. */
  get watermarkMs(): number {
    return this.state.latestMs - this.latenessMs;
  }

  judge(timeMs: number): Judgement {
    const { state } = this;
    if (timeMs > state.latestMs + this.latenessMs) return "park";
    if (timeMs < this.watermarkMs) return "late";
    state.aheadInRow = 0;
    state.taken++;
    if (timeMs > state.latestMs) state.latestMs = timeMs;
    return "take";
  }

  /** Whether it would take events between these times, whatever their order. */
  takesAll(fromMs: number, toMs: number): boolean {
    const { latestMs } = this.state;
    return toMs <= latestMs + this.latenessMs && fromMs >= Math.max(latestMs, toMs) - this.latenessMs;
  }

  /** Takes so many of those events, of which the latest is of `latestMs`: what `judge` does one by one. */
  take(count: number, latestMs: number): void {
    const { state } = this;
    if (count === 0) return;
    state.aheadInRow = 0;
    state.taken += count;
    state.latestMs = Math.max(state.latestMs, latestMs);
  }

  /** The sender says that nothing older than `watermarkMs` will follow. */
  promise(watermarkMs: number): void {
    this.state.latestMs = Math.max(this.state.latestMs, watermarkMs + this.latenessMs);
  }

  /** Parks an event; true when the parked ones now confirm each other, so that `confirmed` should be asked for. */
  park(event: AheadEvent): boolean {
    for (const other of this.state.parked) if (other.timeMs - this.latenessMs > event.timeMs) other.isOvertaken = true;
    this.state.parked.push({ ...event, parkedAt: this.state.taken, isOvertaken: false });
    this.state.aheadInRow++;
    return this.state.aheadInRow >= CONFIRMING_EVENTS;
  }

  /**
   * Moves the clock to the median of the events parked in a row and gives back, in time order, those that it now reaches; the rest stay
   * parked. What was parked before has been contradicted: many events of a wrong clock have no say in where the stream goes on. Late are
   * those that came after one of the stream's own time and lie before it by more than the lateness, as they would be had the clock run.
   */
  confirmed(): { reached: ParkedEvent[]; late: ParkedEvent[] } {
    const row = this.state.parked.slice(-this.state.aheadInRow);
    const sorted = row.toSorted(byTime);
    const medianMs = (sorted[sorted.length >> 1] as ParkedEvent).timeMs;
    const late = new Set<ParkedEvent>();
    let ownMs = Number.NEGATIVE_INFINITY;
    for (const event of row) {
      if (event.timeMs < ownMs - this.latenessMs) late.add(event);
      else if (event.timeMs <= medianMs + this.latenessMs) ownMs = Math.max(ownMs, event.timeMs);
    }
    this.state.parked = this.state.parked.filter((event) => !late.has(event));
    this.state.latestMs = medianMs;
    this.state.aheadInRow = 0;
    return { reached: this.reached(), late: [...late] };
  }

  /** Parked events that the clock has come to, in time order; each may bring it to the next. */
  reached(): ParkedEvent[] {
    const sorted = this.state.parked.toSorted(byTime);
    let count = 0;
    for (const { timeMs } of sorted) {
      if (timeMs > this.state.latestMs + this.latenessMs) break;
      this.state.latestMs = Math.max(this.state.latestMs, timeMs);
      count++;
    }
    if (count === 0) return [];
    const reached = sorted.slice(0, count);
    const { latestMs } = this.state;
    this.state.parked = this.state.parked.filter((event) => event.timeMs > latestMs);
    return reached;
  }

  /** Parked events that nobody confirmed while the stream went on, in the order of arrival. */
  givenUp(): ParkedEvent[] {
    const { parked, taken } = this.state;
    const overflow = parked.length - PARKED_MAX;
    const isGivenUp = (event: ParkedEvent, at: number) => at < overflow || taken - event.parkedAt > PARKED_FOR_EVENTS;
    if (parked.length === 0 || !isGivenUp(parked[0] as ParkedEvent, 0)) return [];
    this.state.parked = parked.filter((event, at) => !isGivenUp(event, at));
    return parked.filter(isGivenUp);
  }

  /**
   * Ends the stream. A parked event is believed when it follows the one before it without a long gap, or when nobody contradicts it:
   * nothing that came after it lies before it by more than the lateness, and nothing before it in time is
   * doubted. In a stream of so few events that none was believed, all are.
   */
  close(): { believed: ParkedEvent[]; doubted: ParkedEvent[] } {
    const sorted = this.state.parked.toSorted(byTime);
    const believed: ParkedEvent[] = [];
    const doubted: ParkedEvent[] = [];
    const hasBegun = this.state.latestMs !== Number.NEGATIVE_INFINITY;
    let reachedMs = this.state.latestMs;
    for (const event of sorted) {
      const isContradicted = event.isOvertaken || event.parkedAt < this.state.taken || doubted.length > 0;
      if (hasBegun && event.timeMs - reachedMs > CLOSING_GAP_MS && isContradicted) {
        doubted.push(event);
        continue;
      }
      believed.push(event);
      reachedMs = Math.max(reachedMs, event.timeMs);
    }
    this.state.latestMs = Math.max(this.state.latestMs, reachedMs);
    this.state.parked = [];
    this.state.aheadInRow = 0;
    return { believed, doubted };
  }
}

function byTime(a: ParkedEvent, b: ParkedEvent): number {
  return a.timeMs - b.timeMs || a.reference - b.reference;
}
