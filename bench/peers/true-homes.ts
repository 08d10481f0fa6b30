import { type City, toX, toY } from "../../src/geo/city.js";
import { readTruth } from "../../src/source/truth.js";
import { benchPseudonymiser } from "../support/derive.js";

/** The region in which each person of a simulated folder truly lives. */
export async function trueHomes(dir: string, city: City): Promise<Map<string, string>> {
  const { anchors } = await readTruth(dir, benchPseudonymiser());
  const homes = new Map<string, string>();
  for (const { subscriber, kind, lon, lat } of anchors) {
    const region = kind === "home" ? city.regions.locate(toX(city.plane, lon), toY(city.plane, lat)) : -1;
    if (region >= 0) homes.set(subscriber, city.regions.id[region] as string);
  }
  return homes;
}

/** Share of the true homes that were found in their region. */
export function rightHomes(truth: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): number {
  const right = [...truth].filter(([subscriber, region]) => found.get(subscriber) === region);
  return right.length / truth.size;
}
