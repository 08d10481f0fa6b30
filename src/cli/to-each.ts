/** What is asked for changes by one reader is made askable by several. */

/** @returns gives each reader a question of its own, which tells it every change once: the newest, also one of before it began */
export function toEach<T>(changed: () => T | null): () => () => T | null {
  let newest: T | null = null;
  let version = 0;
  return () => {
    let told = 0;
    return () => {
      const change = changed();
      if (change !== null) {
        newest = change;
        version++;
      }
      if (told === version) return null;
      told = version;
      return newest;
    };
  };
}
