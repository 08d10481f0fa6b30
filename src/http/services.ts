import type { KnownNames } from "../audience/known-names.js";
import type { CircleRules } from "../circle/rule-schema.js";
import type { City } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import type { Disclosure } from "../insight/disclosure.js";
import type { NoticePublisher } from "../source/nats/cloud-events.js";
import type { AudienceIndex, ExcludedNow } from "../store/audience-index.js";
import type { StoreClient } from "../store/client.js";
import type { Freshness } from "../store/fresh-audiences.js";
import type { ToldRegister } from "../store/told-register.js";
import type { Calendar } from "../time/calendar.js";
import type { Principal } from "./access/principal.js";
import type { Ask, AskNumbers, Parameters } from "./ask.js";
import { regionsBelow } from "./regions.js";
import type { TablesNow } from "./tables-now.js";

/** What answers are made with. */
export interface Services {
  readonly store: StoreClient;
  /** Each time anew: for questions about people. */
  readonly ask: Ask;
  /** Rows are kept for some seconds: for questions about numbers. */
  readonly numbers: AskNumbers;
  readonly tables: () => Promise<TablesNow>;
  /** The people in memory, with what the store was given up to now, or, for numbers that need not wait, up to some seconds ago. */
  readonly audiences: (freshness?: Freshness) => Promise<AudienceIndex>;
  /** Who must be in no list of people. */
  readonly excluded: ExcludedNow;
  /** Throws Problem 503 where there is no NATS server. */
  readonly notices: () => Promise<NoticePublisher>;
  readonly city: LoadedCity;
  readonly calendar: Calendar;
  readonly rules: () => CircleRules;
  /** What an audience may name. */
  readonly knownNames: () => KnownNames;
  readonly disclosure: Disclosure;
  /** What was told of which audiences, and to whom. */
  readonly toldSets: ToldRegister;
  /** Resolution of the H3 cells of the store. */
  readonly h3Resolution: number;
  /** Metres within which a stay is at an anchor. */
  readonly samePlaceMetres: number;
  /** The pseudonym of a raw id, as the store has it; null for one that is too long. */
  pseudonymOf(id: string): string | null;
  /** The regions that somebody may ask about, as the store names them; null for all. */
  scopeOf(principal: Principal): Scope;
}

export interface Scope {
  /** Null: the whole city. */
  readonly regions: readonly string[] | null;
  /** Part of the topic of a number: other people are counted in another scope. */
  readonly topic: string;
}

export function scopeIn(city: City, principal: Principal): Scope {
  if (principal.regions === null) return { regions: null, topic: "" };
  const regions = regionsBelow(city, principal.regions).sort();
  return { regions, topic: JSON.stringify(regions) };
}

/** Epoch seconds as ISO 8601 in UTC. */
export function isoOf(sec: number): string {
  return `${new Date(sec * 1000).toISOString().slice(0, 19)}Z`;
}

/** Newest event time in the store, epoch seconds; null while it is empty. */
export async function watermarkSec({ tables }: Pick<Services, "tables">): Promise<number | null> {
  return (await tables()).watermarkSec;
}

/** As of which event time an answer is that is made from now on out of the store. */
export async function asOf(services: Pick<Services, "tables">): Promise<{ asOf: string | null }> {
  return { asOf: asOfText(await watermarkSec(services)) };
}

function asOfText(sec: number | null): string | null {
  return sec === null ? null : isoOf(sec);
}

/** The services for one answer about numbers, which knows as of when all that it was made from is. */
export interface Reading extends Services {
  askNumbers<Row>(sql: string, parameters?: Parameters): Promise<readonly Row[]>;
  /** Notes that something else goes into the answer that is as of an instant, epoch seconds. */
  alsoAsOf(sec: number): void;
  /** As of when its oldest part is, and how exact its numbers are; when all has been read. */
  about(): { asOf: string | null; peopleMin: number; within: number };
}

export function reading(services: Services): Reading {
  let oldestSec = Number.POSITIVE_INFINITY;
  const note = (sec: number | null) => {
    oldestSec = Math.min(oldestSec, sec ?? 0);
  };
  const own: Pick<Reading, "askNumbers" | "alsoAsOf" | "about"> = {
    async askNumbers<Row>(sql: string, parameters?: Parameters) {
      const { rows, asOfSec } = await services.numbers<Row>(sql, parameters);
      note(asOfSec);
      return rows;
    },
    alsoAsOf: note,
    about() {
      const { peopleMin, within } = services.disclosure;
      return {
        asOf: asOfText(oldestSec === 0 || oldestSec === Number.POSITIVE_INFINITY ? null : oldestSec),
        peopleMin,
        within,
      };
    },
  };
  // Not a copy: what changes while it runs, as the city, is asked of the services.
  return Object.assign(Object.create(services) as Services, own);
}

/** A condition that keeps to the people who live in a scope; their column is `subscriber`. */
export function inScope({ regions }: Scope): { sql: string; parameters: { scope?: readonly string[] } } {
  if (regions === null) return { sql: "1", parameters: {} };
  return {
    sql: "subscriber IN (SELECT subscriber FROM anchors WHERE kind = 'home' AND rank = 1 AND region IN {scope:Array(String)})",
    parameters: { scope: regions },
  };
}
