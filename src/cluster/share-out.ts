/** Who is to have which partition: everybody the same number, one more or less, with as few moves as that takes. */

/**
 * @param owners of each partition the engine that has it, or one that is no more, or null
 * @param engines those that live, at least one
 * @returns of each partition the engine that is to have it; the same for everybody who knows the same
 */
export function shareOut(owners: readonly (string | null)[], engines: readonly string[]): string[] {
  const held = new Map(engines.map((engine) => [engine, 0]));
  for (const owner of owners) if (owner !== null && held.has(owner)) held.set(owner, (held.get(owner) ?? 0) + 1);
  // Who has the most keeps one more where the numbers do not come out even: that is a move less.
  const ranked = [...held].sort(([a, heldA], [b, heldB]) => heldB - heldA || (a < b ? -1 : 1));
  const least = Math.floor(owners.length / engines.length);
  const richer = owners.length % engines.length;
  const room = new Map(ranked.map(([engine], rank) => [engine, rank < richer ? least + 1 : least]));
  const seat = (engine: string | null) => {
    const left = engine === null ? 0 : (room.get(engine) ?? 0);
    if (engine === null || left === 0) return null;
    room.set(engine, left - 1);
    return engine;
  };
  const kept = owners.map(seat);
  const free = ranked.flatMap(([engine]) => Array.from({ length: room.get(engine) ?? 0 }, () => engine));
  return kept.map((engine) => engine ?? (free.shift() as string));
}
