import { afterAll, beforeAll, expect, test } from "vitest";
import { keysAreKnown, type Served, serve } from "./served.js";

let served: Served;
let keys: { readonly admin: string; readonly marketer: string; readonly other: string; readonly ops: string };

beforeAll(async () => {
  served = await serve();
  await served.addHomes();
  const [admin, marketer, other, ops] = (["admin", "marketer", "marketer", "ops"] as const).map((role) =>
    served.key(role),
  ) as [string, string, string, string];
  keys = { admin, marketer, other, ops };
  await keysAreKnown();
});
afterAll(() => served.close());

interface Saved {
  readonly audience: string;
  readonly version: number;
  readonly text: string;
}

/** The parts of the answers that are looked at one by one. */
interface Body {
  readonly audiences: readonly Saved[];
  readonly versions: readonly Saved[];
  readonly people: number;
  readonly text: string;
  readonly within: number;
  readonly next: string | null;
  readonly followed: object | null;
  readonly mend: string;
  readonly errors?: readonly { readonly place: string }[];
}

async function ask(method: string, path: string, key: string, body?: unknown) {
  const answer = await fetch(`${served.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      "x-purpose": "tests",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (answer.status === 204 ? {} : await answer.json()) as Body };
}

const save = (id: string, text: string, key = keys.marketer) =>
  ask("PUT", `/audiences/${id}`, key, { name: `About ${id}`, text });

test("an audience is saved under its id, in versions that are all kept, and counted under it", async () => {
  expect(await save("office", "WHITE-COLLAR")).toMatchObject({ status: 400 });
  expect(await save("office", "white-collar AND NOT film")).toMatchObject({
    status: 200,
    body: { audience: "office", version: 1, text: "white-collar and not film", asOf: "2026-01-05T12:00:00Z" },
  });
  // The same once more is no version.
  expect((await save("office", "white-collar and not film")).body).toMatchObject({ version: 1 });
  expect((await save("office", "white-collar")).body).toMatchObject({ version: 2 });
  const { body } = await ask("GET", "/audiences/office", keys.ops);
  expect(body).toMatchObject({ text: "white-collar", version: 2, name: "About office", followed: null });
  expect(body.versions.map((one) => [one.version, one.text])).toEqual([
    [2, "white-collar"],
    [1, "white-collar and not film"],
  ]);
  expect(Math.abs(body.people - 80)).toBeLessThanOrEqual(body.within);
  const counted = await ask("POST", "/audiences/count", keys.ops, { saved: "office" });
  expect(counted.body).toMatchObject({ text: "white-collar", people: body.people });
});

test("saved audiences are listed by id, in pages", async () => {
  await save("a-first", "film");
  await save("z-last", "film");
  const { body: first } = await ask("GET", "/audiences?limit=1", keys.ops);
  expect(first.audiences.map(({ audience }) => audience)).toEqual(["a-first"]);
  const { body: rest } = await ask("GET", `/audiences?cursor=${first.next}`, keys.ops);
  expect(rest.audiences.map(({ audience }) => audience)).toEqual(expect.arrayContaining(["z-last"]));
  expect(rest.next).toBeNull();
});

test("roles that only count save nothing, and only who saved an audience first, or an admin, changes it or removes it", async () => {
  await save("mine", "film");
  expect((await save("mine", "white-collar", keys.ops)).status).toBe(403);
  expect((await save("mine", "white-collar", keys.other)).status).toBe(403);
  expect((await ask("DELETE", "/audiences/mine", keys.other)).status).toBe(403);
  expect((await save("mine", "white-collar", keys.admin)).body).toMatchObject({ version: 2 });
  expect((await ask("DELETE", "/audiences/mine", keys.marketer)).status).toBe(204);
  expect((await ask("GET", "/audiences/mine", keys.ops)).status).toBe(404);
  expect((await ask("POST", "/audiences/count", keys.ops, { saved: "mine" })).status).toBe(404);
  // Its versions go on where they ended.
  expect((await save("mine", "film", keys.marketer)).body).toMatchObject({ version: 4 });
});

test("of two who save under a new id at once one is refused, and who saves under a removed one owns it", async () => {
  const both = await Promise.all([save("race", "film", keys.marketer), save("race", "white-collar", keys.other)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  await ask("DELETE", "/audiences/race", keys.admin);
  const [after, before] = both[0]?.status === 200 ? [keys.other, keys.marketer] : [keys.marketer, keys.other];
  expect((await save("race", "film", after)).status).toBe(200);
  expect((await save("race", "white-collar", before)).status).toBe(403);
  expect((await save("race", "white-collar", after)).body.text).toBe("white-collar");
});

test("a mistyped name is told none of a circle that few are in", async () => {
  for (const text of ["music:jazz", "music:jaz"]) {
    const { status, body } = await ask("POST", "/audiences/count", keys.ops, { text });
    expect([status, body.mend]).toEqual([400, "mend the text at the character that `errors` names"]);
  }
});

test("a name that nobody has is refused with its place and what was meant, as text and as JSON", async () => {
  const count = async (body: object) => {
    const { status, body: answer } = await ask("POST", "/audiences/count", keys.ops, body);
    return [status, answer.errors?.map(({ place }) => place).join(), answer.mend];
  };
  const text = (of: string) => count({ text: of });
  const json = (of: object) => count({ expression: of });
  const otherwise = "mend what `errors` names";
  const within = { withinDays: 7 };
  expect(await json({ all: [{ circle: "white-colar" }, { not: { circle: "flim" } }] })).toEqual([
    400,
    "body.expression.all.0,body.expression.all.1.not",
    "did you mean white-collar?",
  ]);
  expect(await text("home in w2")).toEqual([400, "body.text:9", "mend the text at the character that `errors` names"]);
  expect(await text("active in w")).toEqual([400, "body.text:11", "did you mean W?"]);
  expect(await json({ circle: "day:Q" })).toEqual([400, "body.expression", otherwise]);
  expect(await text("at venue hall within 7 days or film")).toEqual([400, "body.text:10", expect.any(String)]);
  expect(await json({ at: { venue: "hall" }, ...within })).toEqual([400, "body.expression", otherwise]);
  expect(
    await json({ atLeast: 1, of: [{ circle: "film" }, { at: { cell: "ecgi:460-00-01000" }, ...within }] }),
  ).toEqual([400, "body.expression.of.1", otherwise]);
  expect(await json({ at: { cell: "ecgi:460-00-1000" }, ...within })).toEqual([200, undefined, undefined]);
  expect(await json({ region: "ecgi:460-00-1000", kind: "home" })).toEqual([200, undefined, undefined]);
  expect(await text("home:W or at region W within 7 days")).toEqual([200, undefined, undefined]);
});

test("mistakes are told with their place, and ids that are paths of their own are none", async () => {
  const { status, body } = await save("broken", "white-collar and flim");
  expect([status, body.errors?.[0]?.place, body.mend]).toEqual([400, "body.text:18", "did you mean film?"]);
  expect((await save("count", "film")).status).toBe(400);
  expect((await save("No-Capitals", "film")).status).toBe(400);
  expect((await ask("POST", "/audiences/count", keys.ops, { text: "film", saved: "office" })).status).toBe(400);
});

test("a following begins and ends, and is not for everybody", async () => {
  await save("followed", "white-collar");
  expect((await ask("PUT", "/audiences/followed/follow", keys.ops)).status).toBe(403);
  expect((await ask("PUT", "/audiences/nobody/follow", keys.marketer)).status).toBe(404);
  const begun = await ask("PUT", "/audiences/followed/follow", keys.marketer);
  expect(begun).toMatchObject({ status: 200, body: { followed: { subject: "audience.v1.followed" } } });
  expect((await ask("PUT", "/audiences/followed/follow", keys.marketer)).status).toBe(409);
  expect((await ask("GET", "/audiences/followed", keys.ops)).body.followed).toEqual(begun.body.followed);
  expect((await ask("DELETE", "/audiences/followed/follow", keys.other)).status).toBe(403);
  expect((await ask("DELETE", "/audiences/followed/follow", keys.marketer)).status).toBe(204);
  expect((await ask("DELETE", "/audiences/followed/follow", keys.marketer)).status).toBe(404);
  const both = [keys.marketer, keys.other].map((key) => ask("PUT", "/audiences/followed/follow", key));
  expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 409]);
});
