/**
 * The `raw` text of a reject: the event's fields as JSON, for a person who looks for the fault. Subscriber and peer come here as
 * pseudonyms already. Any other field can still hold an identity when columns were swapped (an IMSI where the TAC belongs, a
 * number where the time belongs), so a field is shown only where it looks like what it should be, else by its length.
 */
export interface RawEvent {
  readonly time: string;
  /** Decimal pseudonym, empty where there was no subscriber. */
  readonly subscriber: string;
  readonly cell: string;
  readonly kind: string;
  /** Decimal pseudonym. */
  readonly peer?: string;
  readonly tac?: string;
  readonly home_plmn?: string;
}

const TIME_SHAPE = /^[\d:.,TZ+ /-]{1,40}$/i;
/** Its longest number has 9 digits in 2G to 4G and 11 in 5G. */
const NAMED_CELL_SHAPE = /^(e?cgi:(?!.*\d{10})|ncgi:(?!.*\d{12}))[\d-]{1,40}$/i;
const BARE_CELL_SHAPE = /^[\d-]{1,40}$/;
const KIND_SHAPE = /^[a-z_ -]{1,32}$/i;
const TAC_SHAPE = /^\d{1,9}$/;
const PLMN_SHAPE = /^[\d-]{1,8}$/;
/** An MSISDN has 10 digits or more, an IMSI or IMEI 15. */
const LONG_NUMBER = /\d{10}/;
const EPOCH_MS = /^\d{12,13}$/;
const EPOCH_MS_SHOWN_MIN = 946_684_800_000;
const EPOCH_MS_SHOWN_MAX = 4_102_444_800_000;

/** JSON of the fields in the order of the signalling files; absent fields are left out. */
export function rawEvent(event: RawEvent): string {
  return JSON.stringify({
    time: isShownTime(event.time) ? event.time : lengthOf(event.time),
    subscriber: event.subscriber,
    cell: isShownCell(event.cell) ? event.cell : lengthOf(event.cell),
    kind: shown(event.kind, KIND_SHAPE),
    ...(event.peer === undefined ? {} : { peer: event.peer }),
    ...(event.tac === undefined ? {} : { tac: shown(event.tac, TAC_SHAPE) }),
    ...(event.home_plmn === undefined ? {} : { home_plmn: shown(event.home_plmn, PLMN_SHAPE) }),
  });
}

/** The `raw` text of what could not be told apart into fields: nothing of it, for any part may be an identity. */
export function rawLength(bytes: number, fault: string): string {
  return JSON.stringify({ bytes, fault });
}

/** An epoch time as ISO 8601, or as the bare number where no date can show it. */
export function rawTime(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}

function shown(text: string, shape: RegExp): string {
  return text === "" || (shape.test(text) && !LONG_NUMBER.test(text)) ? text : lengthOf(text);
}

function isShownTime(text: string): boolean {
  if (text === "") return true;
  if (EPOCH_MS.test(text)) return Number(text) >= EPOCH_MS_SHOWN_MIN && Number(text) <= EPOCH_MS_SHOWN_MAX;
  return TIME_SHAPE.test(text) && !LONG_NUMBER.test(text);
}

function isShownCell(text: string): boolean {
  return text === "" || NAMED_CELL_SHAPE.test(text) || (BARE_CELL_SHAPE.test(text) && !LONG_NUMBER.test(text));
}

function lengthOf(text: string): string {
  return `(${text.length} characters)`;
}
