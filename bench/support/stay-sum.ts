import { crc32 } from "node:zlib";
import type { RowSet } from "../../src/rows.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { StoreClient } from "../../src/store/client.js";

/** Stays by person and times, whatever their order: how many they are, and the sum of their checksums. */
export interface StaySum {
  readonly stays: number;
  readonly hash: string;
}

/** Of rows as they come. */
export class StaysSummed implements StaySum {
  stays = 0;
  private sum = 0n;

  add({ stays }: RowSet): void {
    for (const { subscriberHi, subscriberLo, startMs, endMs } of stays) {
      const times = [Math.floor(startMs / 1000), Math.floor(endMs / 1000)];
      this.sum += BigInt(crc32([formatPseudonym(subscriberHi, subscriberLo), ...times].join(",")));
      this.stays++;
    }
  }

  get hash(): string {
    return this.sum.toString(16);
  }
}

/** Of those that can be read in a store. */
export async function storedStaySum(client: StoreClient): Promise<StaySum> {
  const told =
    "concat(toString(subscriber), ',', toString(toUnixTimestamp(start)), ',', toString(toUnixTimestamp(end)))";
  const query = `SELECT toString(count()) AS stays, lower(hex(sum(toUInt64(CRC32(${told}))))) AS hash FROM stays`;
  const [sum] = await (await client.query({ query, format: "JSONEachRow" })).json<{ stays: string; hash: string }>();
  if (sum === undefined) throw new Error("the store gave no sum of its stays");
  return { stays: Number(sum.stays), hash: sum.hash.replace(/^0+(?=.)/, "") };
}
