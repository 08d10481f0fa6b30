/** Which part of a file is asked for (RFC 9110, section 14). */

/** The first and the last byte. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const ONE_RANGE = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i;

/**
 * The range of a header `Range`: `a-b`, `a-` and the last n bytes as `-n`. Null gives the whole file: without the header, and for several
 * ranges, other units and what is no range, all of which a server may leave aside. "beyond" has no byte of the file.
 *
 * @param bytes of the file
 */
export function byteRange(header: string | null, bytes: number): ByteRange | "beyond" | null {
  const [, from, to] = ONE_RANGE.exec(header ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return null;
  const last = bytes - 1;
  if (from === "") return Number(to) === 0 || bytes === 0 ? "beyond" : { first: Math.max(0, bytes - Number(to)), last };
  if (to !== "" && Number(to) < Number(from)) return null;
  if (Number(from) > last) return "beyond";
  return { first: Number(from), last: to === "" ? last : Math.min(last, Number(to)) };
}
