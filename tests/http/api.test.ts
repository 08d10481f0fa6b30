import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { createKey, revokeKey, rotateKey } from "../../src/http/access/keys.js";
import { ALL_OPERATIONS } from "../../src/http/all-operations.js";
import { ApiError, createClient } from "../../src/http/client.js";
import { cursorOf } from "../../src/http/cursor.js";
import { problemsOf } from "../../src/http/openapi.js";
import type { Operation } from "../../src/http/operation.js";
import { H3, keysAreKnown, type Served, serve } from "./served.js";

let served: Served;
let admin: string;
beforeAll(async () => {
  served = await serve();
  admin = served.key("admin");
  await keysAreKnown();
});
afterAll(() => served.close());

const PURPOSE = { "x-purpose": "tests" };

function get(path: string, key = admin, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } });
}

interface ProblemBody {
  readonly detail: string;
  readonly correlator: string;
  readonly errors?: readonly { readonly place: string }[];
}

type Operations = typeof ALL_OPERATIONS;

/** An answer, which has the form of its operation and nothing else. */
async function asked<K extends keyof Operations>(
  id: K,
  path: string,
  key = admin,
  headers: Record<string, string> = {},
): Promise<z.output<Operations[K]["response"]>> {
  const body: unknown = await (await get(path, key, headers)).json();
  const parsed = ALL_OPERATIONS[id].response.parse(body);
  expect(parsed).toEqual(body);
  return parsed as z.output<Operations[K]["response"]>;
}

/** The problem that a question is answered with; every one has its form, and says the place and the mend. */
async function problem(answer: Promise<Response>, status: number): Promise<{ detail: string; places: string[] }> {
  const response = await answer;
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as ProblemBody;
  expect(body).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.any(String),
    mend: expect.any(String),
  });
  expect(body.correlator).toBe(response.headers.get("x-correlator"));
  return { detail: body.detail, places: (body.errors ?? []).map(({ place }) => place) };
}

/** A key that the server knows already. */
async function key(...given: Parameters<Served["key"]>): Promise<string> {
  const text = served.key(...given);
  await keysAreKnown();
  return text;
}

describe("numbers", () => {
  test("the catalogue has the rules in words; circles of few people have no number, and families of few people are not there", async () => {
    const body = await asked("listCircles", "/circles");
    expect(body.circles.map(({ circle }) => circle)).toEqual(["film", "white-collar"]);
    expect(body.circles[0]).toMatchObject({ people: null, dimension: "preference" });
    expect(body.circles[1]).toMatchObject({ name: "商务白领圈", says: "Works in an office" });
    expect(Math.abs((body.circles[1]?.people ?? 0) - 80)).toBeLessThanOrEqual(body.within);
    expect(body.asOf).toBe("2026-01-05T12:00:00Z");
  });

  test("pages follow each other by their cursors", async () => {
    const first = await asked("listCircles", "/circles?limit=1");
    const second = await asked("listCircles", `/circles?limit=1&cursor=${first.next}`);
    expect([first, second].map((page) => page.circles[0].circle)).toEqual(["film", "white-collar"]);
    expect(second.next).toBeNull();
  });

  test("one circle has regions, history and overlaps, and none of them tells of fewer than k", async () => {
    const body = await asked("getCircle", "/circles/white-collar?days=3");
    expect(body.regions.map(({ region }) => region)).toContain("W");
    expect(body.overlaps).toEqual([]);
    expect(body.history).toHaveLength(3);
    const numbers = [...body.regions, ...body.history].map(({ people }) => people).filter((people) => people !== null);
    expect(numbers.every((people) => people >= 15 && people % 15 === 0)).toBe(true);
  });

  test("presence adds up partitions, by region and by H3 cell, and leaves out places of few", async () => {
    const byRegion = await asked("listPresence", "/presence");
    expect(byRegion.presence).toEqual([{ slot: "2026-01-05T12:00:00Z", place: "W", people: expect.any(Number) }]);
    const byCell = await asked("listPresence", `/presence?by=h3&h3=${H3.west}`);
    expect(byCell.presence.map(({ place }) => place)).toEqual([H3.west]);
    expect(
      (await asked("listPresence", "/presence?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")).presence,
    ).toEqual([]);
  });

  test("a page of presence ends at a place that is told, so that no cursor tells where fewer are", async () => {
    // E comes before W, and holds 14 people.
    const page = await asked("listPresence", "/presence?limit=1");
    expect([page.presence.map(({ place }) => place), page.next]).toEqual([["W"], null]);
  });

  test("a hexagon that lies in one region has one number, with and without that region, and whoever asks", async () => {
    const inW = await key("ops", { regions: ["W"] });
    const numbers = await Promise.all(
      ["", "&region=W"].flatMap((more) =>
        [admin, inW].map(async (who) => {
          const answer = await get(`/presence?by=h3&h3=${H3.west}${more}`, who);
          return ((await answer.json()) as { presence: { people: number }[] }).presence[0]?.people;
        }),
      ),
    );
    expect(numbers).toEqual(Array(4).fill(numbers[0]));
    expect(numbers[0]).toBeGreaterThan(0);
  });

  test("the newest presence is of the newest slot that all partitions have closed, those long silent aside", async () => {
    const row = { h3: BigInt(`0x${H3.west}`).toString(), region: "W", circle: "", subscribers: 60 };
    const slotSec = Date.parse("2026-01-05T12:00:00Z") / 1000;
    const values = [
      { ...row, slot: slotSec + 900, partition: 0 },
      { ...row, slot: slotSec - 90_000, partition: 2 },
    ];
    await served.store.client.insert({ table: "presence_rows", values, format: "JSONEachRow" });
    expect((await asked("listPresence", "/presence")).from).toBe("2026-01-05T12:00:00Z");
  });

  test("presence by H3 cell can be asked for up to three resolutions coarser", async () => {
    const coarse = await asked("listPresence", "/presence?by=h3&resolution=6");
    expect(coarse.presence).toEqual([{ slot: "2026-01-05T12:00:00Z", place: H3.both, people: expect.any(Number) }]);
    const same = await asked("listPresence", `/presence?by=h3&resolution=6&h3=${H3.both}`);
    expect(same.presence).toEqual(coarse.presence);
    const own = await asked("listPresence", "/presence?by=h3&resolution=9");
    expect(own.presence.map(({ place }) => place)).toEqual([H3.west]);
    for (const query of ["by=h3&resolution=5", "by=h3&resolution=10", "resolution=7"]) {
      expect((await problem(get(`/presence?${query}`), 400)).places).toEqual(["query.resolution"]);
    }
  });

  test("regions have a name and an outline around their cells", async () => {
    const { city, levels, level, regions } = await asked("listRegions", "/regions");
    expect({ city, levels, level }).toEqual({ city: "Small", levels: [4], level: 4 });
    expect(regions.map(({ region, name }) => `${region} ${name}`)).toEqual(["W west", "E east"]);
    for (const { outline } of regions) expect(outline[0]?.[0]?.length).toBeGreaterThan(6);
    expect((await asked("listRegions", "/regions?level=1")).regions).toEqual([]);
  });

  test("flows are from home to day place, and from stay to stay", async () => {
    const homeDay = await asked("listFlows", "/flows");
    expect(homeDay.flows.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(["E>E", "W>E"]);
    const moves = await asked("listFlows", "/flows?kind=moves&from=2026-01-05");
    expect(moves.flows).toEqual([{ from: "W", to: "E", people: expect.any(Number) }]);
  });

  test("an answer that did not change is 304 for its ETag", async () => {
    const first = await get("/circles");
    const again = await get("/circles", admin, { "if-none-match": first.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });
});

describe("people", () => {
  test("members come in pages that together name each once", async () => {
    const names: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const from = next === "" ? "" : `&cursor=${next}`;
      const page: z.output<Operations["listMembers"]["response"]> = await asked(
        "listMembers",
        `/circles/white-collar/members?limit=33${from}`,
        admin,
        PURPOSE,
      );
      names.push(...page.members.map(({ subscriber }) => subscriber));
      next = page.next;
    }
    expect(names).toEqual(Array.from({ length: 80 }, (_, n) => String(1000 + n)));
  });

  test("the panorama has anchors, circles with evidence, a week and the history", async () => {
    const body = await asked("getSubscriber", "/subscribers/1002", admin, PURPOSE);
    expect(body.anchors.map(({ kind, region }) => [kind, region])).toEqual([
      ["home", "W"],
      ["day", "E"],
    ]);
    expect(body.circles.preference.map(({ circle }) => circle)).toEqual(["film", "music:jazz"]);
    expect(body.circles.demographic[0].evidence).toEqual({ rule: "test", days: 9 });
    expect(body.week[0]).toEqual({ weekday: 1, days: 1, home: 11, day: 0, other: 0 });
    expect(body.history).toHaveLength(3);
  });

  test("a raw id leads to its pseudonym, and is in no log", async () => {
    const answer = await fetch(`${served.url}/subscribers/lookup`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin}`, "content-type": "application/json", ...PURPOSE },
      body: JSON.stringify({ id: "460001234500007" }),
    });
    expect(await answer.json()).toMatchObject({ subscriber: "1007", known: true });
    await problem(get("/subscribers/460001234500007", admin, PURPOSE), 404);
    const rows = await served.store.client.query({ query: "SELECT * FROM audit", format: "JSONEachRow" });
    expect(await rows.text()).not.toContain("460001234500007");
    expect(served.logged.join()).not.toContain("460001234500007");
  });

  test("each question is in the audit log, refused ones included: who, what, why, how many", async () => {
    const analyst = await key("analyst");
    await get("/circles/film/members", admin, { ...PURPOSE, "x-correlator": "audit-1" });
    await get("/circles/film/members", analyst, { ...PURPOSE, "x-correlator": "audit-2" });
    const { audit } = await asked("listAudit", "/audit?limit=2");
    expect(audit[1]).toMatchObject({
      correlator: "audit-1",
      operation: "listMembers",
      purpose: "tests",
      people: 10,
      status: 200,
    });
    expect(JSON.parse(audit[1].question).params).toEqual({ circle: "film" });
    expect(audit[0]).toMatchObject({ correlator: "audit-2", role: "analyst", status: 403, people: 0 });
  });

  test("who has regions sees the people who live there, and nobody else", async () => {
    const east = await key("admin", { regions: ["E"] });
    const { members } = await asked("listMembers", "/circles/white-collar/members", east, PURPOSE);
    expect(members.map(({ subscriber }) => subscriber)).toEqual(Array.from({ length: 20 }, (_, n) => String(1060 + n)));
    await problem(get("/subscribers/1002", east, PURPOSE), 404);
    expect((await get("/subscribers/1062", east, PURPOSE)).status).toBe(200);
    expect((await problem(get("/presence?region=W", east), 403)).places).toEqual(["query.region"]);
    expect((await asked("listPresence", "/presence", east)).presence).toEqual([]);
  });
});

describe("what is refused", () => {
  test("no key, an unknown, a wrong, an expired and a revoked one", async () => {
    expect((await problem(fetch(`${served.url}/circles`), 401)).detail).toContain("no key");
    await problem(get("/circles", "lc_000000000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 401);
    await problem(get("/circles", `${admin.slice(0, -1)}${admin.endsWith("A") ? "B" : "A"}`), 401);
    await problem(get("/circles", "not.a.token"), 401);
    const expired = served.key("ops", { expiresMs: Date.now() - 1 });
    const gone = createKey(
      served.keysFile,
      { name: "x", role: "ops", regions: null, purposes: null, expiresMs: 4e12 },
      0,
    );
    revokeKey(served.keysFile, gone.key.id, Date.now());
    const old = createKey(
      served.keysFile,
      { name: "x", role: "ops", regions: null, purposes: null, expiresMs: 4e12 },
      0,
    );
    const fresh = rotateKey(served.keysFile, old.key.id, Date.now() + 60_000);
    await keysAreKnown();
    expect((await problem(get("/circles", expired), 401)).detail).toContain("expired");
    expect((await problem(get("/circles", gone.text), 401)).detail).toContain("revoked");
    expect([(await get("/circles", old.text)).status, (await get("/circles", fresh)).status]).toEqual([200, 200]);
  });

  test("questions beyond the role, and people without a purpose of the key", async () => {
    const ops = served.key("ops");
    const marketer = await key("marketer", { purposes: ["retention"] });
    await problem(get("/circles/film/members", ops, PURPOSE), 403);
    await problem(get("/subscribers/1002", marketer, PURPOSE), 403);
    expect((await problem(get("/circles/film/members", marketer, PURPOSE), 403)).places).toEqual(["header.X-Purpose"]);
    expect((await problem(get("/circles/film/members", marketer), 400)).places).toEqual(["header.X-Purpose"]);
    expect((await get("/circles/film/members", marketer, { "x-purpose": "retention" })).status).toBe(200);
  });

  test("malformed ids, unknown circles and regions, cursors of other lists, and parameters that there are not", async () => {
    expect((await problem(get("/subscribers/abc", admin, PURPOSE), 400)).places).toEqual(["path.subscriber"]);
    expect((await problem(get("/subscribers/99999999999999999999", admin, PURPOSE), 400)).places).toEqual([
      "path.subscriber",
    ]);
    await problem(get("/subscribers/5", admin, PURPOSE), 404);
    expect((await problem(get("/circles/nobody"), 404)).places).toEqual(["path.circle"]);
    expect((await problem(get("/presence?circle=nobody"), 404)).places).toEqual(["query.circle"]);
    await problem(get("/circles/music:jazz"), 404);
    await problem(get("/circles/a%27%20OR%201=1"), 400);
    await problem(get("/presence?region=nowhere"), 404);
    const { next } = await asked("listCircles", "/circles?limit=1");
    const beyond = cursorOf("members:film:0", ["18446744073709551616"]);
    for (const cursor of ["x", "%00", next, beyond]) {
      expect((await problem(get(`/circles/film/members?cursor=${cursor}`, admin, PURPOSE), 400)).places).toEqual([
        "query.cursor",
      ]);
    }
    expect((await problem(get("/circles?limit=0&colour=red"), 400)).places).toEqual(["query.limit", "query.colour"]);
    expect((await problem(get("/circles?limit=1&limit=2"), 400)).places).toEqual(["query.limit"]);
    await problem(get("/flows?kind=moves&from=2026-01-05&to=2026-03-05"), 400);
    await problem(get("/nothing"), 404);
    const wrongMethod = await fetch(`${served.url}/circles`, { method: "DELETE" });
    expect([wrongMethod.status, wrongMethod.headers.get("allow")]).toEqual([405, "GET"]);
  });

  test("bodies that are too large, no JSON, or of the wrong form", async () => {
    const post = (body: string, type = "application/json") =>
      fetch(`${served.url}/subscribers/lookup`, {
        method: "POST",
        headers: { authorization: `Bearer ${admin}`, "content-type": type, ...PURPOSE },
        body,
      });
    await problem(post(JSON.stringify({ id: "x".repeat(5000) })), 413);
    await problem(post("{"), 400);
    await problem(post("[".repeat(4000)), 400);
    await problem(post('{"id":"1"}', "text/plain"), 415);
    expect((await problem(post('{"id":1,"more":2}'), 400)).places).toEqual(["body.id", "body.more"]);
  });
});

describe("the form", () => {
  test("the document has every operation with its problems, and the correlator comes back", async () => {
    const answer = await fetch(`${served.url}/openapi.json`, { headers: { "x-correlator": "mine-1" } });
    expect(answer.headers.get("x-correlator")).toBe("mine-1");
    const document = (await answer.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    for (const [id, operation] of Object.entries<Operation>(ALL_OPERATIONS)) {
      const said = document.paths[`/v1${operation.path}`]?.[operation.method.toLowerCase()];
      expect(said?.operationId).toBe(id);
      expect(Object.keys(said?.responses ?? {}).map(Number)).toEqual(
        [operation.status, ...problemsOf(operation)].sort((a, b) => a - b),
      );
    }
  });

  test("the client asks by the same form, and throws what the server refuses", async () => {
    const client = createClient({ url: served.url.replace(/\/v1$/, ""), key: admin, purpose: "tests" });
    const { circles } = await client.listCircles({ query: { dimension: "demographic" } });
    expect(circles.map(({ circle }) => circle)).toEqual(["white-collar"]);
    expect((await client.getSubscriber({ params: { subscriber: "1002" } })).subscriber).toBe("1002");
    const refused = await client.getCircle({ params: { circle: "nobody" } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect((refused as ApiError).status).toBe(404);
  });
});

test("more questions than a key may ask are answered with 429 and Retry-After", async () => {
  const busy = await serve({ rate: { perSecondMax: 0.01, burstMax: 2 } });
  try {
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await fetch(`${busy.url}/circles`)).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await fetch(`${busy.url}/circles`);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  } finally {
    await busy.close();
  }
});

test("a store that hangs is waited for as long as a question may take, and then there is an answer", async () => {
  const never = () => new Promise(() => undefined);
  const hanging = await serve({ answers: { listCircles: never, getSubscriber: never }, secondsMax: 0 });
  try {
    const paths = ["/circles", "/circles", "/subscribers/1002"];
    const answers = await Promise.all(paths.map((path) => fetch(`${hanging.url}${path}`, { headers: PURPOSE })));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(Number(answers[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  } finally {
    await hanging.close();
  }
});
