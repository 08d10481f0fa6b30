import { dayStartMs, HOUR_MS, isoLocal, MINUTE_MS, weekday } from "./calendar.js";
import type { CityPlan } from "./guangzhou/plan.js";
import { Random } from "./random.js";

/** What happens at a venue, as `events.csv` tells it; an expo has one entry a day. */
export interface CityEventPlan {
  readonly id: string;
  /** Index of the venue. */
  readonly venue: number;
  readonly category: "music" | "sport" | "expo";
  readonly genre: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly title: string;
}

/** Chance that a day has a first and a second concert, match, or newly opened expo. */
export interface HappeningRates {
  readonly music: number;
  readonly sport: number;
  readonly expo: number;
}

const GENRES = {
  music: ["pop", "pop", "rock", "classical", "classical", "folk", "jazz", "opera"],
  sport: ["football", "football", "basketball", "basketball", "badminton", "athletics"],
  expo: ["auto", "furniture", "electronics", "food", "beauty", "textile", "building"],
} as const;

const TITLES = {
  pop: "演唱会",
  rock: "摇滚之夜",
  classical: "交响音乐会",
  folk: "民谣专场",
  jazz: "爵士之夜",
  opera: "粤剧专场",
  football: "足球联赛",
  basketball: "篮球联赛",
  badminton: "羽毛球公开赛",
  athletics: "田径邀请赛",
  auto: "汽车展",
  furniture: "家具展",
  electronics: "电子展",
  food: "食品展",
  beauty: "美博会",
  textile: "纺织展",
  building: "建材展",
} as const;

/** Everything that happens on the given local days. It depends on the date and the rates alone, not on who lives in the city. */
export function happenings(plan: CityPlan, firstDay: number, days: number, rates: HappeningRates): CityEventPlan[] {
  const made: CityEventPlan[] = [];
  for (let day = firstDay - EXPO_DAYS_MAX; day < firstDay + days; day++) addDay(made, plan, day, rates);
  return made.filter((event) => event.startMs >= dayStartMs(firstDay) && event.startMs < dayStartMs(firstDay + days));
}

const EXPO_DAYS_MAX = 4;

function addDay(made: CityEventPlan[], plan: CityPlan, day: number, rates: HappeningRates): void {
  const random = new Random(day, "happenings");
  const weekend = weekday(day) === 0 || weekday(day) === 6 || weekday(day) === 5;
  for (let i = 0; i < 2; i++) {
    if (random.chance(rates.music * (weekend ? 1.5 : 0.7))) addConcert(made, plan, day, random);
    if (random.chance(rates.sport * (weekend ? 1.6 : 0.6))) addMatch(made, plan, day, random);
  }
  const opening = weekday(day) === 1 || weekday(day) === 4 || weekday(day) === 5;
  if (opening && random.chance(rates.expo)) addExpo(made, plan, day, random);
}

function addConcert(made: CityEventPlan[], plan: CityPlan, day: number, random: Random): void {
  const genre = random.pick(GENRES.music);
  const big = (genre === "pop" || genre === "rock") && random.chance(0.6);
  const venue = pickVenue(plan, big ? "stadium" : "concert_hall", random);
  const startMs = dayStartMs(day) + 19.5 * HOUR_MS + random.int(3) * 15 * MINUTE_MS;
  const endMs = startMs + (90 + 15 * random.int(5)) * MINUTE_MS;
  addEvent(made, plan, { venue, category: "music", genre, startMs, endMs });
}

function addMatch(made: CityEventPlan[], plan: CityPlan, day: number, random: Random): void {
  const genre = random.pick(GENRES.sport);
  const venue = pickVenue(plan, "stadium", random);
  const afternoon = random.chance(0.3) && (weekday(day) === 0 || weekday(day) === 6);
  const startMs = dayStartMs(day) + (afternoon ? 15.5 : 19.5) * HOUR_MS + random.int(2) * 5 * MINUTE_MS;
  const endMs = startMs + (105 + 15 * random.int(4)) * MINUTE_MS;
  addEvent(made, plan, { venue, category: "sport", genre, startMs, endMs });
}

function addExpo(made: CityEventPlan[], plan: CityPlan, day: number, random: Random): void {
  const genre = random.pick(GENRES.expo);
  const venue = pickVenue(plan, "exhibition", random);
  const days = 2 + random.int(EXPO_DAYS_MAX - 1);
  for (let i = 0; i < days; i++) {
    const startMs = dayStartMs(day + i) + 9.5 * HOUR_MS;
    addEvent(made, plan, {
      venue,
      category: "expo",
      genre,
      startMs,
      endMs: startMs + (i === days - 1 ? 6 : 7.5) * HOUR_MS,
    });
  }
}

function pickVenue(plan: CityPlan, category: string, random: Random): number {
  const first = plan.venues.findIndex((venue) => venue.category === category);
  const last = plan.venues.findLastIndex((venue) => venue.category === category);
  let venue = first + random.int(last - first + 1);
  while (plan.venues[venue]?.category !== category) venue = first + random.int(last - first + 1);
  return venue;
}

/** Adds the event unless its venue is taken within an hour of it. */
function addEvent(made: CityEventPlan[], plan: CityPlan, event: Omit<CityEventPlan, "id" | "title">): void {
  const taken = made.some(
    (other) =>
      other.venue === event.venue && other.startMs < event.endMs + HOUR_MS && event.startMs < other.endMs + HOUR_MS,
  );
  if (taken) return;
  const id = `${isoLocal(event.startMs).slice(0, 16).replace(":", "")}-${event.category}-${plan.venues[event.venue]?.id.slice(3)}`;
  const what = TITLES[event.genre as keyof typeof TITLES];
  made.push({ ...event, id, title: `${plan.venues[event.venue]?.name}${what}` });
}

/** Text of `events.csv`. */
export function eventsCsv(plan: CityPlan, events: readonly CityEventPlan[]): string {
  const lines = events.map((event) => {
    const times = `${isoSecond(event.startMs)},${isoSecond(event.endMs)}`;
    return `${event.id},${plan.venues[event.venue]?.id},${event.category},${event.genre},${times},${event.title}\n`;
  });
  return `event,venue,category,genre,start,end,title\n${lines.join("")}`;
}

/** `2025-03-03T19:30:00+08:00`. */
export function isoSecond(ms: number): string {
  const text = isoLocal(ms);
  return `${text.slice(0, 19)}${text.slice(23)}`;
}
