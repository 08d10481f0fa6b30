import { Problem } from "./problem.js";

/** The place after which the next page begins, as an opaque text that only the same list understands. */
export function cursorOf(list: string, after: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...after])).toString("base64url");
}

/** What `cursorOf` was given; null for a first page. Throws Problem 400 for anything else, a cursor of another list included. */
export function readCursor(list: string, parts: number, cursor: string | undefined): string[] | null {
  if (cursor === undefined) return null;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(read) && read.length === parts + 1 && read.every((part) => typeof part === "string")) {
      const [from, ...after] = read as string[];
      if (from === list) return after;
    }
  } catch {
    // Text that is no JSON was made by somebody else, like a cursor of another list; both are told the same.
  }
  throw new Problem(400, "the cursor is not of this list", "give `next` of the page before, with the same parameters", [
    { place: "query.cursor", says: "is not of this list" },
  ]);
}
