import { type CheckpointFiles, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { takeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { TakenBlock } from "../../src/checkpoint/taken-blocks.js";
import type { Diaries } from "../../src/circle/diaries.js";
import type { LoadedCity } from "../../src/geo/load.js";
import type { Partition } from "../../src/partition.js";
import { snapshotRecords } from "../../src/stay/record-words.js";
import { OPTIONS } from "../derivation.js";

/** A place of checkpoints to look into. */
export function memoryFiles(): CheckpointFiles & { readonly held: Map<string, Buffer> } {
  const held = new Map<string, Buffer>();
  return {
    held,
    place: "memory",
    names: async () => [...held.keys()],
    async read(name) {
      const bytes = held.get(name);
      if (bytes === undefined) throw new Error(`${name} is not there`);
      return Buffer.from(bytes);
    },
    write: async (name, parts) => void held.set(name, Buffer.concat(parts)),
    remove: async (name) => void held.delete(name),
  };
}

/** The partitions saved, and restored with the reference data of a city. */
export async function savedAndRestored(
  partitions: readonly Partition[],
  city: LoadedCity,
  warn: (message: string) => void = () => undefined,
): Promise<Partition[]> {
  const files = memoryFiles();
  const saving = partitions[0];
  if (saving === undefined) throw new Error("nothing to save");
  for (const partition of partitions) partition.changeAll();
  await (await openCheckpoints(files, warn)).save(takeSnapshot(partitions, saving.city));
  return (await (await openCheckpoints(files, warn)).restore(city, OPTIONS)) ?? [];
}

/** The words of a diary, wherever they lie; of somebody who was forgotten there may be zeros before them. */
function diaryOf(diaries: Diaries, slot: number): Uint32Array {
  const { packed, recent } = diaries.snapshot(Uint32Array.of(slot));
  const words = Uint32Array.from([...packed, ...recent.subarray(1)]);
  return words.filter((_, at) => words.subarray(0, at + 1).some((word) => word !== 0));
}

/** The words of a block that was taken; once. */
export function wordsOf(block: TakenBlock): Uint32Array {
  const words = new Uint32Array(block.words);
  block.writeTo(words);
  return words;
}

/** All that a partition keeps of its subscribers, each by itself. */
export function subscribersOf({ stays, circles, presence, triggers }: Partition): string[] {
  return Array.from({ length: stays.table.count }, (_, slot) => {
    const one = Uint32Array.of(slot);
    const { lines, heads, parts } = snapshotRecords(stays.table, one);
    const all = [
      lines,
      heads,
      parts,
      circles.snapshot(one),
      diaryOf(circles.diary, slot),
      circles.standings.snapshot(one),
      triggers.visits.newestOf(one),
      triggers.visits.snapshot(one),
    ];
    return [...all.map((part) => [...part].join(" ")), presence.heard[slot] ?? 0].join("|");
  });
}
