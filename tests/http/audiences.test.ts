import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCAL, type Principal } from "../../src/http/access/principal.js";
import { audienceAnswers } from "../../src/http/audiences.js";
import { Problem } from "../../src/http/problem.js";
import { Disclosure } from "../../src/insight/disclosure.js";
import { emptyRowSet, type MembershipRow } from "../../src/rows.js";
import type { Excluded } from "../../src/signal/exclusion.js";
import { openStore, type Store } from "../../src/store/client.js";
import { freshAudiences } from "../../src/store/fresh-audiences.js";
import { ToldRegister } from "../../src/store/told-register.js";
import { createStoreWriter } from "../../src/store/writer.js";
import { startTestServer, type TestServer, testOptions } from "../store/support.js";

const NOW_MS = Date.UTC(2026, 2, 20);
const PEOPLE_MIN = 15;
const SOUTH: Principal = { ...LOCAL, regions: ["south"] };
const NOBODY: readonly Excluded[] = [];
let server: TestServer;
let store: Store;
let answers: ReturnType<typeof audienceAnswers>;

beforeAll(async () => {
  server = await startTestServer();
  store = await openStore(testOptions(server.url));
  await createStoreWriter(store, { insertRowsMax: 10_000, insertBytesMax: 1e7 }).write({
    ...emptyRowSet(),
    memberships: MEMBERS,
    membershipLog: MEMBERS.map((row) => ({ ...row, change: "entered" })),
  });
  answers = audienceAnswers({
    store: store.client,
    audiences: freshAudiences(store.client, () => NOBODY, 0),
    toldSets: new ToldRegister(store.client, { peopleMin: PEOPLE_MIN, perDayMax: 200, observe: () => undefined }),
    disclosure: new Disclosure({ peopleMin: PEOPLE_MIN, key: [1, 2, 3, 4] }),
    knownNames: () => ({ circles: ["music", "film", "rare"] }),
    scopeOf: ({ regions }) => ({ regions, topic: JSON.stringify(regions) }),
  });
});

afterAll(async () => {
  await store.close();
  await server.close();
});

function members(circle: string, from: number, to: number): MembershipRow[] {
  return Array.from({ length: to - from }, (_, i) => ({
    ...{ subscriberHi: 1, subscriberLo: from + i, dimension: "behaviour", circle, score: 0.7, sinceMs: NOW_MS },
    ...{ seenMs: NOW_MS, evidence: "{}", versionMs: NOW_MS, gone: false },
  }));
}

const MEMBERS = [
  ...members("music", 0, 400),
  ...members("film", 200, 600),
  ...members("rare", 0, 5),
  ...members("home:south", 0, 100),
  ...members("home:north", 100, 600),
];

function asked<Body>(body: Body, principal = LOCAL) {
  const signal = new AbortController().signal;
  return {
    params: {},
    query: {},
    body,
    principal,
    purpose: "",
    correlator: "c",
    headers: new Headers(),
    signal,
    told: () => undefined,
  };
}

async function count(body: { text?: string; expression?: unknown }, principal = LOCAL) {
  const answer = await answers.countAudience(asked(body, principal));
  if (answer instanceof Response) throw new Error("a stream");
  return answer;
}

test("a count is near the truth, says how near and as of when, and gives back what was understood", async () => {
  const answer = await count({ text: "music AND not film" });
  expect(answer).toMatchObject({ text: "music and not film", peopleMin: PEOPLE_MIN, asOf: "2026-03-20T00:00:00Z" });
  expect(Math.abs((answer.people ?? 0) - 200)).toBeLessThanOrEqual(answer.within);
  expect((answer.people ?? 1) % PEOPLE_MIN).toBe(0);
  expect(await count({ expression: answer.expression })).toEqual(answer);
});

test("too few are not told of, and neither by a number with and a number without them", async () => {
  expect((await count({ text: "rare" })).people).toBeNull();
  expect((await count({ text: "rare and film" })).people).toBeNull();
  expect((await count({ text: "music and not rare" })).people).toBe((await count({ text: "music" })).people);
});

test("who may ask about one region counts the people who live there", async () => {
  const south = await count({ text: "music" }, SOUTH);
  expect(Math.abs((south.people ?? 0) - 100)).toBeLessThanOrEqual(south.within);
  expect((await count({ text: "film" }, SOUTH)).people).toBeNull();
  expect((await count({ text: "music" }, { ...LOCAL, regions: [] })).people).toBeNull();
});

test("two audiences are compared", async () => {
  const answer = await answers.compareAudiences(asked({ a: { text: "music" }, b: { text: "film" } }));
  if (answer instanceof Response) throw new Error("a stream");
  for (const [told, truth] of [
    [answer.a.people, 400],
    [answer.b.people, 400],
    [answer.both, 200],
    [answer.onlyA, 200],
    [answer.onlyB, 200],
  ] as const)
    expect(Math.abs((told ?? 0) - truth)).toBeLessThanOrEqual(answer.within);
});

test("a mistake is told with its place", async () => {
  const refused = async (body: object) => {
    const error = await count(body).catch((fault: unknown) => fault);
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, mend: error.mend, faults: error.faults };
  };
  expect(await refused({ text: "music and flim" })).toEqual({
    status: 400,
    mend: "did you mean film?",
    faults: [{ place: "body.text:11", says: 'there is no circle "flim"' }],
  });
  expect(await refused({ expression: { not: { circle: 3 } } })).toMatchObject({
    status: 400,
    faults: [{ place: "body.expression.not.circle" }],
  });
});

test("who was told of as many audiences as it may be in a day is told when there are more, and of those before again", async () => {
  const few = audienceAnswers({
    store: store.client,
    audiences: freshAudiences(store.client, () => NOBODY, 0),
    disclosure: new Disclosure({ peopleMin: PEOPLE_MIN, key: [1, 2, 3, 4] }),
    toldSets: new ToldRegister(store.client, { peopleMin: PEOPLE_MIN, perDayMax: 1, observe: () => undefined }),
    knownNames: () => ({ circles: ["music", "film", "rare"] }),
    scopeOf: ({ regions }) => ({ regions, topic: JSON.stringify(regions) }),
  });
  const spender = { ...LOCAL, id: "spender" };
  const first = await few.countAudience(asked({ text: "music" }, spender));
  if (first instanceof Response) throw new Error("a stream");
  const fault = await few.countAudience(asked({ text: "film" }, spender)).catch((error: unknown) => error);
  if (!(fault instanceof Problem)) throw new Error("it was told");
  expect(fault.status).toBe(429);
  expect(Number(fault.headers["retry-after"])).toBeGreaterThan(0);
  expect(fault.mend).toContain("api.audiencesToldPerDayMax");
  expect(await few.countAudience(asked({ text: "music and music" }, spender))).toMatchObject({ people: first.people });
});
