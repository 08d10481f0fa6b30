import { KINDS } from "../signal/batch.js";
import { isoLocal } from "./calendar.js";
import { NO_PEER } from "./contacts.js";
import { FLAWS } from "./dirt.js";
import type { CityPlan } from "./guangzhou/plan.js";
import type { Person } from "./person.js";
import { mix } from "./random.js";
import type { RowBuffer } from "./row-buffer.js";

/** One row of signalling as text, with the names of the contract's columns; spoilt rows hold what was spoilt. */
export interface SignallingRow {
  readonly time: string;
  readonly subscriber: string;
  readonly cell: string;
  readonly kind: string;
  readonly peer: string;
  readonly tac: string;
  readonly home_plmn: string;
}

export const SIGNALLING_HEADER = "time,subscriber,cell,kind,peer,tac,home_plmn\n";

/** The row as a line of `signalling.csv`; a row without fields becomes the short line that it was. */
export function csvLine(row: SignallingRow): string {
  if (row.kind === "" && row.cell === "") return `${row.time},${row.subscriber}\n`;
  return `${row.time},${row.subscriber},${row.cell},${row.kind},${row.peer},${row.tac},${row.home_plmn}\n`;
}

const BAD_CELLS = [
  "ecgi:460-00-999999999999",
  "460-00-12345",
  "ecgi:46-0-133120001",
  "ncgi:460-00-68719476736",
  "cgi:460-00-70000-1",
  "-",
];
const BAD_TIMES = ["", "2025-13-45T25:61:00+08:00", "yesterday", "NaN"];

/** Text of row `i` of a buffer. */
export function rowText(rows: RowBuffer, i: number, plan: CityPlan, people: readonly Person[]): SignallingRow {
  const timeMs = rows.timeMs[i] as number;
  const kindCode = rows.kind[i] as number;
  const person = people[rows.person[i] as number] as Person;
  const registers = kindCode <= 2;
  const row: SignallingRow = {
    time: isoLocal(timeMs),
    subscriber: person.id,
    cell: plan.cells[rows.cell[i] as number]?.name ?? "",
    kind: KINDS[kindCode] ?? "",
    peer: peerText(rows.peer[i] as number, people),
    tac: registers ? person.tac : "",
    home_plmn: registers || person.foreign ? person.homePlmn : "",
  };
  const flaw = rows.flaw[i] as number;
  return flaw === 0 ? row : spoilt(row, FLAWS[flaw], Math.floor(timeMs / 1000));
}

function spoilt(row: SignallingRow, flaw: (typeof FLAWS)[number] | undefined, salt: number): SignallingRow {
  const pick = mix(salt, 3, 5, 7);
  if (flaw === "unknown_cell") return { ...row, cell: `ecgi:460-00-${230_000_000 + (pick % 30_000_000)}` };
  if (flaw === "bad_cell") return { ...row, cell: BAD_CELLS[pick % BAD_CELLS.length] ?? "" };
  if (flaw === "bad_time") return { ...row, time: BAD_TIMES[pick % BAD_TIMES.length] ?? "" };
  if (flaw === "missing_fields") return { ...row, cell: "", kind: "", peer: "", tac: "", home_plmn: "" };
  if (flaw === "bad_kind") return { ...row, kind: "ping" };
  return { ...row, subscriber: "" };
}

function peerText(peer: number, people: readonly Person[]): string {
  if (peer === NO_PEER) return "";
  if (peer >= 0) return people[peer]?.id ?? "";
  return peer >= -40 ? `1065${String(80_000 - peer * 37)}` : `86139${String(10_000_000 - peer * 7919)}`;
}
