/**
 * One checked event on its way into a batch. Readers keep one such record and fill it anew for every row, so nothing is allocated
 * a row. Words are unsigned 32-bit halves of 64-bit values.
 */
export interface SignalEvent {
  /** Event time in epoch ms. */
  timeMs: number;
  subscriberHi: number;
  subscriberLo: number;
  /** Packed cell key (see identity.ts). */
  cellHi: number;
  cellLo: number;
  /** Index into KINDS. */
  kind: number;
  /** Packed home PLMN, 0 where the event names none. */
  plmn: number;
  /** Type allocation code, 0 where absent. */
  tac: number;
  hasPeer: boolean;
  peerHi: number;
  peerLo: number;
  /** Line of the file or row of the message. */
  rowNumber: number;
}

export function newSignalEvent(): SignalEvent {
  return {
    timeMs: 0,
    subscriberHi: 0,
    subscriberLo: 0,
    cellHi: 0,
    cellLo: 0,
    kind: 0,
    plmn: 0,
    tac: 0,
    hasPeer: false,
    peerHi: 0,
    peerLo: 0,
    rowNumber: 0,
  };
}

/** No signalling of ours is older: 2000-01-01T00:00:00Z in epoch ms. */
export const TIME_MIN_MS = 946_684_800_000;

/** Highest type allocation code: eight decimal digits (3GPP TS 23.003, 6.2.1). */
export const TAC_MAX = 99_999_999;

/** The wall clock against which event times are judged, given by the edge because the pure ring has no clock. */
export interface TimeLimits {
  /** Now, in epoch ms. */
  readonly nowMs: number;
  /** How far a producer's clock may run ahead of ours. */
  readonly aheadMsMax: number;
}

/** Whether an event time (epoch ms) can be true: whole, not before 2000, not after now and the tolerance. NaN is not. */
export function isTimeInRange(timeMs: number, limits: TimeLimits): boolean {
  return timeMs >= TIME_MIN_MS && timeMs <= limits.nowMs + limits.aheadMsMax && Number.isInteger(timeMs);
}
