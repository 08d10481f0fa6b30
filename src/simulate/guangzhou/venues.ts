import { type Category, toX, toY } from "../../geo/city.js";
import { Random } from "../random.js";
import { LANDMARKS, type Landmark } from "./landmarks.js";
import { METRO_LINES } from "./metro.js";
import { PLANE, type PlannedVenue, roundX, roundY } from "./plan.js";
import { type Density, STREETS, type Street } from "./streets.js";

/** Venues that the contract's file gives as a point; the rest are polygons. */
const POINTS = new Set<Category>(["metro_station", "bus_station", "restaurant", "kindergarten", "cinema"]);

/** How far from the middle of a street its houses stand, metres (standard deviation an axis). */
const SPREAD_M: Record<Density, number> = { c: 380, u: 620, s: 1050, t: 1500, r: 2200 };

/** The estates of the core are built higher than those at the edge. */
const CROWDING: Record<Density, number> = { c: 1.8, u: 1.2, s: 0.6, t: 0.4, r: 0.25 };

interface Ordinary {
  readonly category: Category;
  readonly perStreet: Record<Density, number>;
  readonly names: readonly string[];
  readonly radiusM: readonly [number, number];
}

/** The nameless many, a number for each street; landmarks come on top. */
const ORDINARY: readonly Ordinary[] = [
  {
    category: "residential",
    perStreet: { c: 4, u: 6, s: 5, t: 4, r: 2 },
    names: ["花园", "苑", "小区", "新村", "雅居", "名庭", "大院"],
    radiusM: [70, 170],
  },
  { category: "school", perStreet: { c: 1, u: 1, s: 1, t: 1, r: 1 }, names: ["小学"], radiusM: [45, 75] },
  { category: "kindergarten", perStreet: { c: 1, u: 2, s: 1, t: 1, r: 1 }, names: ["幼儿园"], radiusM: [25, 35] },
  {
    category: "office",
    perStreet: { c: 1, u: 1, s: 1, t: 0, r: 0 },
    names: ["商务中心", "科技园", "大厦"],
    radiusM: [40, 90],
  },
  { category: "government", perStreet: { c: 1, u: 1, s: 1, t: 1, r: 1 }, names: ["办事处"], radiusM: [30, 50] },
  {
    category: "restaurant",
    perStreet: { c: 4, u: 4, s: 2, t: 2, r: 1 },
    names: ["酒家", "茶餐厅", "肠粉店", "大排档"],
    radiusM: [20, 30],
  },
  {
    category: "bus_station",
    perStreet: { c: 3, u: 4, s: 4, t: 3, r: 1 },
    names: ["公交站", "总站"],
    radiusM: [25, 35],
  },
  {
    category: "factory",
    perStreet: { c: 0, u: 0, s: 1, t: 1, r: 0 },
    names: ["工业园", "制造厂"],
    radiusM: [120, 260],
  },
  { category: "hotel", perStreet: { c: 1, u: 1, s: 0, t: 1, r: 1 }, names: ["酒店", "宾馆"], radiusM: [25, 45] },
  { category: "park", perStreet: { c: 0, u: 1, s: 1, t: 1, r: 0 }, names: ["公园"], radiusM: [80, 180] },
  { category: "hospital", perStreet: { c: 0, u: 0, s: 1, t: 1, r: 1 }, names: ["卫生院"], radiusM: [40, 60] },
];

/** Tier of an estate by district: chances of high and low. */
const TIER_CHANCE: Record<string, readonly [number, number]> = {
  "440106": [0.3, 0.25],
  "440104": [0.18, 0.35],
  "440105": [0.18, 0.35],
  "440113": [0.2, 0.35],
};

/** All venues of the city in a fixed order; ids say the category and a running number. */
export function planVenues(): PlannedVenue[] {
  const made = new VenueList();
  for (const landmark of LANDMARKS) {
    const venue = made.addLandmark(landmark);
    if (landmark.category === "university") addDormitories(made, venue);
    if (landmark.category === "factory") addWorkersEstate(made, venue);
  }
  const stations = new Set(METRO_LINES.flatMap((line) => line.stations));
  for (const { name, lon, lat } of stations) {
    made.add("metro_station", `${name}站`, toX(PLANE, lon), toY(PLANE, lat), 70, {});
  }
  for (const street of STREETS) addOrdinary(made, street);
  return made.venues;
}

function addDormitories(made: VenueList, campus: PlannedVenue): void {
  const count = Math.max(1, Math.round(campus.radiusM / 160));
  for (let i = 0; i < count; i++) {
    const bearing = (2 * Math.PI * (i + 0.3)) / count;
    const away = campus.radiusM * 0.58;
    const x = campus.x + away * Math.cos(bearing);
    const y = campus.y + away * Math.sin(bearing);
    made.add("dormitory", `${campus.name}学生宿舍${i + 1}区`, x, y, Math.min(90, campus.radiusM * 0.28), {});
  }
}

function addWorkersEstate(made: VenueList, factory: PlannedVenue): void {
  const bearing = made.random.range(0, 2 * Math.PI);
  const away = factory.radiusM + 330;
  const x = factory.x + away * Math.cos(bearing);
  const y = factory.y + away * Math.sin(bearing);
  made.add("residential", `${factory.name}员工公寓`, x, y, 90, { tier: "low" });
}

function addOrdinary(made: VenueList, street: Street): void {
  const stem = street.name.replace(/[街镇]$/, "");
  for (const kind of ORDINARY) {
    const count = kind.perStreet[street.density];
    const crowding = kind.category === "residential" ? CROWDING[street.density] : 1;
    for (let i = 0; i < count; i++) {
      const radius = Math.round(made.random.range(kind.radiusM[0], kind.radiusM[1]));
      const [x, y] = made.freeSpot(street, radius, kind.category);
      const word = kind.names[i % kind.names.length];
      const name = `${stem}${word}${count > kind.names.length ? i + 1 : ""}`;
      made.add(kind.category, name, x, y, radius, { tier: tierOf(made.random, street, kind.category), crowding });
    }
  }
}

function tierOf(random: Random, street: Street, category: Category): string {
  if (category === "office") return random.chance(0.35) ? "mid" : "low";
  if (category !== "residential") return "";
  const [high, low] = TIER_CHANCE[street.district] ?? [0.1, 0.45];
  const draw = random.next();
  return draw < high ? "high" : draw < high + low ? "low" : "mid";
}

/** Default capacity, people a hectare of the area; 0 gives none. */
const PER_HECTARE: Partial<Record<Category, number>> = {
  residential: 450,
  dormitory: 1200,
  university: 250,
  school: 500,
  office: 1500,
  factory: 200,
  stadium: 4000,
  concert_hall: 900,
  exhibition: 1200,
  hospital: 700,
  mall: 1500,
  hotel: 500,
};

interface Extra {
  readonly subtype?: string;
  readonly tier?: string;
  /** People to the hectare, relative to the usual. */
  readonly crowding?: number;
}

class VenueList {
  readonly venues: PlannedVenue[] = [];
  readonly random = new Random(2024, "venues");
  readonly #numberOf = new Map<Category, number>();

  addLandmark(landmark: Landmark): PlannedVenue {
    const x = toX(PLANE, landmark.lon);
    return this.add(landmark.category, landmark.name, x, toY(PLANE, landmark.lat), landmark.radiusM, landmark);
  }

  add(category: Category, name: string, atX: number, atY: number, radiusM: number, extra: Extra): PlannedVenue {
    const x = roundX(atX);
    const y = roundY(atY);
    const number = (this.#numberOf.get(category) ?? 0) + 1;
    this.#numberOf.set(category, number);
    const area = (Math.PI * radiusM * radiusM) / 10_000;
    const venue: PlannedVenue = {
      id: `gz-${category}-${String(number).padStart(4, "0")}`,
      name,
      category,
      subtype: extra.subtype ?? (category === "hospital" ? "general" : ""),
      tier: extra.tier ?? "",
      capacity: Math.round((PER_HECTARE[category] ?? 0) * area * (extra.crowding ?? 1)),
      x,
      y,
      radiusM,
      ring: POINTS.has(category) ? null : this.#ring(x, y, radiusM),
    };
    this.venues.push(venue);
    return venue;
  }

  /** A place near the street's middle where no other venue of its size class stands, as far as a few tries find one. */
  freeSpot(street: Street, radiusM: number, category: Category): [number, number] {
    const spread = SPREAD_M[street.density];
    let best: [number, number] = [0, 0];
    let bestGap = Number.NEGATIVE_INFINITY;
    for (let attempt = 0; attempt < 12; attempt++) {
      const x = toX(PLANE, street.lon) + spread * this.random.normal();
      const y = toY(PLANE, street.lat) + spread * this.random.normal();
      const gap = this.#gap(x, y, category) - radiusM;
      if (gap > bestGap) {
        bestGap = gap;
        best = [x, y];
      }
      if (gap > 20) break;
    }
    return best;
  }

  #gap(x: number, y: number, category: Category): number {
    let gap = Number.POSITIVE_INFINITY;
    for (const venue of this.venues) {
      if (venue.category === "park" || (category === "bus_station" && venue.category !== "bus_station")) continue;
      gap = Math.min(gap, Math.hypot(venue.x - x, venue.y - y) - venue.radiusM);
    }
    return gap;
  }

  /** Eight corners of a turned, rounded rectangle whose area is that of the circle. */
  #ring(x: number, y: number, radiusM: number): [number, number][] {
    const turn = this.random.range(0, Math.PI);
    const stretch = this.random.range(0.85, 1.18);
    const scale = radiusM * Math.sqrt(Math.PI / (4 - 2 * 0.4 ** 2));
    const corners: [number, number][] = [];
    for (const [u, v] of CORNERS) {
      const along = u * scale * stretch;
      const across = (v * scale) / stretch;
      corners.push([
        roundX(x + along * Math.cos(turn) - across * Math.sin(turn)),
        roundY(y + along * Math.sin(turn) + across * Math.cos(turn)),
      ]);
    }
    return corners;
  }
}

/** A square of half side 1 with corners of 0.4 cut off, counter-clockwise. */
const CORNERS = [
  [1, -0.6],
  [1, 0.6],
  [0.6, 1],
  [-0.6, 1],
  [-1, 0.6],
  [-1, -0.6],
  [-0.6, -1],
  [0.6, -1],
] as const;
