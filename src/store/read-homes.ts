/** Where people live, out of the store: all of them once, and from then on those whose home was written since. */
import { HomeRegions } from "../audience/home-regions.js";
import type { Population } from "../audience/population.js";
import { type BlocksSeen, NOT_SEEN } from "./blocks-seen.js";
import type { StoreClient } from "./client.js";
import { eachNumbered, rowsOf } from "./pseudonyms.js";

const HOME = "kind = 'home' AND rank = 1";
const REGIONS = `SELECT DISTINCT region FROM anchors_rows WHERE ${HOME} AND region != ''`;
const HOMES = `SELECT subscriber, toUInt32(indexOf({regions:Array(String)}, toString(region))) AS home
FROM anchors_rows FINAL WHERE ${HOME} ORDER BY subscriber`;
/** Without a region where the home is gone. */
const HOMES_CHANGED = `SELECT toString(subscriber), argMax(if(gone = 1, '', toString(region)), version)
FROM anchors_rows WHERE ${HOME} AND subscriber IN (
  SELECT subscriber FROM anchors_rows WHERE written >= fromUnixTimestamp({since:UInt32}) AND ${NOT_SEEN} AND ${HOME})
GROUP BY subscriber`;

/** Errors are those of the client. */
export async function readHomes(client: StoreClient, population: Population): Promise<HomeRegions> {
  const homes = new HomeRegions(population.ids.count);
  const regions = (await rowsOf(client, REGIONS)).map(([region]) => String(region));
  for (const region of regions) homes.numberOf(region);
  const find = population.ids.finder();
  await eachNumbered(client, HOMES, { regions }, (hi, lo, number) => {
    const id = find(hi, lo);
    // Who is in no circle yet may come into one, and lives there already.
    homes.set(id >= 0 ? id : population.admit(hi, lo), number);
  });
  return homes;
}

/**
 * Takes in what changed.
 *
 * @param since clock of the store, epoch seconds
 * @param seen inserts that were read before
 */
export async function takeHomes(
  client: StoreClient,
  homes: HomeRegions,
  population: Population,
  since: number,
  seen: BlocksSeen,
): Promise<void> {
  for (const [subscriber, region] of await rowsOf(client, HOMES_CHANGED, { since, seen: seen.anchors })) {
    const pseudonym = BigInt(String(subscriber));
    const id = population.admit(Number(pseudonym >> 32n), Number(pseudonym & 0xffffffffn));
    homes.set(id, region === "" ? 0 : homes.numberOf(String(region)));
  }
}
