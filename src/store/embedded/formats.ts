/**
 * Output formats that the engine can hand over block by block. Each block is formatted for itself, which is only right where a
 * format has nothing around its rows; `headerLines` lines at the top of every further block are dropped. The rest (JSON, Pretty,
 * Parquet, ...) is formatted as a whole and held in memory.
 */
const STREAMED: Readonly<Record<string, number>> = {
  csv: 0,
  csvwithnames: 1,
  csvwithnamesandtypes: 2,
  jsoncompacteachrow: 0,
  jsoncompacteachrowwithnames: 1,
  jsoncompacteachrowwithnamesandtypes: 2,
  jsoncompactstringseachrow: 0,
  jsoneachrow: 0,
  jsonlines: 0,
  jsonstringseachrow: 0,
  lineasstring: 0,
  ndjson: 0,
  native: 0,
  rawblob: 0,
  rowbinary: 0,
  tabseparated: 0,
  tabseparatedraw: 0,
  tabseparatedwithnames: 1,
  tabseparatedwithnamesandtypes: 2,
  tsv: 0,
  tsvraw: 0,
  tsvwithnames: 1,
  tsvwithnamesandtypes: 2,
};

/** Lines to drop at the top of every block after the first; null where the format cannot be given in blocks. */
export function headerLines(format: string): number | null {
  return STREAMED[format.toLowerCase()] ?? null;
}

/** Length in bytes of the first `lines` lines. Names in a header hold no raw line ends, except within the quotes of CSV. */
export function headerBytes(block: Uint8Array, lines: number, csv: boolean): number {
  let at = 0;
  let quoted = false;
  for (let left = lines; left > 0 && at < block.length; at++) {
    const byte = block[at];
    if (csv && byte === 0x22) quoted = !quoted;
    else if (byte === 0x0a && !quoted) left--;
  }
  return at;
}

export function contentType(format: string): string {
  const lower = format.toLowerCase();
  if (lower.startsWith("json") && lower.includes("eachrow")) return "application/x-ndjson; charset=UTF-8";
  if (lower.startsWith("json")) return "application/json; charset=UTF-8";
  if (lower.startsWith("csv"))
    return `text/csv; charset=UTF-8; header=${lower.includes("names") ? "present" : "absent"}`;
  if (lower.startsWith("tab") || lower.startsWith("tsv")) return "text/tab-separated-values; charset=UTF-8";
  if (/^(rowbinary|native|parquet|arrow|orc|avro)/.test(lower)) return "application/octet-stream";
  return "text/plain; charset=UTF-8";
}
