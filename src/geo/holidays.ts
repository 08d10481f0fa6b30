import { isDate } from "./city-time.js";
import { openCsv } from "./csv.js";
import type { FileFaults } from "./fault.js";

type Kind = "holiday" | "workday";

/** Reads `holidays.csv`: local date to what it is, where that differs from what its weekday says. */
export function readHolidays(text: string, faults: FileFaults): ReadonlyMap<string, Kind> {
  const holidays = new Map<string, Kind>();
  const csv = openCsv(text, { required: ["date", "kind"], optional: ["name"] }, faults);
  if (csv === null) return holidays;
  const dateColumn = csv.column("date");
  const kindColumn = csv.column("kind");
  while (csv.next()) {
    const date = csv.get(dateColumn);
    const kind = csv.get(kindColumn);
    if (!isDate(date)) faults.error(csv.line, "date", `"${date}" is no date`, "write YYYY-MM-DD");
    else if (kind !== "holiday" && kind !== "workday") {
      faults.error(
        csv.line,
        "kind",
        `kind "${kind}" of ${date} is not known`,
        "write holiday or workday (a make-up working day)",
      );
    } else if (holidays.has(date) && holidays.get(date) !== kind) {
      faults.error(csv.line, "duplicate", `${date} is both holiday and workday`, "keep one of them");
    } else holidays.set(date, kind);
  }
  return holidays;
}
