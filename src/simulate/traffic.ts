import { DAY_MS, dayOfMs, dayStartMs, HOUR_MS } from "./calendar.js";
import { CONTACT_SHARE, type Contact, HOURLY, HOURLY_SUM, KIND, NO_PEER } from "./contacts.js";
import type { CityPlan } from "./guangzhou/plan.js";
import type { Life } from "./life.js";
import type { TrafficOptions } from "./options.js";
import type { Segment } from "./person.js";
import type { Radio } from "./radio.js";
import type { Random } from "./random.js";
import { roomOf } from "./regions.js";
import type { RowBuffer } from "./row-buffer.js";

const ASLEEP_FACTOR = 0.1;
const CROSSING_STEP_M = 900;
const MOVING_GRID_M = 180;
const TRACKING_AREAS_KEPT = 3;

/** The phone of one person: when it is heard, and by which cell. */
export class Phone {
  readonly #life: Life;
  readonly #plan: CityPlan;
  readonly #radio: Radio;
  readonly #options: TrafficOptions;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastCell = -1;
  /** Tracking areas (level-2 regions) in which the phone may move unheard. */
  #areas: number[] = [];
  #offUntilMs = Number.NEGATIVE_INFINITY;

  constructor(life: Life, plan: CityPlan, radio: Radio, options: TrafficOptions) {
    this.#life = life;
    this.#plan = plan;
    this.#radio = radio;
    this.#options = options;
  }

  /** Writes the events of a window into the buffer. The life must be planned beyond it. */
  run(fromMs: number, toMs: number, contacts: readonly Contact[], random: Random, rows: RowBuffer): void {
    const wishes = this.#wishes(fromMs, toMs, contacts, random);
    const off = this.#offInterval(fromMs, random);
    const { segments } = this.#life;
    let next = 0;
    for (const segment of segments) {
      if (segment.startMs >= toMs) break;
      const startMs = Math.max(fromMs, segment.startMs);
      const endMs = Math.min(toMs, segment.endMs);
      if (endMs <= startMs) continue;
      if (segment.away) {
        while (next < wishes.length && (wishes[next] as Contact).ms < endMs) next++;
        this.#lastMs = Number.NEGATIVE_INFINITY;
        this.#areas = [];
        continue;
      }
      if (segment.visit === null) this.#crossings(segment, startMs, endMs, off, random, rows);
      for (; next < wishes.length && (wishes[next] as Contact).ms < endMs; next++) {
        const wish = wishes[next] as Contact;
        if (this.#isOff(wish.ms, off)) continue;
        this.#idle(segment, startMs, wish.ms, off, random, rows);
        this.#hear(segment, wish.ms, wish.kind, wish.peer, random, rows);
      }
      this.#idle(segment, startMs, endMs, off, random, rows);
    }
  }

  /** Bursts of use, uneven over the day, and the given calls and messages, in order of time. */
  #wishes(fromMs: number, toMs: number, contacts: readonly Contact[], random: Random): Contact[] {
    const { burstEvents, burstGapSeconds } = this.#options;
    const bursts = (this.#life.person.eventsPerDay * (1 - CONTACT_SHARE)) / burstEvents;
    const wishes: Contact[] = [];
    for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
      const hour = Math.floor(((hourMs - dayStartMs(dayOfMs(hourMs))) % DAY_MS) / HOUR_MS);
      const rhythm = (hour + 24 - Math.round(this.#life.person.lookalike.lateHours)) % 24;
      const asleep = this.#life.asleep(hourMs + HOUR_MS / 2) ? ASLEEP_FACTOR : 1;
      const gapMs = (HOUR_MS * HOURLY_SUM) / (bursts * asleep * (HOURLY[rhythm] as number));
      for (
        let ms = hourMs + random.exponential(gapMs);
        ms < Math.min(toMs, hourMs + HOUR_MS);
        ms += random.exponential(gapMs)
      ) {
        addBurst(wishes, ms, toMs, burstEvents, burstGapSeconds, random);
      }
    }
    for (const contact of contacts) if (contact.ms >= fromMs && contact.ms < toMs) wishes.push(contact);
    return wishes.sort((a, b) => a.ms - b.ms);
  }

  /** When the phone is off in the window: at night by habit, or now and then for some hours. Empty intervals end before they begin. */
  #offInterval(fromMs: number, random: Random): readonly [number, number] {
    const { person } = this.#life;
    const day = dayOfMs(fromMs + 2 * HOUR_MS);
    if (person.phoneOffAtNight && person.nights === "never") {
      return [
        dayStartMs(day) + (person.sleepHour + 0.3) * HOUR_MS,
        dayStartMs(day + 1) + (person.wakeHour + 0.2) * HOUR_MS,
      ];
    }
    if (!random.chance(this.#options.phoneOffShare)) return [0, 0];
    const start = fromMs + random.range(0, 20) * HOUR_MS;
    return [start, start + random.range(0.7, random.chance(0.15) ? 40 : 6) * HOUR_MS];
  }

  #isOff(ms: number, off: readonly [number, number]): boolean {
    return ms < this.#offUntilMs || (ms >= off[0] && ms < off[1]);
  }

  /** Periodic updates of a phone that is not used until `untilMs`, and switching it off and on. */
  #idle(
    segment: Segment,
    startMs: number,
    untilMs: number,
    off: readonly [number, number],
    random: Random,
    rows: RowBuffer,
  ): void {
    if (this.#offUntilMs < startMs) this.#offUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#offUntilMs >= startMs && this.#offUntilMs < untilMs) {
      const backMs = this.#offUntilMs;
      this.#offUntilMs = Number.NEGATIVE_INFINITY;
      this.#hear(segment, backMs, KIND.attach, NO_PEER, random, rows);
    }
    if (
      off[0] >= startMs &&
      off[0] < untilMs &&
      off[0] > this.#lastMs &&
      this.#offUntilMs === Number.NEGATIVE_INFINITY
    ) {
      this.#updates(segment, startMs, off[0], random, rows);
      if (random.chance(0.6)) this.#hear(segment, off[0], KIND.detach, NO_PEER, random, rows);
      this.#offUntilMs = off[1];
      if (off[1] < untilMs) this.#idle(segment, off[1], untilMs, [0, 0], random, rows);
      return;
    }
    if (this.#offUntilMs < untilMs) this.#updates(segment, startMs, untilMs, random, rows);
  }

  #updates(segment: Segment, startMs: number, untilMs: number, random: Random, rows: RowBuffer): void {
    const { timerMs } = this.#life.person;
    if (this.#lastMs === Number.NEGATIVE_INFINITY)
      this.#hear(segment, startMs + random.range(1, 20) * 1000, KIND.tau, NO_PEER, random, rows);
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return;
    for (let ms = this.#lastMs + timerMs; ms < untilMs; ms += timerMs) {
      if (ms >= startMs) this.#hear(segment, ms, KIND.tau, NO_PEER, random, rows);
    }
  }

  /** A tracking area update wherever a ride enters an area that the phone was not registered for. */
  #crossings(
    segment: Segment,
    startMs: number,
    endMs: number,
    off: readonly [number, number],
    random: Random,
    rows: RowBuffer,
  ): void {
    const metres = Math.hypot(segment.x1 - segment.x0, segment.y1 - segment.y0);
    const steps = Math.ceil(metres / CROSSING_STEP_M);
    for (let i = 1; i <= steps; i++) {
      const ms = segment.startMs + ((segment.endMs - segment.startMs) * (i - random.next())) / steps;
      if (ms <= startMs || ms >= endMs || this.#isOff(ms, off)) continue;
      const cell = this.#serve(segment, ms, random);
      if (cell >= 0 && !this.#areas.includes(this.#areaOf(cell))) this.#emit(ms, cell, KIND.tau, NO_PEER, rows);
    }
  }

  #hear(segment: Segment, ms: number, kind: number, peer: number, random: Random, rows: RowBuffer): void {
    const cell = this.#serve(segment, ms, random);
    if (cell < 0) return;
    const moved =
      segment.visit === null && kind === KIND.data && cell !== this.#lastCell && ms - this.#lastMs < 120_000;
    this.#emit(ms, cell, moved ? KIND.handover : kind, peer, rows);
  }

  #emit(ms: number, cell: number, kind: number, peer: number, rows: RowBuffer): void {
    rows.add(ms, this.#life.person.index, cell, kind, peer);
    this.#lastMs = Math.max(this.#lastMs, ms);
    this.#lastCell = cell;
    const area = this.#areaOf(cell);
    if (this.#areas.includes(area)) return;
    this.#areas.push(area);
    if (this.#areas.length > TRACKING_AREAS_KEPT) this.#areas.shift();
  }

  /** Where the phone is within the segment, and which cell serves it there now. */
  #serve(segment: Segment, ms: number, random: Random): number {
    const { person } = this.#life;
    const place = segment.visit?.place;
    const lastAgeSeconds = Math.max(0, (ms - this.#lastMs) / 1000);
    const { generations } = person;
    const hour = Math.floor(ms / HOUR_MS);
    if (place === undefined) {
      const share = (ms - segment.startMs) / (segment.endMs - segment.startMs);
      const x = onGrid(segment.x0 + share * (segment.x1 - segment.x0));
      const y = onGrid(segment.y0 + share * (segment.y1 - segment.y0));
      const room = Math.floor(ms / 1000);
      const near = this.#radio.candidates(x, y, segment.venue);
      return this.#radio.serve(near, { room, hour, generations, last: this.#lastCell, lastAgeSeconds }, random);
    }
    const wander = wanderOf(segment);
    const near = this.#radio.candidates(
      place.x + wander * random.normal(),
      place.y + wander * random.normal(),
      segment.venue,
    );
    const room = roomOf(person, place);
    return this.#radio.serve(near, { room, hour, generations, last: this.#lastCell, lastAgeSeconds }, random);
  }

  #areaOf(cell: number): number {
    const { regions, cells } = this.#plan;
    const area = regions[cells[cell]?.region ?? -1]?.parent ?? -1;
    return regions[area]?.parent ?? -1;
  }
}

/** Somebody on the move meets the radio field on a coarser grid, which saves most of the work of computing it. */
function onGrid(metres: number): number {
  return (Math.floor(metres / MOVING_GRID_M) + 0.5) * MOVING_GRID_M;
}

/** How much somebody walks about within a stay, metres. */
function wanderOf(segment: Segment): number {
  const purpose = segment.visit?.purpose;
  if (purpose === "mall" || purpose === "passage" || purpose === "leisure") return 35;
  return purpose === "home" ? 4 : 12;
}

function addBurst(
  wishes: Contact[],
  startMs: number,
  toMs: number,
  meanEvents: number,
  gapSeconds: number,
  random: Random,
): void {
  const message = random.chance(0.06);
  let ms = startMs;
  let kind: number = message ? KIND.smsIn : KIND.service;
  do {
    wishes.push({ ms, kind, peer: message && kind === KIND.smsIn ? -1 - random.int(40) : NO_PEER });
    kind = KIND.data;
    ms += 500 + random.exponential(gapSeconds * 1000);
  } while (ms < toMs && !random.chance(1 / meanEvents));
}
