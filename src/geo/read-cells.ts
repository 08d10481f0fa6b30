import { parseCell } from "../signal/identity.js";
import { CellRows, countLines, SiteNumbers } from "./cell-rows.js";
import type { TimeReader } from "./city-time.js";
import { type Crs, toWgs84 } from "./crs.js";
import { type CsvForm, CsvReader } from "./csv.js";
import type { FileFaults } from "./fault.js";
import { isOpenCellId, readOpenCellId } from "./opencellid.js";
import { type Bounds, reportPlacing } from "./plane.js";

/** What the rows of `cells.csv` are read against. */
export interface CellContext {
  readonly crs: Crs;
  readonly bounds: Bounds | null;
  readonly homePlmns: ReadonlySet<number>;
  /** Ids to indices. */
  readonly regions: ReadonlyMap<string, number>;
  readonly venues: ReadonlyMap<string, number>;
  readonly readTime: TimeReader;
}

const FORM: CsvForm = {
  required: ["cell", "lon", "lat"],
  optional: ["site", "azimuth", "beamwidth", "range_m", "placement", "venue", "region", "valid_from", "valid_to"],
};

/** Horizontal half-power beamwidth of the usual sector antenna (3GPP TR 36.942 section 4.2.1), where a plan gives none. */
const BEAMWIDTH_DEFAULT = 65;
/** The longest reach that GSM (with extended timing advance) or LTE can serve. */
const RANGE_MAX_M = 120_000;

/** Reads `cells.csv`, in the form of the contract or OpenCelliD's; every fault is reported, faulty rows are left out. */
export function readCells(text: string, context: CellContext, faults: FileFaults): CellRows {
  const rows = new CellRows(countLines(text));
  if (isOpenCellId(text)) readOpenCellId(text, context, rows, faults);
  else {
    const csv = new CsvReader(text, faults);
    if (!csv.readHeader(FORM)) return rows;
    const reader = new RowReader(csv, context, rows, faults);
    while (csv.next()) reader.read();
  }
  if (rows.count === 0)
    faults.error(null, "no cells", "the file has no usable cell", "add a row a cell below the header");
  return rows;
}

class RowReader {
  readonly #csv: CsvReader;
  readonly #context: CellContext;
  readonly #rows: CellRows;
  readonly #faults: FileFaults;
  readonly #sites = new SiteNumbers();
  readonly #column: Readonly<Record<string, number>>;

  constructor(csv: CsvReader, context: CellContext, rows: CellRows, faults: FileFaults) {
    this.#csv = csv;
    this.#context = context;
    this.#rows = rows;
    this.#faults = faults;
    this.#column = Object.fromEntries([...FORM.required, ...FORM.optional].map((name) => [name, csv.column(name)]));
  }

  read(): void {
    const rows = this.#rows;
    const row = rows.count;
    const name = this.#get("cell");
    const key = parseCell(name);
    if (key === null) {
      const mend = "write cgi:MCC-MNC-LAC-CI, ecgi:MCC-MNC-ECI or ncgi:MCC-MNC-NCI (LAC, CI 16, ECI 28, NCI 36 bits)";
      this.#faults.error(this.#csv.line, "cell", `"${name}" is no cell of 3GPP TS 23.003`, mend);
    }
    const rawLon = this.#number("lon", -1e9, 1e9, "degrees");
    const rawLat = this.#number("lat", -1e9, 1e9, "degrees");
    if (key === null || Number.isNaN(rawLon) || Number.isNaN(rawLat)) return;
    const [lon, lat] = toWgs84(this.#context.crs, rawLon, rawLat);
    reportPlacing(this.#context.bounds, lon, lat, `cell ${name}`, this.#csv.line, this.#faults);
    rows.keyHi[row] = key.hi;
    rows.keyLo[row] = key.lo;
    rows.lon[row] = lon;
    rows.lat[row] = lat;
    rows.line[row] = this.#csv.line;
    rows.site[row] = this.#sites.of(this.#get("site"), lon, lat);
    this.#readAntenna(row);
    this.#readPlacement(row, name);
    this.#readValidity(row, name);
    rows.count++;
  }

  #readAntenna(row: number): void {
    const rows = this.#rows;
    if (this.#get("range_m") !== "") rows.range[row] = this.#number("range_m", 1, RANGE_MAX_M, "metres");
    const beamwidth = this.#get("beamwidth") === "" ? BEAMWIDTH_DEFAULT : this.#number("beamwidth", 1, 360, "degrees");
    if (this.#get("azimuth") === "" || beamwidth === 360) return;
    rows.azimuth[row] = this.#number("azimuth", 0, 360, "degrees from north, empty where omnidirectional");
    rows.beamwidth[row] = beamwidth;
  }

  #readPlacement(row: number, name: string): void {
    const placement = this.#get("placement");
    const venue = this.#get("venue");
    const region = this.#get("region");
    const line = this.#csv.line;
    if (placement !== "" && placement !== "indoor" && placement !== "outdoor") {
      this.#faults.error(line, "placement", `cell ${name} has placement "${placement}"`, "write outdoor or indoor");
    }
    const known = this.#context.venues.get(venue);
    if (venue !== "" && known === undefined) {
      const message = `cell ${name} names venue ${venue}, which venues.geojson does not have`;
      this.#faults.error(line, "unknown venue", message, "add the venue, or mend its id");
    }
    if (placement === "indoor") {
      this.#rows.indoor[row] = 1;
      if (known !== undefined) this.#rows.venue[row] = known;
      if (venue === "") {
        const mend = "name the venue it serves; until then its footprint is the building at its position";
        this.#faults.warning(line, "indoor venue", `indoor cell ${name} names no venue`, mend);
      }
    } else if (venue !== "") {
      const mend = "set placement to indoor, or leave venue empty; an outdoor cell serves no single venue";
      this.#faults.warning(line, "outdoor venue", `cell ${name} names a venue but is not indoor`, mend);
    }
    if (region === "") return;
    const index = this.#context.regions.get(region);
    if (index !== undefined) this.#rows.region[row] = index;
    else {
      const message = `cell ${name} names region ${region}, which regions.csv does not list`;
      this.#faults.error(line, "unknown region", message, "add the region to regions.csv, or mend the id");
    }
  }

  #readValidity(row: number, name: string): void {
    if (this.#get("valid_from") !== "") this.#rows.validFromMs[row] = this.#time("valid_from");
    if (this.#get("valid_to") !== "") this.#rows.validToMs[row] = this.#time("valid_to");
    if ((this.#rows.validToMs[row] as number) > (this.#rows.validFromMs[row] as number)) return;
    if (Number.isNaN(this.#rows.validToMs[row]) || Number.isNaN(this.#rows.validFromMs[row])) return;
    const message = `cell ${name} is valid to ${this.#get("valid_to")}, not after its start`;
    this.#faults.error(this.#csv.line, "validity", message, "mend valid_from (inclusive) and valid_to (exclusive)");
  }

  #time(column: string): number {
    const text = this.#get(column);
    const ms = this.#context.readTime(text);
    if (Number.isNaN(ms)) {
      const mend = "write YYYY-MM-DD or YYYY-MM-DDThh:mm (local time of the city), or with an offset";
      this.#faults.error(this.#csv.line, "time", `${column} "${text}" is no time`, mend);
    }
    return ms;
  }

  #get(column: string): string {
    return this.#csv.get(this.#column[column] as number);
  }

  /** The number in a column; NaN, reported, where there is none in the range. */
  #number(column: string, min: number, max: number, unit: string): number {
    const text = this.#get(column);
    const value = text === "" ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    const range = max < 1e9 ? ` from ${min} to ${max}` : "";
    this.#faults.error(this.#csv.line, column, `${column} "${text}" is no number${range}`, `write ${unit}`);
    return Number.NaN;
  }
}
