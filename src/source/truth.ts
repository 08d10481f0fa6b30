import { existsSync } from "node:fs";
import { join } from "node:path";
import { FaultList, FileFaults, formatFault } from "../geo/fault.js";
import { type AnchorFact, entryOf, type StayFact, setOf, type Truth } from "../score/facts.js";
import { formatPseudonym } from "../signal/identity.js";
import { parseTime } from "../signal/time-text.js";
import { UserError } from "../signal/user-error.js";
import { splitCsvLine } from "./csv-line.js";
import { plainChunks } from "./file-chunks.js";
import { lineBlocks } from "./file-lines.js";
import type { Pseudonymiser } from "./pseudonym.js";

const LINE_BYTES_MAX = 65_536;
const BYTE_ORDER_MARK = /^\uFEFF/;
const OFFSET = /([+-])(\d{2}):?(\d{2})$/;
const MINUTE_MS = 60_000;
const KINDS = ["home", "day"];

/** Reads a field of the row in hand; reports the row and gives what is not used further where it is wrong. */
type Field = (column: string) => string;
type Wrong = (message: string, mend: string) => void;

/**
 * Reads the truth files of a folder (CONTRACTS, section 7) under pseudonyms: `truth_circles.csv`, `truth_anchors.csv`,
 * `truth_stays.csv`, and `truth_roles.csv` where there is one. A field's text never stands in a message, since it may name a subscriber.
 *
 * @throws UserError with every fault of all files: missing, without a column, rows that cannot be read
 */
export async function readTruth(dir: string, pseudonymiser: Pseudonymiser): Promise<Truth> {
  const faults = new FaultList();
  const pseudonymOf = pseudonymsOf(pseudonymiser);
  const subscriberOf = (field: Field, wrong: Wrong): string => {
    const raw = field("subscriber");
    if (raw === "") wrong("the subscriber is empty", "name one, as in the signalling");
    return pseudonymOf(raw);
  };
  const circles = new Map<string, Set<string>>();
  const anchors: AnchorFact[] = [];
  const stays: StayFact[] = [];
  let offsetMs: number | null = null;
  await readRows(dir, "truth_circles.csv", ["subscriber", "circle"], faults, (field, wrong) => {
    if (field("circle") === "") wrong("the circle is empty", "name one, or leave the row out");
    setOf(circles, subscriberOf(field, wrong)).add(field("circle"));
  });
  await readRows(dir, "truth_anchors.csv", ["subscriber", "kind", "lon", "lat"], faults, (field, wrong) => {
    const kind = field("kind");
    if (!KINDS.includes(kind)) wrong("the kind is not known", `give one of ${KINDS.join(", ")}`);
    anchors.push({ subscriber: subscriberOf(field, wrong), kind, ...position(field, wrong) });
  });
  await readRows(dir, "truth_stays.csv", ["subscriber", "start", "end", "lon", "lat"], faults, (field, wrong) => {
    offsetMs ??= offsetOf(field("start"));
    const startMs = parseTime(field("start"));
    const endMs = parseTime(field("end"));
    if (Number.isNaN(startMs) || Number.isNaN(endMs))
      wrong("a time cannot be read", "write ISO 8601 with an offset, or epoch milliseconds");
    else if (endMs <= startMs) wrong("the stay ends before it starts", "mend start or end");
    stays.push({ subscriber: subscriberOf(field, wrong), startMs, endMs, ...position(field, wrong) });
  });
  const roles = await readRoles(dir, faults, subscriberOf);
  if (faults.errors > 0) throw new UserError(faultText(dir, faults));
  return { circles, anchors, stays, roles, offsetMs: offsetMs ?? 0 };
}

async function readRoles(
  dir: string,
  faults: FaultList,
  subscriberOf: (field: Field, wrong: Wrong) => string,
): Promise<Truth["roles"]> {
  if (!existsSync(join(dir, "truth_roles.csv"))) return null;
  const roles = new Map<string, string[]>();
  await readRows(dir, "truth_roles.csv", ["subscriber", "role"], faults, (field, wrong) => {
    entryOf(roles, subscriberOf(field, wrong)).push(field("role"));
  });
  return roles;
}

function faultText(dir: string, faults: FaultList): string {
  return `the truth in ${dir} cannot be used:\n${faults.list().map(formatFault).join("\n")}`;
}

function position(field: Field, wrong: Wrong): { lon: number; lat: number } {
  const lon = field("lon") === "" ? Number.NaN : Number(field("lon"));
  const lat = field("lat") === "" ? Number.NaN : Number(field("lat"));
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90))
    wrong("the position is not in degrees", "give lon and lat of WGS 84");
  return { lon, lat };
}

/** Ms that a time's own offset is ahead of UTC; 0 where it names none. */
function offsetOf(time: string): number {
  const match = OFFSET.exec(time);
  if (match === null || parseTime(time) === Number(time)) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * MINUTE_MS;
}

/** Calls `take` with each row of a file that has the columns, in any order; others are passed over. Memory holds a piece of the file. */
async function readRows(
  dir: string,
  name: string,
  columns: readonly string[],
  list: FaultList,
  take: (field: Field, wrong: Wrong) => void,
): Promise<void> {
  const faults = new FileFaults(name, list);
  const errorsBefore = list.errors;
  let at: ReadonlyMap<string, number> | null = null;
  let width = 0;
  let line = 0;
  let fields: readonly string[] = [];
  const field: Field = (column) => fields[at?.get(column) ?? -1] ?? "";
  const wrong: Wrong = (message, mend) => faults.error(line, message, message, mend);
  for await (const text of linesOf(dir, name, faults)) {
    line++;
    if (text.trim() === "") continue;
    const split = splitCsvLine(text);
    if (at === null) {
      at = headerOf(split ?? [], columns, line, faults);
      if (at === null) return;
      width = split?.length ?? 0;
      continue;
    }
    if (split?.length !== width) {
      wrong(`the row has other fields than the header, which has ${width}`, "give every column a field");
      continue;
    }
    fields = split;
    take(field, wrong);
  }
  if (line === 0 && list.errors === errorsBefore)
    faults.error(null, "empty file", "the file is empty", `give it the header ${columns.join()}`);
}

function headerOf(
  names: readonly string[],
  columns: readonly string[],
  line: number,
  faults: FileFaults,
): ReadonlyMap<string, number> | null {
  const at = new Map(names.map((name, index) => [name.trim(), index]));
  const missing = columns.filter((column) => !at.has(column));
  if (missing.length === 0) return at;
  const message = `the header lacks ${missing.join(", ")}`;
  faults.error(line, "header", message, `begin the file with ${columns.join()}`);
  return null;
}

/** The lines of a file without their ends. A file that cannot be read is a fault and has none. */
async function* linesOf(dir: string, name: string, faults: FileFaults): AsyncGenerator<string> {
  let isFirst = true;
  try {
    for await (const block of lineBlocks(plainChunks(join(dir, name)), LINE_BYTES_MAX)) {
      if ("oversizeBytes" in block) {
        // Its fields do not fit the header, which tells the line.
        yield "a line that is too long";
        continue;
      }
      const text = block.lines.toString("utf8");
      const lines = (isFirst ? text.replace(BYTE_ORDER_MARK, "") : text).split("\n");
      isFirst = false;
      lines.pop();
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code})`;
    faults.error(
      null,
      "unreadable",
      message,
      "make --truth name a folder of `lifecircle simulate`, or one with such files",
    );
  }
}

/** Pseudonyms by raw id, each made once, so that equal ones share their text. */
function pseudonymsOf(pseudonymiser: Pseudonymiser): (subscriber: string) => string {
  const known = new Map<string, string>();
  return (subscriber) => {
    let name = known.get(subscriber);
    if (name === undefined) {
      pseudonymiser.pseudonymiseText(subscriber);
      name = formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
      known.set(subscriber, name);
    }
    return name;
  };
}
