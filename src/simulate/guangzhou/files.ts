import { toLat, toLon } from "../../geo/city.js";
import { holidaysCsv } from "../calendar.js";
import { type CityEventPlan, eventsCsv } from "../happenings.js";
import { BOUNDS, type CityPlan, PLANE, type PlannedCell, type PlannedVenue } from "./plan.js";

/** The files of a city folder (contract, section 2) by name, as text. */
export function cityFiles(plan: CityPlan, events: readonly CityEventPlan[]): Map<string, string> {
  return new Map([
    ["city.yaml", cityYaml()],
    ["cells.csv", cellsCsv(plan)],
    ["regions.csv", regionsCsv(plan)],
    ["venues.geojson", venuesGeojson(plan)],
    ["events.csv", eventsCsv(plan, events)],
    ["holidays.csv", holidaysCsv()],
  ]);
}

function cityYaml(): string {
  const { west, south, east, north } = BOUNDS;
  return [
    "# A demo of Guangzhou: real districts and landmarks at approximate positions, an invented network. Written by src/simulate/guangzhou.",
    "name: Guangzhou",
    "time_zone: Asia/Shanghai",
    "crs: wgs84",
    'home_plmns: ["460-00", "460-02", "460-07", "460-08"]',
    `bounds: [${west}, ${south}, ${east}, ${north}]`,
    "",
  ].join("\n");
}

function cellsCsv(plan: CityPlan): string {
  const lines = ["cell,site,lon,lat,azimuth,beamwidth,range_m,placement,venue,region,valid_from,valid_to"];
  for (const cell of plan.cells) lines.push(cellLine(plan, cell));
  return `${lines.join("\n")}\n`;
}

function cellLine(plan: CityPlan, cell: PlannedCell): string {
  const venue = plan.venues[cell.venue];
  const sector = cell.azimuthDeg < 0 ? "," : `${cell.azimuthDeg},${cell.beamwidthDeg}`;
  const placement = venue === undefined ? "outdoor," : `indoor,${venue.id}`;
  const position = `${degrees(toLon(PLANE, cell.x))},${degrees(toLat(PLANE, cell.y))}`;
  return `${cell.name},${cell.site + 1},${position},${sector},${cell.rangeM},${placement},${plan.regions[cell.region]?.id},,`;
}

function regionsCsv(plan: CityPlan): string {
  const lines = ["region,level,name,parent"];
  for (const region of plan.regions) {
    lines.push(`${region.id},${region.level},${region.name},${plan.regions[region.parent]?.id ?? ""}`);
  }
  return `${lines.join("\n")}\n`;
}

function venuesGeojson(plan: CityPlan): string {
  const features = plan.venues.map((venue) =>
    JSON.stringify({ type: "Feature", properties: properties(venue), geometry: geometry(venue) }),
  );
  return `{"type":"FeatureCollection","features":[\n${features.join(",\n")}\n]}\n`;
}

function properties(venue: PlannedVenue): Record<string, string | number> {
  const { id, name, category, subtype, tier, capacity } = venue;
  return {
    venue: id,
    name,
    category,
    ...(subtype === "" ? {} : { subtype }),
    ...(tier === "" ? {} : { tier }),
    ...(capacity === 0 ? {} : { capacity }),
  };
}

function geometry(venue: PlannedVenue): object {
  if (venue.ring === null) return { type: "Point", coordinates: position(venue.x, venue.y) };
  const ring = venue.ring.map(([x, y]) => position(x, y));
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}

function position(x: number, y: number): [number, number] {
  return [Number(degrees(toLon(PLANE, x))), Number(degrees(toLat(PLANE, y)))];
}

/** Five decimals: about a metre. */
export function degrees(value: number): string {
  return value.toFixed(5);
}
