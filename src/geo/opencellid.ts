import { parseCell, parsePlmn } from "../signal/identity.js";
import { type CellRows, SiteNumbers } from "./cell-rows.js";
import { type Crs, toWgs84 } from "./crs.js";
import { CsvReader } from "./csv.js";
import type { FileFaults } from "./fault.js";
import { type Bounds, placing } from "./plane.js";

const COLUMNS = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal".split(
  ",",
);
const FORM = { required: ["radio", "mcc", "net", "area", "cell", "lon", "lat"], optional: COLUMNS };
const WITHOUT_HEADER = /^(?:GSM|UMTS|LTE|NR|CDMA),\d+,\d+,/;

/** Whether a cells file is of the form of OpenCelliD: by its header, or by its first row (its country files have no header). */
export function isOpenCellId(text: string): boolean {
  const first = text.slice(0, text.indexOf("\n") + 1 || text.length).trim();
  return WITHOUT_HEADER.test(first) || ["radio", "mcc", "net", "area"].every((name) => first.split(",").includes(name));
}

interface OpenCellIdContext {
  readonly crs: Crs;
  readonly bounds: Bounds | null;
  readonly homePlmns: ReadonlySet<number>;
}

/**
 * Reads OpenCelliD's export (wiki.opencellid.org, "Database format"). It is made by volunteers' phones and covers whole countries, so
 * a row that cannot be used (another place, CDMA, an id out of range, a cell told twice) is a warning and left out, not an error.
 * Its `range` is an estimate in metres, 0 where there is none.
 */
export function readOpenCellId(text: string, context: OpenCellIdContext, rows: CellRows, faults: FileFaults): void {
  const csv = new CsvReader(text, faults);
  if (!(WITHOUT_HEADER.test(text) ? csv.useHeader(COLUMNS, FORM) : csv.readHeader(FORM))) return;
  const sites = new SiteNumbers();
  const seen = new Set<string>();
  const column = (name: string): number => csv.column(name);
  const [radio, mcc, net, area, cell] = [column("radio"), column("mcc"), column("net"), column("area"), column("cell")];
  const [lonColumn, latColumn, range] = [column("lon"), column("lat"), column("range")];
  while (csv.next()) {
    const [lon, lat] = toWgs84(context.crs, Number(csv.get(lonColumn)), Number(csv.get(latColumn)));
    if (placing(context.bounds, lon, lat) !== "inside") {
      faults.warning(
        csv.line,
        "elsewhere",
        `a cell at ${lon}, ${lat} is not of this city`,
        "nothing to mend; cut the file to the city's bounds",
      );
      continue;
    }
    const plmn = plmnText(csv.get(mcc), csv.get(net), context.homePlmns);
    const name = cellName(csv.get(radio), plmn, csv.get(area), csv.get(cell));
    const key = parseCell(name);
    if (key === null || seen.has(name)) {
      const what = key === null ? "has an id that TS 23.003 does not know" : `is told twice (${name})`;
      faults.warning(csv.line, "unusable", `the cell ${what}; the row is left out`, "nothing to mend; remove the row");
      continue;
    }
    seen.add(name);
    const row = rows.count++;
    rows.keyHi[row] = key.hi;
    rows.keyLo[row] = key.lo;
    rows.lon[row] = lon;
    rows.lat[row] = lat;
    rows.line[row] = csv.line;
    rows.site[row] = sites.of("", lon, lat);
    // Signalling names a UMTS cell in either form.
    const short = csv.get(radio) === "UMTS" ? parseCell(shortName(plmn, csv.get(area), csv.get(cell))) : null;
    if (short !== null) rows.aliases.add(short.hi, short.lo, row);
    if (Number(csv.get(range)) > 0) rows.range[row] = Number(csv.get(range));
  }
}

/** Longer CIs are of UMTS. */
const CI_SPAN = 2 ** 16;
/** A CI with the RNC-ID in front is nameable below this (see signal/identity.ts). */
const LONG_CI_SPAN = 2 ** 25;

/**
 * The contract's name of a cell; a radio that it does not name gives a text that is no cell. OpenCelliD writes a UMTS cell as
 * RNC-ID * 65536 + C-ID, as exports of signalling do, so it is kept whole where signalling can name it so; beyond, the C-ID names it.
 */
function cellName(radio: string, plmn: string, area: string, cell: string): string {
  const id = Number(cell);
  if (radio === "GSM") return id < CI_SPAN ? `cgi:${plmn}-${area}-${cell}` : "";
  if (radio === "UMTS") return id < LONG_CI_SPAN ? `cgi:${plmn}-${area}-${cell}` : shortName(plmn, area, cell);
  if (radio === "LTE") return `ecgi:${plmn}-${cell}`;
  if (radio === "NR") return `ncgi:${plmn}-${cell}`;
  return "";
}

/** The CGI of TS 23.003: its CI has 16 bits, the C-ID of a UMTS cell. */
function shortName(plmn: string, area: string, cell: string): string {
  return `cgi:${plmn}-${area}-${Number(cell) % CI_SPAN}`;
}

/**
 * MCCs whose networks have three-digit MNCs throughout (ITU-T E.212 and its list of networks): Canada, the United States,
 * Mexico, Jamaica, the islands of the Caribbean that share its plan, Honduras, Argentina, Colombia, the Falkland Islands.
 */
const THREE_DIGIT_MCCS = new Set(
  "302 310 311 312 313 314 315 316 334 338 342 344 346 348 352 354 356 358 360 365 366 376 708 722 732 750".split(" "),
);

/**
 * MCC-MNC from numbers, which do not tell how many digits the MNC has. The rule, in this order: 100 and above has three; a
 * home PLMN of the city that has this MCC and the number decides; then the country's plan (THREE_DIGIT_MCCS); else two.
 */
export function plmnText(mcc: string, net: string, homePlmns: ReadonlySet<number>): string {
  const mcc3 = mcc.padStart(3, "0");
  const two = `${mcc3}-${net.padStart(2, "0")}`;
  const three = `${mcc3}-${net.padStart(3, "0")}`;
  if (net.length >= 3) return three;
  if (homePlmns.has(parsePlmn(two))) return two;
  if (homePlmns.has(parsePlmn(three)) || THREE_DIGIT_MCCS.has(mcc3)) return three;
  return two;
}
