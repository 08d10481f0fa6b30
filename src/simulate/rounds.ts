import type { Category } from "../geo/city.js";
import { HOUR_MS, MINUTE_MS } from "./calendar.js";
import { type DayContext, visit } from "./day-context.js";
import type { Person, Place, Role, Visit } from "./person.js";

interface Round {
  /** Categories of the stops, drawn evenly. */
  readonly stops: readonly Category[];
  readonly stopMinutes: readonly [number, number];
  readonly rideMinutes: readonly [number, number];
  /** Typical distance of the stops from where the round is, metres. */
  readonly scaleM: number;
  /** Waiting at ranks (taxis): chance a stop is one, its categories. */
  readonly rankChance: number;
}

const ROUNDS = {
  courier: {
    stops: ["office", "residential", "office", "residential", "restaurant", "factory", "government", "university"],
    stopMinutes: [3, 16],
    rideMinutes: [5, 14],
    scaleM: 1500,
    rankChance: 0,
  },
  taxi: {
    stops: ["residential", "office", "mall", "hotel", "hospital", "metro_station", "restaurant"],
    stopMinutes: [2, 7],
    rideMinutes: [12, 32],
    scaleM: 6000,
    rankChance: 0.09,
  },
  truck: {
    stops: ["factory", "factory", "factory", "mall"],
    stopMinutes: [20, 60],
    rideMinutes: [30, 80],
    scaleM: 16_000,
    rankChance: 0,
  },
} satisfies Record<string, Round>;

const RANKS: readonly Category[] = ["airport", "rail_station", "airport", "rail_station", "mall"];

/** Works on the move. */
export function isOnWheels(role: Role): role is keyof typeof ROUNDS {
  return role in ROUNDS;
}

/** The day of somebody who works on the move; null for all other roles. */
export function planRounds(person: Person, context: DayContext, fromMs: number, toMs: number): Visit[] | null {
  const { role } = person;
  if (!isOnWheels(role)) return null;
  const round: Round = ROUNDS[role];
  const { random, baseMs } = context;
  const visits: Visit[] = [];
  let at: Place = person.home;
  let timeMs = fromMs;
  while (timeMs < toMs) {
    const rank = random.chance(round.rankChance);
    const category = rank ? random.pick(RANKS) : random.pick(round.stops);
    const [low, high] = rank ? [20, 70] : round.stopMinutes;
    at = nextStop(context, category, at, person.home, round.scaleM);
    const minutes = random.range(low, high);
    visits.push(visit(at, timeMs, timeMs + minutes * MINUTE_MS, "errand"));
    timeMs += (minutes + random.range(round.rideMinutes[0], round.rideMinutes[1])) * MINUTE_MS;
    if (timeMs > baseMs + 12 * HOUR_MS && timeMs < baseMs + 12.6 * HOUR_MS) timeMs += 10 * MINUTE_MS;
  }
  return visits;
}

/** The next stop lies near the last, but a round stays within reach of home. */
function nextStop(context: DayContext, category: Category, at: Place, home: Place, scaleM: number): Place {
  const { places, random } = context;
  const back = Math.hypot(at.x - home.x, at.y - home.y) > 4 * scaleM;
  const near = back ? home : at;
  return places.spot(places.draw(category, near.x, near.y, scaleM, random), random);
}
