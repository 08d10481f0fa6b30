/**
 * What a snapshot takes of a partition, as blocks (blocks.ts) whose words are made when they are written, beside the stream. Where most
 * records have changed, the tables are copied as they lie, which takes a fraction of going from part to part; where few have, these alone.
 */
import type { TakenDiaries } from "../circle/diary-words.js";
import type { FrozenLists } from "../circle/paged-lists.js";
import type { Partition } from "../partition.js";
import { copyRecords, partWords } from "../stay/record-words.js";
import type { SubscriberTable } from "../stay/subscriber-table.js";
import { type Block, encode, type Lead, leadOf, wordsOf } from "./blocks.js";

/** Slots of one block: 2 to 3 MB of records, or as much of lists. */
const RECORDS_MAX = 4096;
const LISTS_MAX = 1024;
/** From this share of the slots on they are most: one by itself costs as much as some ten copied as they lie. */
const MOST = 1 / 8;

/** What a block is made of. */
interface Contents {
  readonly lead: Lead;
  fill(block: Block): void;
}

/** A block as it was when it was taken, whatever changes later. */
export class TakenBlock {
  private length = 0;
  private contents: Contents | null = null;
  private make: (() => Contents) | null;
  private readonly drop: () => void;

  /** @param make called once @param drop nobody asks for the contents any more */
  constructor(make: () => Contents, drop = () => {}) {
    this.make = make;
    this.drop = drop;
  }

  /** Words of the block. */
  get words(): number {
    if (this.make !== null) {
      this.contents = this.make();
      this.make = null;
      this.length = wordsOf(this.contents.lead);
    }
    return this.length;
  }

  /** Writes the words, once, to where there is room for them. */
  writeTo(out: Uint32Array): void {
    const { words, contents } = this;
    if (contents === null || out.length !== words) throw new Error(`a block of ${words} words cannot be written here`);
    encode(contents.lead, out, contents.fill);
    this.giveBack();
  }

  /** Nobody asks for the words any more. */
  giveBack(): void {
    this.make = null;
    this.contents = null;
    this.drop();
  }
}

/** The records and the lists of these slots, given upwards, as they are now. */
export function takeBlocks(partition: Partition, records: Uint32Array, lists: Uint32Array): TakenBlock[] {
  return [...takeRecords(partition, records), ...takeLists(partition, lists)];
}

function takeRecords(partition: Partition, slots: Uint32Array): TakenBlock[] {
  const { table } = partition.stays;
  const areMost = slots.length > MOST * table.count;
  const source = areMost ? table.copy() : table;
  const make = (some: Uint32Array) => recordsOf(partition, some, source);
  return piecesOf(slots, RECORDS_MAX).map((some) => new TakenBlock(areMost ? make(some) : kept(make(some)())));
}

function takeLists(partition: Partition, slots: Uint32Array): TakenBlock[] {
  const { stays, circles, triggers } = partition;
  const areMost = slots.length > MOST * stays.table.count;
  const diaries = circles.diary.frozen(areMost);
  const lists = { standing: circles.standings.frozen(areMost), visits: triggers.visits.frozen(areMost) };
  return piecesOf(slots, LISTS_MAX).map((some) => {
    const taken = diaries(some);
    return new TakenBlock(listsOf(partition, some, taken, lists), () => taken.giveBack());
  });
}

function piecesOf(slots: Uint32Array, length: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(slots.length / length) }, (_, i) =>
    slots.subarray(i * length, (i + 1) * length),
  );
}

/** @param table the partition's, or a copy of it */
function recordsOf(partition: Partition, slots: Uint32Array, table: SubscriberTable): () => Contents {
  const { circles, presence, triggers } = partition;
  const columns = circles.snapshot(slots);
  const heard = slots.map((slot) => presence.heard[slot] ?? 0);
  const newest = triggers.visits.newestOf(slots);
  const lead = leadOf(partition, { records: slots.length });
  return () => ({
    lead: { ...lead, parts: partWords(table, slots) },
    fill(block) {
      block.records.set(slots);
      copyRecords(table, slots, block.record);
      block.columns.set(columns);
      block.heard.set(heard);
      block.newest.set(newest);
    },
  });
}

/** The same with its words, since what it is made of goes on to change. */
function kept(contents: Contents): () => Contents {
  const words = new Uint32Array(wordsOf(contents.lead));
  encode(contents.lead, words, contents.fill);
  return () => ({ lead: contents.lead, fill: ({ words: out }) => out.set(words) });
}

function listsOf(
  partition: Partition,
  slots: Uint32Array,
  diaries: TakenDiaries,
  lists: { readonly standing: FrozenLists; readonly visits: FrozenLists },
): () => Contents {
  const wordsOfStanding = lists.standing(slots);
  const wordsOfVisits = lists.visits(slots);
  const lead = leadOf(partition, { lists: slots.length });
  return () => {
    const [standing, visits] = [wordsOfStanding(), wordsOfVisits()];
    return {
      lead: { ...lead, ...diaries.sizes(), standing: standing.length, visits: visits.length },
      fill(block) {
        block.lists.set(slots);
        diaries.copyTo(block.diaries);
        block.standing.set(standing);
        block.visits.set(visits);
      },
    };
  };
}
