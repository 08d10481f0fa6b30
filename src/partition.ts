import type { AnchorOptions } from "./anchor/anchors.js";
import { CircleState } from "./circle/circle-state.js";
import { type CompiledRules, compiledRules } from "./circle/compile-rules.js";
import type { DayClose } from "./circle/day-close.js";
import { type DiaryEntry, TOUCH } from "./circle/diary.js";
import { diaryLeg, diaryStay } from "./circle/diary-entries.js";
import type { Scratch } from "./circle/packed-runs.js";
import { Presence, type PresenceOptions } from "./circle/presence.js";
import type { RegionCircleOptions } from "./circle/region-rows.js";
import type { CircleRules } from "./circle/rule-schema.js";
import type { VenueGuess } from "./circle/venue-guess.js";
import { cellName } from "./geo/cell-names.js";
import { CATEGORIES, NONE, toLat, toLon } from "./geo/city.js";
import { type H3Lookup, h3LookupOf } from "./geo/h3-lookup.js";
import type { LoadedCity } from "./geo/load.js";
import {
  emptyRowSet,
  type Located,
  type RejectedRow,
  type RowSet,
  type StayRow,
  type Subscriber,
  type TouchedVenue,
} from "./rows.js";
import { KINDS } from "./signal/batch.js";
import { type Exclusion, NOBODY } from "./signal/exclusion.js";
import { formatPseudonym } from "./signal/identity.js";
import { LOPSIDED, type Lopsided } from "./signal/lopsided.js";
import { Origins } from "./signal/origins.js";
import { REASON_NAMES, type Reason } from "./signal/reason.js";
import { SlotSet, slotsBelow } from "./stay/slot-set.js";
import type { FinishedStay, StayLeg, StayOptions, Stays } from "./stay/stays.js";
import { SubscriberTable } from "./stay/subscriber-table.js";
import { type Calendar, createCalendar } from "./time/calendar.js";
import { EventBuffer } from "./time/event-buffer.js";
import { StreamClock } from "./time/stream-clock.js";
import type { TriggerNotice } from "./trigger/notice.js";
import { noOutcomes, OUTCOMES, type Outcome, TriggerWatch } from "./trigger/watch.js";

/** Everything that the derivation is told, besides the city. */
export interface DerivationOptions {
  readonly latenessMs: number;
  readonly stays: StayOptions;
  readonly anchors: AnchorOptions;
  readonly circles: RegionCircleOptions;
  readonly rules: CircleRules;
  readonly presence: PresenceOptions;
  readonly h3Resolution: number;
  /** Where diaries lie that the memory has no room for; without it all are in memory. */
  readonly scratch?: Scratch;
}

/** Below one in four the name of a venue would mislead more than it tells. */
const NAMED_MIN = 0.25;
const NOWHERE: VenueGuess = { venue: NONE, probability: 0 };

/** What was counted since the counts were last taken. */
export interface Counts {
  events: number;
  rejected: Record<Reason, number>;
  pingPong: number;
  stays: number;
  /** Events dropped because their subscriber is on the opt-out list, or was forgotten after they were sent. */
  excluded: number;
  /** Minutes in which one subscriber or one cell sent what many should. */
  lopsided: Record<Lopsided, number>;
  /** What became of what the triggers noticed. */
  triggers: Record<Outcome, number>;
}

export function emptyCounts(): Counts {
  return {
    events: 0,
    rejected: Object.fromEntries(REASON_NAMES.map((reason) => [reason, 0])) as Record<Reason, number>,
    pingPong: 0,
    stays: 0,
    excluded: 0,
    lopsided: { subscriber: 0, cell: 0 },
    triggers: noOutcomes(),
  };
}

export function addCounts(to: Counts, from: Counts): void {
  to.events += from.events;
  to.pingPong += from.pingPong;
  to.stays += from.stays;
  to.excluded += from.excluded;
  for (const what of LOPSIDED) to.lopsided[what] += from.lopsided[what];
  for (const outcome of OUTCOMES) to.triggers[outcome] += from.triggers[outcome];
  for (const reason of REASON_NAMES) to.rejected[reason] += from.rejected[reason];
}

/** An event as a reject names it. */
export interface RejectedEvent {
  readonly timeMs: number;
  readonly subscriberHi: number;
  readonly subscriberLo: number;
  readonly cell: string;
  readonly kind: number | null;
  /** Names the event, the same one in every replay and no other one: the key of the row in the store. */
  readonly source: string;
}

/**
 * The state of one partition of the stream: its subscribers, the events that wait for its watermark, and the rows that wait for the
 * store. Partitions share nobody and nothing, so they are the unit of scale, of checkpoints and of hand-over.
 */
export class Partition {
  readonly number: number;
  readonly options: DerivationOptions;
  readonly clock: StreamClock;
  readonly stays: Stays;
  presence: Presence;
  readonly triggers: TriggerWatch;
  /** What the circles of the rules are made of, and what was told of them. */
  readonly circles: CircleState;
  rules: CompiledRules;
  city: LoadedCity;
  private h3Of: H3Lookup;
  buffer = new EventBuffer();
  origins = new Origins();
  /** City day that is open, -1 before the first event. */
  day = -1;
  /** The close of the day before, while it is under way. */
  closing: DayClose | null = null;
  /** Sequence of the last delivery taken, 0 before the first. */
  sequence = 0;
  /** When the stream took that message, epoch ms; null before the first, and for files. */
  sentMs: number | null = null;
  rows: RowSet = emptyRowSet();
  /** Slots whose record, day heard or vote for a cell has changed since the last snapshot; the diary and the standings know their own. */
  readonly changed = new SlotSet();
  /** Whose events are dropped at admission. */
  exclusion: Exclusion = NOBODY;
  counts: Counts = emptyCounts();

  constructor(number: number, city: LoadedCity, options: DerivationOptions, table = new SubscriberTable()) {
    this.rules = compiledRules(options.rules, city);
    this.number = number;
    this.options = options;
    this.clock = new StreamClock(options.latenessMs);
    this.stays = {
      table,
      cells: city.cells,
      calendar: createCalendar(city.timeZone, city.holidays),
      options: options.stays,
      sink: {
        stay: (stay) => this.addStay(stay),
        leg: (slot, leg) => this.addWay(slot, leg),
        teleport: (slot, timeSec, cell, events) => this.addTeleport(slot, timeSec, cell, events),
      },
      pingPongEvents: 0,
    };
    this.presence = new Presence(city, options.presence);
    this.circles = new CircleState(options.scratch);
    this.triggers = new TriggerWatch(this.stays);
    this.city = city;
    this.h3Of = h3LookupOf(city.plane, options.h3Resolution);
  }

  /** Uses other reference data and rules from now on; what the state says in rows of the old tables is moved by the caller. */
  goTo(city: LoadedCity, rules: CircleRules): void {
    const { windowMinute, heard } = this.presence;
    this.city = city;
    this.h3Of = h3LookupOf(city.plane, this.options.h3Resolution);
    this.rules = compiledRules(rules, city);
    this.stays.cells = city.cells;
    this.stays.calendar = createCalendar(city.timeZone, city.holidays);
    this.presence = Object.assign(new Presence(city, this.options.presence), { windowMinute, heard });
  }

  get calendar(): Calendar {
    return this.stays.calendar;
  }

  reject(reason: Reason, event: RejectedEvent): void {
    this.counts.rejected[reason]++;
    const { timeMs, subscriberHi, subscriberLo, cell, kind, source } = event;
    // JSON put together by hand: there is nothing here to escape, and a dirty feed has many of them.
    const raw =
      `{"time":"${new Date(timeMs).toISOString()}","subscriber":"${formatPseudonym(subscriberHi, subscriberLo)}",` +
      `"cell":"${cell}"${kind === null ? "" : `,"kind":"${KINDS[kind]}"`}}`;
    this.rows.rejected.push({ timeMs, reason, source, raw });
  }

  /** Where the store is told that a stay or anchor is, and at which venue where the best guess is worth a name. */
  located(x: number, y: number, cell: number, guess: VenueGuess | undefined): Located & { venueProbability: number } {
    const { city } = this;
    const lon = toLon(city.plane, x);
    const lat = toLat(city.plane, y);
    const region = city.regions.locate(x, y);
    const { venue, probability } = guess !== undefined && guess.probability >= NAMED_MIN ? guess : NOWHERE;
    const { h3Hi, h3Lo } = this.h3Of(x, y);
    return {
      lon,
      lat,
      h3Hi,
      h3Lo,
      cell: cellName(city, cell),
      region: region < 0 ? "" : (city.regions.id[region] as string),
      venue: venue < 0 ? "" : (city.venues.id[venue] as string),
      category: venue < 0 ? "" : (CATEGORIES[city.venues.category[venue] as number] as string),
      venueProbability: probability,
    };
  }

  /** The row is one plain literal: what begins with a spread is a slow object, and the store encodes it up to ten times slower. */
  private addStay(stay: FinishedStay): void {
    const { table } = this.stays;
    const entry = diaryStay(this, stay);
    const at = this.located(stay.x, stay.y, stay.cell, entry.candidates[0]);
    const row: StayRow = {
      subscriberHi: table.hi(stay.slot),
      subscriberLo: table.lo(stay.slot),
      startMs: stay.startSec * 1000,
      endMs: stay.endSec * 1000,
      lon: at.lon,
      lat: at.lat,
      h3Hi: at.h3Hi,
      h3Lo: at.h3Lo,
      cell: at.cell,
      region: at.region,
      venue: at.venue,
      category: at.category,
      confidence: stay.confidence,
      events: stay.events,
      venueProbability: at.venueProbability,
      arrivalErrorSec: Math.round(stay.arrivalErrorSec),
      departureErrorSec: Math.round(stay.departureErrorSec),
      candidates: entry.candidates.map(({ venue, probability }) => ({
        venue: this.city.venues.id[venue] as string,
        probability,
      })),
    };
    this.rows.stays.push(row);
    this.counts.stays++;
    this.circles.diary.add(stay.slot, entry);
  }

  private addWay(slot: number, leg: StayLeg): void {
    const { table } = this.stays;
    const entries = diaryLeg(this, leg);
    const touched: TouchedVenue[] = [];
    for (const entry of entries) {
      this.circles.diary.add(slot, entry);
      if (entry.kind === TOUCH) this.addTouched(entry, touched);
    }
    const { metro, bus } = entries[entries.length - 1] as DiaryEntry;
    this.rows.ways.push({
      subscriberHi: table.hi(slot),
      subscriberLo: table.lo(slot),
      startMs: leg.startSec * 1000,
      endMs: leg.endSec * 1000,
      metro,
      bus,
      touched,
    });
  }

  private addTouched({ startSec, endSec, candidates }: DiaryEntry, touched: TouchedVenue[]): void {
    for (const { venue, probability } of candidates)
      touched.push({
        venue: this.city.venues.id[venue] as string,
        probability,
        firstMs: startSec * 1000,
        lastMs: endSec * 1000,
      });
  }

  private addTeleport(slot: number, timeSec: number, cell: number, events: number): void {
    const { table } = this.stays;
    const subscriberHi = table.hi(slot);
    const subscriberLo = table.lo(slot);
    const timeMs = timeSec * 1000;
    const name = cellName(this.city, cell);
    // It may have come hours ago, and from another file than the latest; a subscriber has one event a time and cell here.
    const source = ["teleport", formatPseudonym(subscriberHi, subscriberLo), timeMs, name].join(":");
    this.reject("teleport", { timeMs, subscriberHi, subscriberLo, cell: name, kind: null, source });
    this.counts.rejected.teleport += events - 1;
  }

  /** A day is still to be closed for the subscriber. */
  isToBeClosed(slot: number): boolean {
    return this.closing !== null && slot >= this.closing.next && slot < this.closing.count;
  }

  /** All sets of slots that tell what has changed since the last snapshot. */
  get allChanged(): readonly SlotSet[] {
    const { circles, triggers } = this;
    return [this.changed, circles.diary.changed, circles.standings.changed, triggers.visits.changed];
  }

  /** What was saved of anybody says nothing any more. */
  changeAll(): void {
    const all = slotsBelow(this.stays.table.count);
    for (const changed of this.allChanged) changed.addAll(all);
  }

  /** Rows and counts since the last call; the partition goes on with empty ones. */
  take(): { rows: RowSet; counts: Counts } {
    const taken = { rows: this.rows, counts: this.counts };
    // There will be about as many again.
    this.rows = emptyRowSet(taken.rows.presence.length);
    this.counts = emptyCounts();
    taken.counts.pingPong = this.stays.pingPongEvents;
    this.stays.pingPongEvents = 0;
    taken.counts.triggers = this.triggers.outcomes;
    this.triggers.outcomes = noOutcomes();
    return taken;
  }

  /** Notices of triggers since the last call. */
  takeNotices(): TriggerNotice[] {
    const { notices } = this.triggers;
    if (notices.length > 0) this.triggers.notices = [];
    return notices;
  }

  /** Removes a subscriber from all that is held, rows that wait included; false when nothing was held. What was counted stays. */
  forget(hi: number, lo: number): boolean {
    const slot = this.stays.table.remove(hi, lo);
    removeRows(this.rows, hi, lo);
    if (slot < 0) return false;
    this.changed.add(slot);
    this.circles.forget(slot);
    this.triggers.forget(slot, hi, lo);
    this.buffer.forget(slot);
    this.clock.state.parked = this.clock.state.parked.filter((event) => event.slot !== slot);
    if (slot < this.presence.heard.length) this.presence.heard[slot] = 0;
    return true;
  }

  get byteLength(): number {
    return (
      this.stays.table.byteLength +
      this.buffer.byteLength +
      this.presence.byteLength +
      this.circles.byteLength +
      this.triggers.byteLength
    );
  }
}

/** Takes the rows of a subscriber out of every list, and refused events that name it, also as a peer. */
function removeRows(rows: RowSet, hi: number, lo: number): void {
  const name = new RegExp(`(?<!\\d)${formatPseudonym(hi, lo)}(?!\\d)`);
  const isOther = (row: Partial<Subscriber & RejectedRow>) =>
    "raw" in row ? !name.test(`${row.source} ${row.raw}`) : row.subscriberHi !== hi || row.subscriberLo !== lo;
  for (const list of Object.values(rows)) {
    // Presence names nobody.
    if (!Array.isArray(list)) continue;
    const kept = list.filter(isOther);
    list.length = 0;
    for (const row of kept) list.push(row);
  }
}
