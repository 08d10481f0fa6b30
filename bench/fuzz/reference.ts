/** The files of a city folder: GeoJSON, `city.yaml`, and the tables. */
import fc from "fast-check";
import { formatFault } from "../../src/geo/fault.js";
import { loadCity } from "../../src/geo/load.js";
import { mutations, shown } from "./mutate.js";
import { CITY_SEEDS, cityFiles } from "./seeds.js";
import { closeNothing, must, type OpenTarget, target } from "./target.js";

const GEOJSON_WORDS = [
  "[",
  "]",
  "{",
  "}",
  ",",
  '"',
  "null",
  '"Polygon"',
  '"MultiPolygon"',
  '"Point"',
  '"GeometryCollection"',
  '"coordinates":[]',
  '"features":',
  "113.3",
  "1e308",
  "-1e308",
  "[113.3,23.1]",
  "[0,0]",
  '"geometry":null',
  "\\u0000",
  "\ufeff",
];
/** The parser takes long for broken text: many short inputs find more than a few long ones. */
export const YAML_BYTES_MAX = 12_000;
export const YAML_WORDS = [
  "\n",
  "\n  ",
  "\t",
  ": ",
  "- ",
  "&a ",
  "*a",
  "<<: *a",
  "&a [*a]",
  "!!binary ",
  "!!set ",
  "? ",
  "|\n",
  ">\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "{",
  "}",
  "[",
  "]",
  "'",
  '"',
  "#",
  "~",
  ".nan",
  "0x7f",
  "1_000",
  "2026-01-01",
  "__proto__: ",
  "constructor: ",
  "\0",
  "\ufeff",
];
const TABLE_WORDS = [
  ",",
  '"',
  '""',
  "\n",
  "\r\n",
  "\ufeff",
  "\0",
  "ecgi:460-00-1000",
  "113.3",
  "W",
  "2026-01-06",
  "1e308",
  "-999",
];

/** A fault of a file, told by what is wrong and not by where. */
const PLACE = /^[^:]*(:\d+)?: (error|warning): /;

function fileTarget(
  names: readonly string[],
  words: readonly string[],
  bytesMax = 200_000,
): () => Promise<OpenTarget<FileInput>> {
  return async () => {
    const inputsOf = (name: string) =>
      mutations([Buffer.from(CITY_SEEDS[name] as string)], words, bytesMax).map((bytes) => ({ name, bytes }));
    return {
      inputs: fc.oneof(...names.map(inputsOf)),
      judge({ name, bytes }) {
        const { city, faults } = loadCity(cityFiles({ [name]: bytes }));
        const errors = faults.filter(({ severity }) => severity === "error");
        must(
          (city === null) === errors.length > 0,
          () => `${errors.length} errors, and the city ${city === null ? "cannot" : "can"} be used`,
        );
        for (const fault of faults) {
          must(fault.message !== "" && fault.mend !== "", () => `a fault without words: ${JSON.stringify(fault)}`);
          must(PLACE.test(formatFault(fault)), () => `a fault without a place: ${formatFault(fault)}`);
          must(formatFault(fault).length < 2000, () => `a fault of ${formatFault(fault).length} characters`);
        }
        return city === null ? { "file refused": 1 } : { taken: 1 };
      },
      show: ({ name, bytes }) => `${name}: ${shown(bytes)}`,
      bytes: ({ bytes }) => bytes.length,
      close: closeNothing,
    };
  };
}

interface FileInput {
  readonly name: string;
  readonly bytes: Buffer;
}

export const GEOJSON = target("geojson", 50_000, fileTarget(["venues.geojson", "regions.geojson"], GEOJSON_WORDS));
export const CITY_YAML = target("city.yaml", 30_000, fileTarget(["city.yaml"], YAML_WORDS, YAML_BYTES_MAX));
export const TABLES = target(
  "city tables",
  40_000,
  fileTarget(["cells.csv", "regions.csv", "events.csv", "holidays.csv"], TABLE_WORDS),
);
