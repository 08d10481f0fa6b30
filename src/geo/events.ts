import type { CityEvent } from "./city.js";
import type { TimeReader } from "./city-time.js";
import { openCsv } from "./csv.js";
import type { FileFaults } from "./fault.js";

const EVENT_CATEGORIES = ["music", "sport", "expo"] as const;
const FORM = { required: ["event", "venue", "category", "start", "end"], optional: ["genre", "title"] };

/** Reads `events.csv`; `venues` maps a venue's id to its index, `readTime` reads local and absolute times. */
export function readEvents(
  text: string,
  venues: ReadonlyMap<string, number>,
  readTime: TimeReader,
  faults: FileFaults,
): CityEvent[] {
  const csv = openCsv(text, FORM, faults);
  if (csv === null) return [];
  const column = (name: string): number => csv.column(name);
  const [id, venue, category, genre] = [column("event"), column("venue"), column("category"), column("genre")];
  const [start, end, title] = [column("start"), column("end"), column("title")];
  const lines = new Map<string, number>();
  const events: CityEvent[] = [];
  while (csv.next()) {
    const name = csv.get(id);
    const first = lines.get(name);
    if (name === "") faults.error(csv.line, "event id", "the row names no event", "fill the column event");
    else if (first !== undefined) {
      faults.error(
        csv.line,
        "duplicate",
        `event ${name} comes twice, first on line ${first}`,
        "give each event its own id",
      );
    }
    lines.set(name, csv.line);
    const where = venues.get(csv.get(venue));
    if (where === undefined) {
      const message = `event ${name} is at venue "${csv.get(venue)}", which venues.geojson does not have`;
      faults.error(csv.line, "unknown venue", message, "add the venue, or mend its id");
    }
    const kind = EVENT_CATEGORIES.find((known) => known === csv.get(category));
    if (kind === undefined) {
      const message = `event ${name} has category "${csv.get(category)}"`;
      faults.error(csv.line, "category", message, `write one of ${EVENT_CATEGORIES.join(", ")}`);
    }
    const startMs = readEventTime(csv.get(start), readTime, csv.line, faults);
    const endMs = readEventTime(csv.get(end), readTime, csv.line, faults);
    if (endMs <= startMs) {
      faults.error(
        csv.line,
        "order",
        `event ${name} ends at ${csv.get(end)}, not after its start`,
        "mend start and end",
      );
    }
    if (where === undefined || kind === undefined) continue;
    events.push({
      id: name,
      venue: where,
      category: kind,
      genre: csv.get(genre),
      startMs,
      endMs,
      title: csv.get(title),
    });
  }
  return events;
}

function readEventTime(text: string, readTime: TimeReader, line: number, faults: FileFaults): number {
  const ms = readTime(text);
  if (Number.isNaN(ms)) {
    faults.error(
      line,
      "time",
      `"${text}" is no time`,
      "write 2026-05-01T19:30 (local time of the city) or with an offset",
    );
  }
  return ms;
}
