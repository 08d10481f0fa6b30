import { dayStartMs, HOUR_MS } from "./calendar.js";
import type { Person } from "./person.js";
import type { Random } from "./random.js";

/** Codes as in KINDS of signal/batch.ts. */
export const KIND = {
  attach: 0,
  detach: 1,
  tau: 2,
  handover: 3,
  service: 4,
  callOut: 5,
  callIn: 6,
  smsOut: 7,
  smsIn: 8,
  data: 9,
} as const;

/** A call or message at a known time; the other party, if simulated, has its counterpart. */
export interface Contact {
  readonly ms: number;
  readonly kind: number;
  /** Index of the other person; below zero a number outside. */
  readonly peer: number;
}

/** Stands for no other party. */
export const NO_PEER = -1_000_000;

/** Share of the events of a day by local hour for somebody awake (mobile data of a residential city: low at night, two humps). */
export const HOURLY = [
  2.2, 1.4, 1, 0.8, 0.8, 1, 2, 3.6, 4.8, 5, 5.1, 5.4, 5.8, 5, 4.8, 4.9, 5.1, 5.6, 6, 6.2, 6.4, 6.5, 5.8, 3.8,
];
export const HOURLY_SUM = HOURLY.reduce((a, b) => a + b, 0);

/** Share of the personal rate that comes as calls and messages with known people; see `contactsOf`. */
export const CONTACT_SHARE = 0.07;

/** Calls and messages of a day between people: each gets its counterpart in the other's list. */
export function contactsOf(people: readonly Person[], day: number, random: Random): Contact[][] {
  const lists: Contact[][] = people.map(() => []);
  for (const person of people) {
    const count = Math.floor((person.eventsPerDay * CONTACT_SHARE) / 1.6 + random.next());
    for (let i = 0; i < count; i++) {
      const hour = 6 + random.weighted(HOURLY.slice(6));
      const ms = Math.floor(dayStartMs(day) + (hour + random.next()) * HOUR_MS);
      const other = random.pick(person.contacts);
      const message = random.chance(0.2);
      const outward = other >= 0 || random.chance(0.5);
      const stranger = -1 - random.int(500);
      const kind = message ? (outward ? KIND.smsOut : KIND.smsIn) : outward ? KIND.callOut : KIND.callIn;
      lists[person.index]?.push({ ms, kind, peer: other >= 0 ? other : stranger });
      if (other >= 0)
        lists[other]?.push({
          ms: ms + 900 + random.int(2500),
          kind: message ? KIND.smsIn : KIND.callIn,
          peer: person.index,
        });
    }
  }
  return lists;
}
