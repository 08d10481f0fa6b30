import { dayOfDate } from "../calendar.js";
import { happenings } from "../happenings.js";
import { DEFAULT_OPTIONS } from "../options.js";
import { guangzhou } from "./city.js";
import { cityFiles } from "./files.js";

/** The events of the reference data run from the first to the last of these local days. */
const FIRST_DATE = "2025-01-01";
const LAST_DATE = "2026-12-31";

/** The files of `geo/guangzhou` by name: the same bytes on every call and every machine. */
export function referenceFiles(): Map<string, string> {
  const plan = guangzhou();
  const first = dayOfDate(FIRST_DATE);
  const events = happenings(plan, first, dayOfDate(LAST_DATE) - first + 1, DEFAULT_OPTIONS.happenings);
  return cityFiles(plan, events);
}
