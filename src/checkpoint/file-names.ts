/** The names of the files of checkpoints: heads by number, what they are made of by number, names of a city's rows by what tells them apart. */
import type { Head } from "./snapshot.js";

const HEAD = /^state-(\d{12})\.snapshot$/;
/** What holds people, and is written once. */
export const CONTENT = /^(blocks|events)-/;
export const OURS = /^(state-\d{12}\.snapshot|blocks-\d{12}|events-\d{12}|city-[0-9a-f]+)$/;

/** Numbers of the heads among these names, the newest first. */
export function headNumbers(names: readonly string[]): number[] {
  return names
    .map((name) => HEAD.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
}

export function numbered(kind: string, number: number): string {
  return `${kind}-${String(number).padStart(12, "0")}`;
}

export function headName(number: number): string {
  return `${numbered("state", number)}.snapshot`;
}

export function cityName(fingerprint: string): string {
  return `city-${fingerprint}`;
}

/** Names that a head speaks of, its own first. */
export function spokenBy(
  number: number,
  { city, files, partitions }: Pick<Head, "city" | "files"> & { readonly partitions: readonly { events: string }[] },
): string[] {
  const events = partitions.map((partition) => partition.events).filter((name) => name !== "");
  return [headName(number), cityName(city), ...files, ...events];
}
