import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Disclosure } from "../../src/insight/disclosure.js";
import { Random } from "../../src/simulate/random.js";
import { keysAreKnown, PEOPLE_MIN, SECRET, type Served, serve } from "./served.js";

const DAY_SEC = 86_400;
/** Local midnight of a Sunday in Guangzhou, after all else that the store of the tests has. */
const FIRST_SEC = Date.parse("2026-02-01T00:00:00+08:00") / 1000;
const DAYS = 40;
const PEOPLE = 300;
const CIRCLES = { "white-collar": "demographic", film: "preference", "home:W": "region", "home:E": "region" };

interface Change {
  readonly subscriber: number;
  readonly circle: string;
  readonly change: "entered" | "left" | "strengthened";
  readonly time: number;
}

/** Whoever is in a circle leaves it and comes back at any second of any day; some circles swell, and one that was full is empty at the end. */
function changesOf(random: Random): Change[] {
  return Array.from({ length: PEOPLE }, (_, n) => 5000 + n).flatMap((subscriber) =>
    Object.keys(CIRCLES).flatMap((circle) => {
      const times = Array.from({ length: random.int(6) }, () => FIRST_SEC + random.int(DAYS * DAY_SEC)).sort(
        (a, b) => a - b,
      );
      const isOver = circle === "home:E";
      const even = isOver && times.length % 2 === 1 ? times.slice(1) : times;
      return [...new Set(even)].flatMap((time, i): Change[] => {
        const change = i % 2 === 0 ? "entered" : "left";
        const more = change === "entered" && random.chance(0.3) ? [{ subscriber, circle, time: time + 1 }] : [];
        return [
          { subscriber, circle, change, time },
          ...more.map((one) => ({ ...one, change: "strengthened" as const })),
        ];
      });
    }),
  );
}

const changes = changesOf(new Random(7, "changes"));
const lastSec = Math.max(...changes.map(({ time }) => time));
const dayOf = (sec: number) => Math.floor((sec + 8 * 3600) / DAY_SEC);
const today = dayOf(lastSec);

/** Who is in a circle at the end of a local day, told by going through the log from its beginning. */
function membersAt(day: number, circle: string): Set<number> {
  const members = new Set<number>();
  for (const one of [...changes].sort((a, b) => a.time - b.time)) {
    if (one.circle !== circle || dayOf(one.time) > day) continue;
    if (one.change === "left") members.delete(one.subscriber);
    else members.add(one.subscriber);
  }
  return members;
}

let served: Served;
let admin: string;
let western: string;
beforeAll(async () => {
  served = await serve();
  admin = served.key("admin");
  western = served.key("admin", { regions: ["W"] });
  await fill();
  await keysAreKnown();
});
afterAll(() => served.close());

/** The log as it is, and the memberships that it leads to; every third lives in the west. */
async function fill(): Promise<void> {
  const { client } = served.store;
  const insert = (table: string, values: object[]) => client.insert({ table, values, format: "JSONEachRow" });
  await client.command({ query: "TRUNCATE TABLE memberships_rows" });
  await client.command({ query: "TRUNCATE TABLE membership_log_rows" });
  const row = (subscriber: number, circle: string) => ({
    ...{ subscriber, circle, dimension: CIRCLES[circle as keyof typeof CIRCLES], score: 0.9 },
    ...{ since: FIRST_SEC, seen: FIRST_SEC, evidence: "{}", version: 1 },
  });
  const log = changes.map(({ subscriber, circle, change, time }) => ({ ...row(subscriber, circle), change, time }));
  await insert("membership_log_rows", log);
  // A replay writes the same again.
  await insert("membership_log_rows", log.slice(0, 500));
  const members = Object.keys(CIRCLES).flatMap((circle) =>
    [...membersAt(today, circle)].map((subscriber) => ({ ...row(subscriber, circle), gone: 0 })),
  );
  await insert("memberships_rows", members);
  const homes = Array.from({ length: PEOPLE }, (_, n) => ({
    ...{ subscriber: 5000 + n, kind: "home", rank: 1, region: n % 3 === 0 ? "W" : "E", share: 1, days: 9 },
    ...{ rule: "nights", confidence: 0.9, version: 1, lon: 113.3, lat: 23.1, h3: 0, gone: 0 },
    ...{ cell: "ecgi:460-00-1000", venue: "", category: "" },
  }));
  await insert("anchors_rows", homes);
}

async function asked(path: string, key: string) {
  const answer = await fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  return answer.json() as Promise<{
    readonly circles: readonly { readonly circle: string; readonly peopleWeekAgo: number | null }[];
    readonly people: number | null;
    readonly peopleWeekAgo: number | null;
    readonly history: readonly { readonly day: string; readonly people: number | null }[];
  }>;
}

describe("sizes in the past are those that the log tells from its beginning", () => {
  const disclosure = new Disclosure({ peopleMin: PEOPLE_MIN, key: SECRET });
  const everybody = { topic: "", has: () => true };
  const west = { topic: '["W"]', has: (subscriber: number) => (subscriber - 5000) % 3 === 0 };
  const told = (day: number, circle: string, { topic, has }: typeof west) =>
    disclosure.number(`size|${circle}|${topic}`, [...membersAt(day, circle)].filter(has).length);
  /** The last day that was over a week before the newest event. */
  const weekAgo = dayOf(lastSec - 7 * DAY_SEC + 1) - 1;

  test.each([
    ["all regions", () => admin, everybody],
    ["one region", () => western, west],
  ] as const)("for who may ask about %s", async (_, key, scope) => {
    const { circles } = await asked("/circles", key());
    const before = new Map(circles.map((one) => [one.circle, one.peopleWeekAgo]));
    expect(before.size).toBeGreaterThan(1);
    for (const [circle, people] of before) expect(people, circle).toBe(told(weekAgo, circle, scope));
    for (const days of [1, 28, DAYS + 5])
      for (const circle of ["white-collar", "home:W"]) {
        const body = await asked(`/circles/${circle}?days=${days}`, key());
        expect(body.people).toBe(told(today, circle, scope));
        expect(body.peopleWeekAgo).toBe(told(weekAgo, circle, scope));
        expect(body.history).toEqual(
          Array.from({ length: days }, (_, i) => ({
            day: new Date((today - days + 1 + i) * DAY_SEC * 1000).toISOString().slice(0, 10),
            people: told(today - days + 1 + i, circle, scope),
          })),
        );
      }
    const history = (await asked("/circles/white-collar", key())).history.map(({ people }) => people);
    expect(new Set(history).size).toBeGreaterThan(1);
  });
});
