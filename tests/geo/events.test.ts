import { describe, expect, it } from "vitest";
import { faultsOf, loadSound } from "./city-files.js";

const HEADER = "event,venue,category,genre,start,end,title";

describe("events", () => {
  it("have their venue and times, local or with an offset", () => {
    expect(loadSound().events).toEqual([
      {
        id: "E1",
        venue: 1,
        category: "music",
        genre: "pop",
        startMs: Date.parse("2026-05-01T19:30:00+08:00"),
        endMs: Date.parse("2026-05-01T22:00:00+08:00"),
        title: "Night",
      },
    ]);
  });

  it("report an unknown venue, category and time, an end before the start, and an id that comes twice", () => {
    const rows = [
      "E1,nowhere,music,pop,2026-05-01T19:30,2026-05-01T22:00,",
      "E2,hall,opera,,2026-05-01T19:30,2026-05-01T22:00,",
      "E3,hall,sport,,today,2026-05-01T22:00,",
      "E4,hall,expo,,2026-05-01T19:30,2026-05-01T19:30,",
      "E4,hall,expo,,2026-05-01T19:30,2026-05-02,",
      ",hall,expo,,2026-05-01T19:30,2026-05-02,",
    ];
    const faults = faultsOf({ "events.csv": [HEADER, ...rows].join("\n") });
    expect(faults.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 event E1 is at venue "nowhere", which venues.geojson does not have',
      '3 event E2 has category "opera"',
      '4 "today" is no time',
      "5 event E4 ends at 2026-05-01T19:30, not after its start",
      "6 event E4 comes twice, first on line 5",
      "7 the row names no event",
    ]);
  });

  it("may be none: a header alone is no fault", () => {
    expect(loadSound({ "events.csv": `${HEADER}\n` }).events).toEqual([]);
  });
});
