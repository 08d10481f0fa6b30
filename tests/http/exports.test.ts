import { createHash } from "node:crypto";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Excluded } from "../../src/signal/exclusion.js";
import { keysAreKnown, type Served, serve } from "./served.js";

let served: Served;
let excluded: readonly Excluded[] = [];
let marketer: string;
let east: string;

beforeAll(async () => {
  served = await serve({}, { excluded: () => excluded });
  await served.addHomes();
  marketer = served.key("marketer");
  east = served.key("marketer", { regions: ["E"] });
  await keysAreKnown();
});
afterAll(() => served.close());

function ask(path: string, { method = "GET", key = marketer, body, headers = {} }: Asking = {}): Promise<Response> {
  return fetch(`${served.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      "x-purpose": "spring offer",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

interface Asking {
  readonly method?: string;
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

interface Made {
  readonly export: string;
  readonly people: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly asOf: string;
}

async function made(text: string, format: string, key = marketer): Promise<Made> {
  const answer = await ask("/exports", { method: "POST", key, body: { text, format } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Made;
}

const WHITE_COLLAR = Array.from({ length: 80 }, (_, n) => String(1000 + n));

test("an export has the people of the audience, ascending, and says how many, how long, as of when, and its checksum", async () => {
  const { export: id, people, bytes, sha256, asOf } = await made("white-collar", "csv");
  const file = await ask(`/exports/${id}/file`);
  const text = await file.text();
  expect(text).toBe(`subscriber\n${WHITE_COLLAR.join("\n")}\n`);
  expect({ people, bytes, asOf }).toEqual({ people: 80, bytes: text.length, asOf: "2026-01-05T12:00:00Z" });
  expect(sha256).toBe(createHash("sha256").update(text).digest("hex"));
  expect(file.headers.get("content-type")).toBe("text/csv");
  expect(file.headers.get("x-as-of")).toBe(asOf);
});

test.each(["csv", "ndjson", "parquet"])("a %s file goes on from any byte with the same bytes", async (format) => {
  const { export: id, bytes } = await made("white-collar", format);
  const whole = Buffer.from(await (await ask(`/exports/${id}/file`)).arrayBuffer());
  expect(whole.length).toBe(bytes);
  for (const first of [0, 1, 11, Math.floor(bytes / 2), bytes - 1]) {
    const rest = await ask(`/exports/${id}/file`, { headers: { range: `bytes=${first}-` } });
    expect([rest.status, rest.headers.get("content-range")]).toEqual([206, `bytes ${first}-${bytes - 1}/${bytes}`]);
    expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(first))).toBe(true);
  }
  const part = await ask(`/exports/${id}/file`, { headers: { range: "bytes=2-11" } });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 2-11/${bytes}`]);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(2, 12));
  const end = await ask(`/exports/${id}/file`, { headers: { range: "bytes=-3" } });
  expect(Buffer.from(await end.arrayBuffer())).toEqual(whole.subarray(bytes - 3));
  const beyond = await ask(`/exports/${id}/file`, { headers: { range: `bytes=${bytes}-` } });
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${bytes}`]);
  const another = await ask(`/exports/${id}/file`, { headers: { range: "bytes=5-", "if-range": '"another"' } });
  expect(another.status).toBe(200);
  await another.arrayBuffer();
});

test("a Parquet file holds 64-bit numbers", async () => {
  const { export: id } = await made("white-collar", "parquet");
  const file = await (await ask(`/exports/${id}/file`)).arrayBuffer();
  const rows = await parquetReadObjects({ file });
  expect(rows.map(({ subscriber }) => String(subscriber))).toEqual(WHITE_COLLAR);
});

test("who has regions exports the people who live there, and has no export of others", async () => {
  const { export: id, people } = await made("white-collar", "ndjson", east);
  expect(people).toBe(20);
  expect((await ask(`/exports/${id}/file`, { key: east })).status).toBe(200);
  expect((await ask(`/exports/${id}`, { key: marketer })).status).toBe(404);
  const exact = await ask("/audiences/count-exactly", { method: "POST", key: east, body: { text: "white-collar" } });
  expect(await exact.json()).toMatchObject({ people: 20, text: "white-collar" });
});

test("lists of people, and exact counts, are for the roles that may have them, with a purpose; too few are neither counted nor exported", async () => {
  const analyst = served.key("analyst");
  await keysAreKnown();
  const body = { text: "white-collar", format: "csv" };
  expect((await ask("/exports", { method: "POST", key: analyst, body })).status).toBe(403);
  const { format: _, ...who } = body;
  expect((await ask("/audiences/count-exactly", { method: "POST", key: analyst, body: who })).status).toBe(403);
  expect((await ask("/exports", { method: "POST", body, headers: { "x-purpose": "" } })).status).toBe(400);
  expect((await ask("/exports", { method: "POST", body: { text: "film", format: "csv" } })).status).toBe(409);
  const exact = await ask("/audiences/count-exactly", { method: "POST", body: { text: "film" } });
  expect(await exact.json()).toMatchObject({ people: null, peopleMin: 15 });
});

test("who opts out is in no list and shown to admins alone from then on, and an export that holds them is given to nobody any more", async () => {
  const before = await made("white-collar", "csv");
  excluded = [{ hi: 0, lo: 1003, sentUntilMs: Number.POSITIVE_INFINITY }];
  expect((await ask(`/exports/${before.export}/file`)).status).toBe(409);
  const after = await made("white-collar", "csv");
  expect(await (await ask(`/exports/${after.export}/file`)).text()).toBe(
    `subscriber\n${WHITE_COLLAR.filter((one) => one !== "1003").join("\n")}\n`,
  );
  const exact = await ask("/audiences/count-exactly", { method: "POST", body: { text: "white-collar" } });
  expect(await exact.json()).toMatchObject({ people: 79 });
  const listed = (await (await ask("/circles/white-collar/members?limit=100")).json()) as { members: object[] };
  expect(listed.members).toHaveLength(79);
  const [analyst, admin] = [served.key("analyst"), served.key("admin")];
  await keysAreKnown();
  const shown = async (key: string) => {
    const answer = await ask("/subscribers/1003", { key });
    return [answer.status, ((await answer.json()) as { detail?: string }).detail];
  };
  expect(await shown(analyst)).toEqual([404, "nothing is known of subscriber 1003, or who asks may not know it"]);
  expect(await shown(admin)).toEqual([200, undefined]);
  excluded = [];
  expect((await shown(analyst))[0]).toBe(200);
  expect((await made("white-collar", "csv")).people).toBe(80);
});

test("who is forgotten is out of the exports that were made", async () => {
  const { export: id } = await made("white-collar", "csv");
  await served.store.client.command({
    query: "ALTER TABLE export_people_rows DELETE WHERE subscriber = 1079 SETTINGS mutations_sync = 2",
  });
  expect((await ask(`/exports/${id}`)).status).toBe(409);
});

test("each export and each download is in the audit log: who, why, how many", async () => {
  const { export: id } = await made("white-collar and home in W", "csv");
  await (await ask(`/exports/${id}/file`)).text();
  const rows = await served.store.client.query({
    query: "SELECT operation, purpose, people, status FROM audit ORDER BY time DESC LIMIT 2",
    format: "JSONEachRow",
  });
  expect(await rows.json()).toEqual([
    { operation: "downloadExport", purpose: "spring offer", people: 60, status: 200 },
    { operation: "createExport", purpose: "spring offer", people: 60, status: 201 },
  ]);
});

test("without a NATS server there is a clear answer", async () => {
  const { export: id } = await made("white-collar", "csv");
  const answer = await ask(`/exports/${id}/publish`, { method: "POST" });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
});
