import { afterAll, beforeAll, expect, test } from "vitest";
import { keysAreKnown, type Served, serve } from "./served.js";

let served: Served;
const keys: Record<string, string> = {};
beforeAll(async () => {
  served = await serve();
  keys.admin = served.key("admin");
  keys.marketer = served.key("marketer");
  keys.west = served.key("marketer", { regions: ["W"] });
  keys.analyst = served.key("analyst");
  await keysAreKnown();
});
afterAll(() => served.close());

async function ask(method: string, path: string, body: object | null = null, key = "marketer", purpose = "tests") {
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keys[key]}`,
      ...(purpose === "" ? {} : { "x-purpose": purpose }),
      ...(body === null ? {} : { "content-type": "application/json" }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const WEST = { trigger: "west", on: "enter", where: { kind: "region", region: "W" } };

test("a trigger is made with what the form leaves out, listed, read and deleted; its id is free again then", async () => {
  const made = await ask("POST", "/triggers", WEST);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    trigger: "west",
    where: { kind: "region", region: "W", enter: 0.6, leave: 0.3, dwellMinutes: 5, awayMinutes: 5 },
    quiet: null,
    cap: null,
    expires: null,
    subject: "trigger.v1.west",
    purpose: "tests",
    regions: null,
  });
  expect(made.body.reach.cells).toBeGreaterThan(5);
  expect(made.body.reach.surest).toBeGreaterThan(0.9);
  expect((await ask("POST", "/triggers", WEST)).status).toBe(409);
  expect((await ask("GET", "/triggers")).body.triggers.map(({ trigger }: { trigger: string }) => trigger)).toEqual([
    "west",
  ]);
  expect((await ask("GET", "/triggers/west")).body).toEqual(made.body);
  expect((await ask("DELETE", "/triggers/west")).status).toBe(204);
  expect((await ask("GET", "/triggers/west")).status).toBe(404);
  expect((await ask("POST", "/triggers", WEST)).status).toBe(201);
  await ask("DELETE", "/triggers/west");
});

test("of two who take one id at once, one finds it taken", async () => {
  const both = await Promise.all([ask("POST", "/triggers", WEST), ask("POST", "/triggers", WEST)]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  await ask("DELETE", "/triggers/west");
});

test("pages of triggers follow each other by their cursors", async () => {
  for (const trigger of ["a", "b", "c"]) await ask("POST", "/triggers", { ...WEST, trigger });
  const first = await ask("GET", "/triggers?limit=2");
  const second = await ask("GET", `/triggers?limit=2&cursor=${first.body.next}`);
  const ids = [first, second].map(({ body }) => body.triggers.map(({ trigger }: { trigger: string }) => trigger));
  expect(ids).toEqual([["a", "b"], ["c"]]);
  expect(second.body.next).toBeNull();
  for (const trigger of ["a", "b", "c"]) await ask("DELETE", `/triggers/${trigger}`);
});

test("who may ask about people of some regions only makes triggers that tell of them only", async () => {
  const made = await ask("POST", "/triggers", { ...WEST, trigger: "mine" }, "west");
  expect(made.body.regions).toEqual(["W"]);
  expect((await ask("DELETE", "/triggers/mine", null, "marketer")).status).toBe(403);
  expect((await ask("DELETE", "/triggers/mine", null, "admin")).status).toBe(204);
});

test("who may not ask for lists of people makes no trigger, and nobody does without a purpose; both are in the audit log", async () => {
  expect((await ask("POST", "/triggers", WEST, "analyst")).status).toBe(403);
  expect((await ask("POST", "/triggers", WEST, "marketer", "")).status).toBe(400);
  const { audit } = (await ask("GET", "/audit?limit=20", null, "admin")).body;
  const rows = audit.filter(({ operation }: { operation: string }) => operation === "createTrigger");
  expect(rows.slice(0, 2).map(({ status, role }: { status: number; role: string }) => [role, status])).toEqual([
    ["marketer", 400],
    ["analyst", 403],
  ]);
});

test.each([
  ["a venue that the city has not", { kind: "venue", venue: "zoo" }, "body.where.venue"],
  ["a region that the city has not", { kind: "region", region: "N" }, "body.where.region"],
  ["a fence too small for the network", { kind: "around", lon: 113.3, lat: 23.1, metres: 20 }, "body.where.enter"],
  ["a fence in another city", { kind: "around", lon: 120.2, lat: 30.2, metres: 5000 }, "body.where.enter"],
  ["leaving above entering", { kind: "region", region: "W", enter: 0.3, leave: 0.6 }, "body.where.leave"],
  [
    "a ring that is open",
    {
      kind: "polygon",
      polygons: [
        [
          [
            [113, 23],
            [113, 24],
            [114, 24],
            [114, 23],
          ],
        ],
      ],
    },
    "body.where.polygons.0.0",
  ],
] as const)("%s is told with its place", async (_, where, place) => {
  const { status, body } = await ask("POST", "/triggers", { ...WEST, where });
  expect(status).toBe(400);
  expect(body.mend).toEqual(expect.any(String));
  expect(body.errors.map((error: { place: string }) => error.place)).toContain(place);
});

test("a region that the city writes otherwise is told with what was meant", async () => {
  const { status, body } = await ask("POST", "/triggers", { ...WEST, where: { kind: "region", region: "w" } });
  expect([status, body.mend]).toEqual([400, "did you mean W?"]);
});

test("a circle that no rule has is not found, and one of a rule is told of without a fence", async () => {
  const circle = (id: string) => ({ trigger: "c", on: "leave", where: { kind: "circle", circle: id } });
  expect((await ask("POST", "/triggers", circle("nobody"))).status).toBe(404);
  const made = await ask("POST", "/triggers", circle("white-collar"));
  expect([made.status, made.body.reach]).toEqual([201, null]);
  await ask("DELETE", "/triggers/c");
});
