import { CSV, NDJSON, PARQUET } from "./files.js";
import { HTTP } from "./http.js";
import { CITY_YAML, GEOJSON, TABLES } from "./reference.js";
import { CONFIG, RULES } from "./settings.js";
import { SNAPSHOTS } from "./snapshots.js";
import type { Target } from "./target.js";
import { COLUMNAR, ROW_WISE } from "./wire.js";

export const TARGETS: readonly Target[] = [
  COLUMNAR,
  ROW_WISE,
  CSV,
  NDJSON,
  PARQUET,
  GEOJSON,
  CITY_YAML,
  TABLES,
  RULES,
  CONFIG,
  SNAPSHOTS,
  HTTP,
];
