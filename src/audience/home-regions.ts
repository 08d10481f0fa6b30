import { type Bits, clearBit, idsIn } from "./bitset.js";

/** Regions that a city may have; the numbers are kept in 16 bits. */
const REGIONS_MAX = 0xffff;

/** In which region each person lives, two bytes a dense id. */
export class HomeRegions {
  /** Their ids; that of number n, which is 1 or more, stands at n - 1. */
  private readonly regions: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** By dense id; 0 for one whose home is not known. */
  private homes: Uint16Array;

  constructor(ids: number) {
    this.homes = new Uint16Array(ids);
  }

  /** The number of a region. @throws RangeError beyond 65,535 of them */
  numberOf(region: string): number {
    const known = this.numbers.get(region);
    if (known !== undefined) return known;
    if (this.regions.length === REGIONS_MAX) throw new RangeError(`there are more than ${REGIONS_MAX} regions`);
    const number = this.regions.push(region);
    this.numbers.set(region, number);
    return number;
  }

  /** @param number of a region; 0 for no home */
  set(id: number, number: number): void {
    if (id >= this.homes.length) {
      const longer = new Uint16Array(Math.ceil((id + 1) * 1.25));
      longer.set(this.homes);
      this.homes = longer;
    }
    this.homes[id] = number;
  }

  /** Those of a set who live in one of the regions, in a set of its own. */
  within(bits: Bits, regions: readonly string[]): Bits {
    const wanted = new Uint8Array(this.regions.length + 1);
    for (const region of regions) wanted[this.numbers.get(region) ?? 0] = 1;
    wanted[0] = 0;
    const kept = bits.slice();
    for (const id of idsIn(bits)) if (wanted[this.homes[id] ?? 0] === 0) clearBit(kept, id);
    return kept;
  }

  /** How many of a set live in each region; nothing of those in which nobody does. */
  count(bits: Bits): Map<string, number> {
    const counts = new Uint32Array(this.regions.length + 1);
    for (const id of idsIn(bits)) {
      const home = this.homes[id] ?? 0;
      counts[home] = (counts[home] as number) + 1;
    }
    const byRegion = new Map<string, number>();
    for (const [i, region] of this.regions.entries()) {
      const people = counts[i + 1] as number;
      if (people > 0) byRegion.set(region, people);
    }
    return byRegion;
  }
}
