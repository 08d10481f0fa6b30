/**
 * When the network tells by the kind of an event that a phone came over into another cell, and what its word is worth: networks hand over
 * at somebody's desk, too, and feeds may name their kinds otherwise.
 */
import { KINDS } from "../signal/batch.js";
import type { Block } from "./block.js";
import { SIGN_PERIOD_16, SIGN_PERIOD_SURE_8, SIGN_TRUST_8 } from "./record.js";
import type { SubscriberTable } from "./subscriber-table.js";

/** No network lets idle phones report themselves more often (T3412 of 3GPP TS 24.301 is 54 minutes unless it says otherwise), seconds. */
const PERIODIC_UPDATE_SEC_MIN = 1800;
const PERIOD_SEC_MAX = 2 ** 16 - 1;
/** The timer starts when a session ends, some seconds after its last event. */
const PERIOD_TOLERANCE_SEC = 60;
/** So many updates of one period more than others tell what the period is; more than the most do not count, since it may be changed. */
const PERIOD_SURE = 4;
const PERIOD_SURE_MAX = 16;
const TAU = KINDS.indexOf("tau");
const HANDOVER = KINDS.indexOf("handover");

/**
 * An event after a silence says that the phone came over into its cell, if it is another than the last: a call or a session was handed
 * over, or a tracking area was entered. The timer of the periodic update, which a phone at rest sends as well, is learnt from the updates.
 */
export function hasMoved(table: SubscriberTable, slot: number, kind: number, silenceSec: number): boolean {
  return kind === HANDOVER || (kind === TAU && isCrossing(table, slot, silenceSec));
}

/** An update that comes sooner than the periodic one. The period is what most updates agree on (Boyer and Moore's majority vote). */
function isCrossing(
  { signHalves: halves, signBytes: bytes }: SubscriberTable,
  slot: number,
  silenceSec: number,
): boolean {
  if (silenceSec < PERIODIC_UPDATE_SEC_MIN) return true;
  if (silenceSec > PERIOD_SEC_MAX) return false;
  const at = slot * 2 + SIGN_PERIOD_16;
  const sureAt = slot * 4 + SIGN_PERIOD_SURE_8;
  const period = halves[at] as number;
  const sure = bytes[sureAt] as number;
  if (Math.abs(silenceSec - period) <= PERIOD_TOLERANCE_SEC) bytes[sureAt] = Math.min(PERIOD_SURE_MAX, sure + 1);
  else if (sure > 0) {
    // A longer silence has lost an event, and says nothing of the period.
    if (silenceSec > period) return false;
    bytes[sureAt] = sure - 1;
    return sure >= PERIOD_SURE;
  } else {
    halves[at] = silenceSec;
    bytes[sureAt] = 1;
  }
  return false;
}

/**
 * Probability that a phone at rest is heard as one that moved: where it has not been for long, the least, and where that happens to
 * one change of cells in twenty-five, or nothing is known yet, the most.
 */
const MOVED_AT_REST_MAX = 0.05;
const MOVED_AT_REST_MIN = 0.003;
const TRUST_MAX = 255;
const TRUST_RISE = 8;
const TRUST_FALL = 200;
const MOVED_AT_REST = Float64Array.from({ length: TRUST_MAX + 1 }, (_, trust) =>
  Math.log(MOVED_AT_REST_MAX * (MOVED_AT_REST_MIN / MOVED_AT_REST_MAX) ** (trust / TRUST_MAX)),
);

/** That probability for a subscriber, as a natural logarithm. */
export function movedAtRest({ signBytes }: SubscriberTable, slot: number): number {
  return MOVED_AT_REST[signBytes[slot * 4 + SIGN_TRUST_8] as number] as number;
}

/** The runs from `from` up to `to` were heard at rest: those in another cell than the one before tell what the network's word is worth. */
export function learnAtRest(
  { signBytes: bytes }: SubscriberTable,
  slot: number,
  block: Block,
  from: number,
  to: number,
): void {
  const at = slot * 4 + SIGN_TRUST_8;
  let trust = bytes[at] as number;
  for (let i = from + 1; i < to; i++) {
    if (block.row[i] === block.row[i - 1]) continue;
    trust = block.moved[i] === 0 ? Math.min(TRUST_MAX, trust + TRUST_RISE) : Math.max(0, trust - TRUST_FALL);
  }
  bytes[at] = trust;
}
