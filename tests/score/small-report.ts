import type { Membership } from "../../src/score/facts.js";
import { Hearing } from "../../src/score/hearing.js";
import { type ScoreReport, scoreReport } from "../../src/score/report.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const place = { lon: 113.3, lat: 23.1 };
const stay = (subscriber: string, startHour: number, endHour: number) => ({
  subscriber,
  startMs: startHour * HOUR_MS,
  endMs: endHour * HOUR_MS,
  ...place,
  events: 3,
});
const said = (subscriber: string, circle: string, score: number): Membership => ({
  subscriber,
  circle,
  dimension: circle.startsWith("home:") ? "region" : "preference",
  score,
});

/**
 * The report about four people: 1 and 2 are well observed, 3 is not, 4 is in no truth file. 1 goes to the cinema and is found to; 2
 * works there and goes to concerts.
 */
export function smallReport(): ScoreReport {
  const stays = ["1", "2", "3"].map((subscriber) => stay(subscriber, 0, 48));
  const hearing = new Hearing(stays, (timeMs) => Math.floor(timeMs / DAY_MS));
  for (const lo of [1, 2]) for (const day of [0, 1]) hearing.hear(0, lo, day * DAY_MS);
  return scoreReport({
    truth: {
      circles: new Map([
        ["1", new Set(["film", "home:A"])],
        ["2", new Set(["music:pop", "music:jazz", "home:A"])],
        ["3", new Set(["film"])],
      ]),
      anchors: ["1", "2"].map((subscriber) => ({ subscriber, kind: "home", ...place })),
      stays,
      roles: new Map([["2", ["cinema_staff"]]]),
      offsetMs: 0,
    },
    found: {
      memberships: [
        said("1", "film", 0.8),
        said("2", "film", 0.6),
        said("4", "film", 0.95),
        said("1", "home:A", 0.85),
        said("2", "music:pop", 0.7),
      ],
      anchors: [{ subscriber: "1", kind: "home", ...place }],
      stays: [stay("1", 1, 48), stay("2", 0, 48)],
      changes: ["pop", "jazz"].map((genre, i) => ({
        circle: `music:${genre}`,
        entered: i + 1,
        strengthened: 0,
        left: i,
        returned: 0,
      })),
    },
    hearing,
    city: null,
    limits: { observedDaysMin: 2, eventsPerDayMin: 1 },
    confounders: [{ circle: "film", roles: ["cinema_staff"] }],
  });
}
