import { planDay } from "./agenda.js";
import { DAY_MS, dateOfDay, dayOfDate, dayStartMs, HOUR_MS, MINUTE_MS } from "./calendar.js";
import { contactsOf } from "./contacts.js";
import type { DayContext } from "./day-context.js";
import { deliver } from "./dirt.js";
import { guangzhou } from "./guangzhou/city.js";
import { cityFiles } from "./guangzhou/files.js";
import { type CityEventPlan, happenings } from "./happenings.js";
import { Life } from "./life.js";
import { resolveOptions } from "./option-check.js";
import type { PartialOptions, SimulationOptions } from "./options.js";
import type { Person } from "./person.js";
import { Places } from "./places.js";
import { Population } from "./population.js";
import { Radio } from "./radio.js";
import { Random } from "./random.js";
import { Regions } from "./regions.js";
import { RowBuffer } from "./row-buffer.js";
import { rowText, type SignallingRow } from "./rows.js";
import { Phone } from "./traffic.js";
import { Travel } from "./travel.js";
import { Truth } from "./truth.js";
import { rolesOf } from "./truth-roles.js";

/** Days change at three at night, when nearly everybody rests. */
const DAY_TURN_MS = 3 * HOUR_MS;
const BATCH_ROWS = 8192;
/** Events of the city listed ahead by a simulation without an end, days. */
const ENDLESS_EVENT_DAYS = 400;

/** One simulated day of signalling. */
export interface SimulatedDay {
  /** Local date `YYYY-MM-DD`. */
  readonly date: string;
  /** Number of rows. */
  readonly rows: number;
  /** The rows in order of arrival, some thousands at a time. To be read before the next day is asked for. */
  batches(): Generator<SignallingRow[]>;
}

/**
 * A simulated city: people who live their days, phones that are heard now and then, and the truth about both. The same options give the
 * same rows. Memory holds the people, one day of rows and the last 28 days of truth, however long it runs.
 */
export class Simulation {
  readonly options: SimulationOptions;
  readonly truth: Truth;
  readonly events: readonly CityEventPlan[];
  readonly people: readonly Person[];
  readonly #plan = guangzhou();
  readonly #places: Places;
  readonly #lives: Life[];
  readonly #phones: Phone[];
  readonly #firstDay: number;

  constructor(given: PartialOptions) {
    const options = resolveOptions(given);
    this.options = options;
    const first = dayOfDate(options.start);
    this.#firstDay = first;
    const eventDays = Number.isFinite(options.days) ? options.days : ENDLESS_EVENT_DAYS;
    this.events = happenings(this.#plan, first, eventDays, options.happenings);
    this.#places = new Places(this.#plan);
    const travel = new Travel(this.#places);
    this.people = new Population(this.#plan, this.#places, travel, options).people;
    const radio = new Radio(this.#plan, options.radio, options.siteShare);
    this.truth = new Truth(
      { plan: this.#plan, events: this.events, regions: new Regions(this.#plan, radio) },
      first,
      this.people,
      dayStartMs(first + options.days),
    );
    this.#lives = this.people.map((person) => new Life(person, dayStartMs(first), travel, this.truth));
    this.#phones = this.#lives.map((life) => new Phone(life, this.#plan, radio, options.traffic));
  }

  /** The city folder by file name. */
  cityFiles(): Map<string, string> {
    return cityFiles(this.#plan, this.events);
  }

  /** Lines of `truth_roles.csv`: the role of each person, then what else the person is by way of lookalikes. */
  *roles(): Generator<string> {
    for (const person of this.people)
      for (const role of rolesOf(person, this.#firstDay, this.#plan, this.#places)) yield `${person.id},${role}\n`;
  }

  /** The days in order; each takes up the lives where the last left them, so this can be walked through once. */
  *days(): Generator<SimulatedDay> {
    const { days } = this.options;
    let waiting = new RowBuffer();
    for (let i = 0; i < days; i++) {
      const day = this.#firstDay + i;
      const last = i === days - 1;
      const fromMs = dayStartMs(day) + (i === 0 ? 0 : DAY_TURN_MS);
      const toMs = last ? dayStartMs(day + 1) : dayStartMs(day + 1) + DAY_TURN_MS;
      const rows = this.#runDay(day, fromMs, toMs);
      for (let row = 0; row < waiting.count; row++) rows.take(waiting, row);
      waiting = new RowBuffer();
      yield this.#deliverDay(rows, day, last ? Number.POSITIVE_INFINITY : toMs, waiting);
    }
    if (Number.isFinite(days)) this.truth.finish(this.#lives, dayStartMs(this.#firstDay + days));
  }

  #runDay(day: number, fromMs: number, toMs: number): RowBuffer {
    const { seed, dirt, habits, traffic } = this.options;
    const baseMs = dayStartMs(day);
    const events = [...this.events.entries()].filter(
      ([, event]) => event.startMs >= baseMs && event.startMs < baseMs + DAY_MS,
    );
    const contacts = contactsOf(this.people, day, new Random(seed, `contacts ${day}`));
    const sound = new RowBuffer();
    for (const [index, life] of this.#lives.entries()) {
      const random = new Random(seed, `day ${day} person ${index}`);
      const context: DayContext = {
        day,
        baseMs,
        places: this.#places,
        events,
        random,
        hoursSigmaMs: habits.hoursSigmaMinutes * MINUTE_MS,
        homeOfficeShare: habits.homeOfficeShare,
      };
      life.person.home = homeOn(life.person, day);
      life.follow(planDay(life.person, context, life.busyUntilMs), random);
      const before = sound.count;
      if (traffic.eventsPerDayMax > 0) this.#phones[index]?.run(fromMs, toMs, contacts[index] ?? [], random, sound);
      sound.thin(before, traffic.eventsPerDayMax, random);
      life.forget(toMs);
    }
    this.truth.forget(day);
    return deliver(sound, this.#plan.cells.length, dirt, new Random(seed, `dirt ${day}`));
  }

  /** Rows that arrive by the end of the day; the rest waits for the next. */
  #deliverDay(rows: RowBuffer, day: number, untilMs: number, waiting: RowBuffer): SimulatedDay {
    const order = rows.byArrival();
    let count = rows.count;
    while (count > 0 && (rows.arrivalMs[order[count - 1] as number] as number) >= untilMs) count--;
    for (let i = count; i < rows.count; i++) waiting.take(rows, order[i] as number);
    const plan = this.#plan;
    const people = this.people;
    function* batches(): Generator<SignallingRow[]> {
      for (let start = 0; start < count; start += BATCH_ROWS) {
        const batch: SignallingRow[] = [];
        for (let i = start; i < Math.min(count, start + BATCH_ROWS); i++)
          batch.push(rowText(rows, order[i] as number, plan, people));
        yield batch;
      }
    }
    return { date: dateOfDay(day), rows: count, batches };
  }
}

/** Where the person lives on the day: people move once at most. */
function homeOn(person: Person, day: number): Person["home"] {
  return person.nextHome !== null && day >= person.moveDay ? person.nextHome : person.home;
}
