import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, build, DERIVED, folder, HANGZHOU, lifecircle, rowsOf, SOON, until, up } from "./lifecircle.js";

const SIGNALLING = join(HANGZHOU, "signalling.csv.gz");

describe.skipIf(!existsSync(SIGNALLING))("real signalling of Hangzhou", () => {
  const replayed = folder();
  const streamed = folder();
  let report: Record<string, unknown> = {};
  let published: Record<string, unknown> = {};
  let log = "";
  let inReplay: string[] = [];
  let inStream: string[] = [];

  beforeAll(async () => {
    build();
    const engine = await up(["--geo", HANGZHOU, "--data", streamed.path], SOON);
    const [replay, publish] = await Promise.all([
      lifecircle(["replay", "--geo", HANGZHOU, "--in", SIGNALLING, "--data", replayed.path, "--json"]),
      lifecircle(["publish", "--geo", HANGZHOU, "--in", SIGNALLING, "--data", streamed.path, "--close", "--json"]),
    ]);
    report = JSON.parse(replay.stdout);
    published = JSON.parse(publish.stdout);
    await until(
      async () => (await engine.count("SELECT count() FROM stays")) === report.stays,
      "the stays of the stream",
    );
    expect(await ask(streamed.path, "SELECT count() FROM stays"), "asked while the engine runs").toBe(
      `${report.stays}\n`,
    );
    engine.interrupt();
    const { code, stderr } = await engine.ended;
    expect(code, stderr).toBe(0);
    inReplay = await rowsOf(replayed.path, [...DERIVED, "rejected"]);
    inStream = await rowsOf(streamed.path, [...DERIVED, "rejected"]);
    log = [replay, publish].map(({ stdout, stderr: said }) => stdout + said).join("") + stderr;
  });

  afterAll(() => {
    replayed.remove();
    streamed.remove();
  });

  test("all 56,998 events are counted, and the 9,717 of cells that nobody knows are told as such", () => {
    expect(report).toMatchObject({ events: 56_998, bad: { unknown_cell: 9717 } });
    expect(report.bad).not.toHaveProperty("bad_cell");
    expect(published).toMatchObject({ events: 56_998, unknownCells: 9717, rejected: {}, closed: true });
  });

  test("stays, anchors and memberships are the same through NATS and by replay, to the last digit", () => {
    const derived = (rows: readonly string[]) => rows.filter((row) => !row.startsWith("rejected "));
    // The files name no type of device.
    for (const table of DERIVED.filter((name) => name !== "devices"))
      expect(inReplay.filter((row) => row.startsWith(`${table} `)).length, table).toBeGreaterThan(100);
    expect(derived(inStream)).toEqual(derived(inReplay));
  });

  test("a reject names its line of the file, or the row of its message, and none hides another", () => {
    const sources = (rows: readonly string[]) =>
      rows.flatMap((row) => /^rejected \(.*'unknown_cell','([^']*)'/.exec(row)?.[1] ?? []);
    expect(new Set(sources(inReplay)).size).toBe(9717);
    expect(new Set(sources(inStream)).size).toBe(9717);
    expect(sources(inReplay)).toContain(`file:${SIGNALLING}:2`);
    for (const source of sources(inStream)) expect(source).toMatch(/^nats:signalling\.v1\.\d:\d+:\d+$/);
  });

  test("no raw id is in the logs, the store or the stream", () => {
    const lines = gunzipSync(readFileSync(SIGNALLING)).toString("latin1").trim().split("\n").slice(1);
    // The others, `m1` to `m100`, are too short to be told from any two bytes of a stream.
    const ids = new Set(lines.map((line) => line.split(",")[1] ?? "").filter((id) => /^f\d{5}$/.test(id)));
    expect(ids.size).toBe(976);
    const texts = [
      log,
      inReplay.join("\n"),
      inStream.join("\n"),
      ...outsideStore(replayed.path),
      ...outsideStore(streamed.path),
    ];
    const found = texts.flatMap((text) => (text.match(/f\d{5}/g) ?? []).filter((word) => ids.has(word)));
    expect(found).toEqual([]);
  });
});

/** The files of a data folder, those of the store left out, which are compressed. */
function outsideStore(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.parentPath.includes("/clickhouse"))
    .map((file) => join(file.parentPath, file.name));
  return files.map((file) => readFileSync(file, "latin1"));
}
