/**
 * The people of the store in memory, for questions about audiences. What an expression names is read when it is first asked for, and kept
 * fresh from then on: entering and leaving by the membership log, everything else when the hour of the watermark changes.
 */
import { type Bits, bitsFor, countBits, countBoth, idsIn, setBit } from "../audience/bitset.js";
import { evaluate, evaluateForCount } from "../audience/evaluate.js";
import { type Expression, isMembership, type Leaf, leavesOf } from "../audience/expression.js";
import type { HomeRegions } from "../audience/home-regions.js";
import { agesWithTime, Population } from "../audience/population.js";
import { type ToldSet, toldOf } from "../audience/told.js";
import { REGION_CIRCLE_KINDS } from "../circle/region-circle-names.js";
import type { Disclosure } from "../insight/disclosure.js";
import type { Excluded } from "../signal/exclusion.js";
import { questionOf } from "./audience-questions.js";
import { type BlocksSeen, blocksSeen, isNewer, NOT_SEEN } from "./blocks-seen.js";
import type { StoreClient } from "./client.js";
import { eachNumbered, eachPseudonym, rowsOf } from "./pseudonyms.js";
import { readHomes, takeHomes } from "./read-homes.js";

const HOUR_SEC = 3600;
/** Further back than the last refresh, for rows that were being written then; reading a change twice changes nothing. */
const OVERLAP_SEC = 60;
/** Memory for the sets of circles and places; those of one question fit many times over, at ten million people. */
const SET_BYTES_MAX = 256 * 2 ** 20;

/** The later of the last window of presence and the last change of a membership, epoch seconds; 0 for an empty store. From metadata of the parts. */
const WATERMARK =
  "toUnixTimestamp(greatest((SELECT max(slot) FROM presence_rows), (SELECT max(time) FROM membership_log_rows)))";

const REGION_CIRCLE = new RegExp(`^(?:${REGION_CIRCLE_KINDS.join("|")}):`);

const STILL_MEMBERS = "SELECT DISTINCT subscriber FROM memberships_by_person_rows FINAL WHERE subscriber IN";

/** Rows of the log that the index has not read. */
const NEW = `written >= fromUnixTimestamp({since:UInt32}) AND ${NOT_SEEN}`;
const CHANGED_PEOPLE = `SELECT DISTINCT subscriber FROM membership_log_rows WHERE ${NEW}`;
/** Of the circles with a name, and of those of regions that are held: most changes are of regions, and nobody asked for them. */
const CHANGED = `SELECT toString(subscriber), circle, argMax(score, version), toUnixTimestamp(argMax(since, version)),
  toUnixTimestamp(argMax(seen, version)), argMax(gone, version)
FROM memberships_rows
WHERE (circle, subscriber) IN (
  SELECT circle, subscriber FROM membership_log_rows WHERE ${NEW} AND (NOT match(circle, {regional:String}) OR circle IN {held:Array(String)}))
GROUP BY circle, subscriber`;

const MEMBERS = `SELECT subscriber, toUInt32(indexOf({circles:Array(String)}, toString(circle))) AS of
FROM memberships_rows FINAL WHERE circle IN {circles:Array(String)} ORDER BY circle, subscriber`;

/** What the members of a circle are beside that, as they are: not to be told so. */
export interface Breakdown {
  /** By the region of their home. */
  readonly regions: ReadonlyMap<string, number>;
  /** In each of the other circles, region circles aside. */
  readonly circles: ReadonlyMap<string, number>;
}

/** Up to where the store is read. */
interface Read {
  /** Its clock, epoch seconds. */
  readonly atSec: number;
  readonly watermarkSec: number;
  readonly blocks: BlocksSeen;
}

/** Before what follows is read, so that what comes in between is read with the next. */
async function readNow(client: StoreClient): Promise<Read> {
  const blocks = await blocksSeen(client);
  const [[atSec, watermarkSec] = []] = await rowsOf(client, `SELECT toUInt32(now()), ${WATERMARK}`);
  return { atSec: Number(atSec ?? 0), watermarkSec: Number(watermarkSec ?? 0), blocks };
}

/** Who must be in no audience; the same list as long as it is the same people. */
export type ExcludedNow = () => readonly Excluded[];

export interface AudienceIndexOptions {
  /** Memory for the sets of circles and places, bytes. */
  readonly setBytesMax?: number;
  /** Asked at every refresh. */
  readonly excluded?: ExcludedNow;
}

const NO_ONE: readonly Excluded[] = [];

export class AudienceIndex {
  private readonly client: StoreClient;
  private readonly population: Population;
  private readonly excludedNow: ExcludedNow;
  private excluded = NO_ONE;
  private names: readonly string[] = [];
  /** Read when they are first asked for, and kept fresh from then on. */
  private homes: HomeRegions | null = null;
  private watermarkSec: number;
  /** Clock of the store at the last refresh, epoch seconds. */
  private refreshedSec: number;
  /** Inserts that were read by then. */
  private seen: BlocksSeen;
  /** Dense ids there were then. */
  private known: number;
  /** Reads and refreshes wait for one another. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(client: StoreClient, population: Population, read: Read, excluded: ExcludedNow) {
    this.client = client;
    this.population = population;
    this.watermarkSec = population.asOfSec;
    this.refreshedSec = read.atSec;
    this.seen = read.blocks;
    this.known = population.ids.count;
    this.excludedNow = excluded;
  }

  /** Reads who is in any circle. Errors are those of the client. */
  static async open(client: StoreClient, options: AudienceIndexOptions = {}): Promise<AudienceIndex> {
    const { setBytesMax = SET_BYTES_MAX, excluded = () => NO_ONE } = options;
    const read = await readNow(client);
    const population = new Population(setBytesMax, read.watermarkSec);
    await eachPseudonym(client, "SELECT DISTINCT subscriber FROM memberships ORDER BY subscriber", {}, (hi, lo) =>
      population.enter(hi, lo),
    );
    const index = new AudienceIndex(client, population, read, excluded);
    index.addNames(
      (await rowsOf(client, "SELECT DISTINCT circle FROM memberships_rows")).map(([name]) => String(name)),
    );
    await index.exclude();
    return index;
  }

  /** The time that answers are true of, epoch milliseconds: the watermark of what is stored. Days count back from the hour before it. */
  get asOfMs(): number {
    return this.watermarkSec * 1000;
  }

  get byteLength(): number {
    return this.population.byteLength;
  }

  /** The names of all circles that have had members, region circles aside. */
  circles(): readonly string[] {
    return this.names;
  }

  /** Everybody of an expression, exactly. */
  people(expression: Expression): Promise<Bits> {
    return this.prepared(expression, () => evaluate(expression, this.population.sets()));
  }

  /**
   * The people to be counted for a number that is told: conditions that change it by fewer than `peopleMin` are left out.
   *
   * @param scope those whom the asker may know of; null: everybody
   */
  peopleToTell(expression: Expression, peopleMin: number, scope: Expression | null = null): Promise<Bits> {
    return this.prepared(scope === null ? expression : { all: [expression, scope] }, () => {
      const sets = this.population.sets();
      const everybody = scope === null ? sets.everybody : evaluate(scope, sets);
      return evaluateForCount(expression, { ...sets, everybody }, peopleMin);
    });
  }

  /** @param regions only of the members who live in one of these; null: of all */
  async breakdown(circle: string, regions: readonly string[] | null): Promise<Breakdown> {
    const everyone = await this.people({ circle });
    const homes = this.homes ?? (await this.alone(async () => this.homes ?? (await this.readHomes())));
    const members = regions === null ? everyone : homes.within(everyone, regions);
    const circles = new Map<string, number>();
    const others = this.names.filter((other) => other !== circle);
    await this.hold(others);
    for (const other of others) {
      const leaf = { circle: other };
      circles.set(other, await this.prepared(leaf, () => countBoth(members, this.population.sets().of(leaf))));
    }
    return { regions: homes.count(members), circles };
  }

  /** Reads the members of those circles that are not held, all with one question. */
  private async hold(names: readonly string[]): Promise<void> {
    const isHeld = (circle: string) => this.population.has({ circle });
    if (names.every(isHeld)) return;
    await this.alone(async () => {
      const circles = names.filter((name) => !isHeld(name));
      const drafts = circles.map((circle) => this.population.draft({ circle }));
      await eachNumbered(this.client, MEMBERS, { circles }, (hi, lo, circle) => drafts[circle - 1]?.add(hi, lo));
      for (const draft of drafts) draft.keep();
    });
  }

  private async readHomes(): Promise<HomeRegions> {
    this.homes = await readHomes(this.client, this.population);
    return this.homes;
  }

  /** The pseudonym behind a dense id. */
  pseudonymOf(id: number): bigint {
    const { ids } = this.population;
    return pseudonymOf(ids.hiOf(id), ids.loOf(id));
  }

  /** What is told of a set, see `toldOf`. */
  told(bits: Bits, disclosure: Disclosure): ToldSet {
    return toldOf(bits, this.population.ids, disclosure);
  }

  /** Grows whenever an audience may have changed. */
  get revision(): number {
    return this.population.revision;
  }

  /** Whether somebody is left out of all audiences because of an order to forget. */
  isForgotten(id: number): boolean {
    const { ids } = this.population;
    return this.population.isForgotten(ids.hiOf(id), ids.loOf(id));
  }

  /** The pseudonyms of a set, ascending. */
  pseudonymsIn(bits: Bits): BigUint64Array {
    const people = new BigUint64Array(countBits(bits));
    let at = 0;
    for (const id of idsIn(bits)) people[at++] = this.pseudonymOf(id);
    return people.sort();
  }

  /** The set of these people, of whom some may be in no circle any more. */
  setOf(people: Iterable<bigint>): Bits {
    const ids = Array.from(people, (pseudonym) => this.population.admit(...wordsOf(pseudonym)));
    const bits = bitsFor(this.population.everybody.length * 32);
    for (const id of ids) setBit(bits, id);
    return bits;
  }

  /** Takes in what was written since the last time, and who is to be left out. */
  refresh(): Promise<void> {
    return this.alone(async () => {
      const read = await readNow(this.client);
      const asOfSec = read.watermarkSec;
      this.watermarkSec = asOfSec;
      const since = Math.max(0, this.refreshedSec - OVERLAP_SEC);
      await this.exclude();
      if (isNewer(read.blocks.log, this.seen.log)) await this.takeMemberships(since);
      if (this.homes !== null && isNewer(read.blocks.anchors, this.seen.anchors))
        await takeHomes(this.client, this.homes, this.population, since, this.seen);
      this.refreshedSec = read.atSec;
      this.seen = read.blocks;
      const known = this.known;
      this.known = this.population.ids.count;
      if (Math.floor(asOfSec / HOUR_SEC) === Math.floor(this.population.asOfSec / HOUR_SEC))
        return this.takeStays(since, known);
      this.population.asOfSec = asOfSec;
      this.population.dropWhere(agesWithTime);
    });
  }

  private async takeMemberships(since: number): Promise<void> {
    const rows = { since, seen: this.seen.log };
    const names = new Set<string>();
    const circles = { regional: REGION_CIRCLE.source, held: this.population.circles() };
    for (const [subscriber, circle, score, sinceSec, seenSec, gone] of await rowsOf(this.client, CHANGED, {
      ...rows,
      ...circles,
    })) {
      const [subscriberHi, subscriberLo] = wordsOf(BigInt(String(subscriber)));
      names.add(String(circle));
      this.population.apply({
        subscriberHi,
        subscriberLo,
        circle: String(circle),
        score: Number(score),
        sinceSec: Number(sinceSec),
        seenSec: Number(seenSec),
        gone: Number(gone) === 1,
      });
    }
    this.addNames(names);
    await this.takePeople(rows);
  }

  private addNames(names: Iterable<string>): void {
    const all = new Set(this.names);
    for (const name of names) if (!REGION_CIRCLE.test(name)) all.add(name);
    if (all.size > this.names.length) this.names = [...all].sort();
  }

  /** Of those whose circles changed, the ones who are in one are among everybody, and the others are nobody's audience any more. */
  private async takePeople(rows: Record<string, unknown>): Promise<void> {
    const changed = new Set<bigint>();
    await eachPseudonym(this.client, CHANGED_PEOPLE, rows, (hi, lo) => changed.add(pseudonymOf(hi, lo)));
    if (changed.size === 0) return;
    await eachPseudonym(this.client, `${STILL_MEMBERS} (${CHANGED_PEOPLE})`, rows, (hi, lo) => {
      changed.delete(pseudonymOf(hi, lo));
      this.population.enter(hi, lo);
    });
    for (const pseudonym of changed) this.population.leave(...wordsOf(pseudonym));
  }

  /**
   * Who came to a place, or to a device; who has been away from it for too long leaves with the hour. Of who is new all is read: where they
   * were before was passed over, as that of people in no circle.
   *
   * @param known dense ids from this one on are new
   */
  private async takeStays(since: number, known: number): Promise<void> {
    const { asOfSec, ids } = this.population;
    const people = Array.from({ length: ids.count - known }, (_, i) => this.pseudonymOf(known + i));
    for (const leaf of this.population.leaves()) {
      if (isMembership(leaf)) continue;
      const add = (hi: number, lo: number) => this.population.add(leaf, hi, lo);
      const { query, params } = questionOf(leaf, asOfSec, { writtenSec: since });
      await eachPseudonym(this.client, query, params, add);
      if (people.length === 0) continue;
      const all = questionOf(leaf, asOfSec, { people });
      await eachPseudonym(this.client, all.query, all.params, add);
    }
  }

  private async exclude(): Promise<void> {
    const excluded = this.excludedNow();
    if (excluded === this.excluded) return;
    this.excluded = excluded;
    const free = this.population.exclude(excluded);
    if (free.length === 0) return;
    const people = free.map(({ hi, lo }) => pseudonymOf(hi, lo));
    await eachPseudonym(this.client, `${STILL_MEMBERS} {people:Array(UInt64)}`, { people }, (hi, lo) =>
      this.population.enter(hi, lo),
    );
  }

  /** What `evaluated` gives, at once where all sets that the expression needs are held; else when those are read. */
  private async prepared<T>(expression: Expression, evaluated: () => T): Promise<T> {
    const leaves = leavesOf(expression);
    if (leaves.every((leaf) => this.population.has(leaf))) return evaluated();
    return this.alone(async () => {
      for (const leaf of leaves) if (!this.population.has(leaf)) await this.read(leaf);
      this.population.makeRoom(leaves);
      return evaluated();
    });
  }

  private async read(leaf: Leaf): Promise<void> {
    const draft = this.population.draft(leaf);
    const { query, params } = questionOf(leaf, this.population.asOfSec);
    await eachPseudonym(this.client, query, params, draft.add);
    draft.keep();
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

function pseudonymOf(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

function wordsOf(pseudonym: bigint): [number, number] {
  return [Number(pseudonym >> 32n), Number(pseudonym & 0xffffffffn)];
}
