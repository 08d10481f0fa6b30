/** A spot on the plane in metres and the venue around it (index, or -1 in the open). */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly venue: number;
}

export const ROLES = [
  "office",
  "civil_servant",
  "factory_day",
  "factory_shift",
  "student",
  "pupil",
  "teacher",
  "lecturer",
  "campus_staff",
  "hospital_staff",
  "mall_staff",
  "cinema_staff",
  "venue_staff",
  "expo_staff",
  "restaurant_staff",
  "station_staff",
  "airport_staff",
  "night_guard",
  "cleaner",
  "taxi",
  "truck",
  "courier",
  "freelancer",
  "homemaker",
  "retired",
  "visitor",
] as const;
export type Role = (typeof ROLES)[number];

export type Mode = "walk" | "bus" | "metro" | "car";

/** What somebody is at a place for; it decides which circles the stay counts for. */
export type Purpose =
  | "home"
  | "work"
  | "study"
  | "lunch"
  | "leisure"
  | "gate"
  | "mall"
  | "film"
  | "event"
  | "hospital"
  | "passage"
  | "errand"
  | "away";

/** One thing a day holds: to be at a place from about `arriveMs` until `departMs`. */
export interface Visit {
  readonly place: Place;
  readonly arriveMs: number;
  readonly departMs: number;
  readonly purpose: Purpose;
  /** Index of the city event for purpose `event`, else -1. */
  readonly event: number;
}

/** Rates of what people do in their own time, a week unless said otherwise. */
export interface Habits {
  readonly malls: number;
  readonly films: number;
  readonly outings: number;
  readonly restaurants: number;
  readonly hospitals: number;
  readonly flights: number;
  readonly trips: number;
  /** Chance to go to a given event of the category (and genre, for its fans). */
  readonly music: number;
  readonly sport: number;
  readonly expo: number;
}

/** What lets a person look like a member of a circle without being one; null or 0 for most people. */
export interface Lookalike {
  /** A spot on the campus where a child studies; visited on free days. */
  readonly campus: Place | null;
  /** A government building with business that takes several visits. */
  readonly counter: Place | null;
  /** An office building whose people are called on during working hours. */
  readonly client: Place | null;
  /** Open ground beside a stadium or hall, where evenings are spent. */
  readonly promenade: Place | null;
  /** A hospital where somebody is nursed, visited daily for so many days: a member of `health` with the regularity of staff. */
  readonly bedside: { readonly place: Place; readonly firstDay: number; readonly days: number } | null;
  /** A journey so long that the window has only a few days at home. */
  readonly longTrip: { readonly firstDay: number; readonly nights: number } | null;
  /** By how many hours the person goes to bed later than others, the phone in hand. */
  readonly lateHours: number;
}

export interface Person {
  readonly index: number;
  /** IMSI. */
  readonly id: string;
  readonly homePlmn: string;
  readonly foreign: boolean;
  readonly tac: string;
  /** Bit mask over GENERATIONS of what the phone can use. */
  readonly generations: number;
  readonly role: Role;
  /** Where the person sleeps: an estate, a dormitory, or a hotel. */
  home: Place;
  /** The estate or dormitory is the person's own; a hotel is not. */
  readonly resident: boolean;
  /** The home after a move, and the local day of the move. */
  readonly nextHome: Place | null;
  readonly moveDay: number;
  readonly weekendHome: Place | null;
  /** Where the person works or studies on most duty days. */
  readonly work: Place | null;
  /** Duty on working days: local hours of arrival and departure. */
  readonly dutyFrom: number;
  readonly dutyTo: number;
  /** Rota: number of duty days on and off in turn, 0 for the official calendar. */
  readonly daysOn: number;
  readonly daysOff: number;
  /** Lets rotas and flights of different people fall on different days. */
  readonly phase: number;
  /** Shifts are nights: never, in alternate turns of the rota, always. */
  readonly nights: "never" | "turns" | "always";
  readonly commute: Mode;
  /** Gate of the school or kindergarten, whether the person brings and fetches, and the youth centre on weekends. */
  readonly gate: Place | null;
  readonly brings: boolean;
  readonly fetches: boolean;
  readonly club: Place | null;
  /** First local day in the city; visitors and new residents come on it, all others were there before. */
  readonly firstDay: number;
  /** Visitors: local days from one visit's beginning to the next for those who come again, else 0; and the length of a visit. */
  readonly returnsAfter: number;
  readonly stayDays: number;
  readonly habits: Habits;
  readonly lookalike: Lookalike;
  readonly eventsPerDay: number;
  readonly timerMs: number;
  readonly wakeHour: number;
  readonly sleepHour: number;
  readonly phoneOffAtNight: boolean;
  /** People this one calls: indices; -1 is somebody outside the simulation. */
  readonly contacts: readonly number[];
}

/** One stretch of a life: at rest, or moving in a straight line at even speed. */
export interface Segment {
  readonly startMs: number;
  /** Infinity while it is not known how long somebody stays. */
  endMs: number;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Venue whose indoor coverage holds, or -1. */
  readonly venue: number;
  /** Null while moving. */
  readonly visit: Visit | null;
  readonly mode: Mode | null;
  /** Out of the network's reach. */
  readonly away: boolean;
}
