import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, type Ended, folder, lifecircle, processesWith, until } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const dir = folder();
const geo = join(dir.path, "city");
const good = join(dir.path, "good.csv");
const rows = smallSignalling(10, 2);
const taken: Server = createServer();
let port = 0;

beforeAll(async () => {
  build();
  writeSmallCity(geo);
  writeSignalling(good, rows);
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => {
  taken.close();
  dir.remove();
});

let folders = 0;
const newData = () => join(dir.path, `data-${folders++}`);

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir.path, name);
  writeFileSync(path, content);
  return path;
}

/** It failed, said what and how to mend it in words, and left no server behind. */
async function expectFailure(ended: Promise<Ended>, says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/\n {2}mend: /);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
  expect(stdout).toBe("");
}

// At once, since a server that is down is waited for.
describe.concurrent("bad input ends with a message, exit code 1 and no server left", () => {
  const replay = (input: string, city = geo) =>
    lifecircle(["replay", "--geo", city, "--in", input, "--data", newData(), "--json"]);

  test("files in the wrong order are read, and the summary says in which order to give them; in the right one it says nothing", async () => {
    const half = rows.length / 2;
    const [earlier, later] = [rows.slice(0, half), rows.slice(half)].map((part, i) =>
      file(`day-${i}.csv`, `time,subscriber,cell,kind\n${part.join("\n")}\n`),
    ) as [string, string];
    const ends = (...files: string[]) => lifecircle(["replay", "--geo", geo, "--data", newData(), "--in", ...files]);
    const [wrong, right] = await Promise.all([ends(later, earlier), ends(earlier, later)]);
    expect([wrong.code, right.code], wrong.stderr + right.stderr).toEqual([0, 0]);
    expect(wrong.stdout).toMatch(/\d+ late\n/);
    expect(wrong.stderr).toMatch(
      /day-0\.csv, which begins about .*, was read after .*day-1\.csv.*\n {2}mend: give the files/,
    );
    expect(right.stdout + right.stderr).not.toMatch(/late|mend/);
  });

  test.runIf(process.platform === "linux")("data folders that cannot be made, which were tried for ever", async () => {
    const ends = (...args: string[]) => lifecircle([...args, "--data", "/proc/none"]);
    await expectFailure(ends("replay", "--geo", geo, "--in", good), /ENOENT.*\/proc\/none/);
    await expectFailure(ends("up", "--geo", geo), /the data folder \/proc\/none cannot be made/);
    await expectFailure(ends("key", "create", "--name", "me", "--role", "admin"), /mkdir '\/proc\/none'/);
  });

  test("purposes that the API would not take, in a key or of an export", async () => {
    const data = newData();
    const ends = (...args: string[]) => lifecircle([...args, "--data", data]);
    const key = (...purposes: string[]) =>
      ends("key", "create", "--name", "me", "--role", "marketer", "--purpose", ...purposes);
    for (const wrong of [
      key("spring offer", "用途"),
      ends("export", "film", "--out", "x", "--purpose", "460001234500007"),
    ]) {
      const { code, stderr } = await wrong;
      expect(stderr).toContain("is no purpose: 2 to 64 letters");
      expect(code).toBe(2);
    }
    const { code, stdout } = await key("spring offer", "support");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^lc_/)]);
    expect((await ends("key", "list")).stdout).toContain("spring offer,support");
  });

  test("files: empty, with a wrong header, cut, of another schema, not there", async () => {
    const csv = `time,subscriber,cell,kind\n${rows.join("\n")}\n`;
    const columnData = [{ name: "when", data: [1, 2], type: "INT32" as const }];
    const cut = gzipSync(csv).subarray(0, 500);
    await expectFailure(replay(file("empty.csv", "")), /empty\.csv: the file is empty/);
    await expectFailure(replay(file("header.csv", `${rows[0]}\n`)), /header\.csv/);
    await expectFailure(
      replay(file("cut.csv.gz", cut)),
      /cut\.csv\.gz: the gzip data end in the middle after line \d+/,
    );
    const parquet = file("other.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
    await expectFailure(replay(parquet), /other\.parquet.*(column|time)/s);
    await expectFailure(replay(join(dir.path, "none.csv")), /none\.csv: there is no such file/);
  });

  test("a cut file leaves the rows before its cut in the store, readable", async () => {
    const data = newData();
    const whole = gzipSync(`time,subscriber,cell,kind\n${rows.join("\n")}\n`);
    const cut = file("half.csv.gz", whole.subarray(0, whole.length * 0.9));
    const { code } = await lifecircle(["replay", "--geo", geo, "--in", cut, "--data", data]);
    expect(code).toBe(1);
    const { stdout } = await lifecircle(["sql", "--data", data, "SELECT count() FROM stays", "--format", "TSV"]);
    expect(Number(stdout)).toBeGreaterThan(5);
  });

  test("a city that is not there, and one with a missing column", async () => {
    const broken = join(dir.path, "broken-city");
    mkdirSync(broken);
    writeFileSync(join(broken, "city.yaml"), "name: Broken\ntime_zone: Asia/Shanghai\n");
    writeFileSync(join(broken, "cells.csv"), "cell,lon\necgi:460-00-1,113.3\n");
    await expectFailure(replay(good, broken), /cells\.csv:1: .*lat/);
    await expectFailure(replay(good, join(dir.path, "nowhere")), /nowhere/);
    const check = await lifecircle(["check", "--geo", broken, "--json"]);
    expect(check.code).toBe(1);
    expect(JSON.parse(check.stdout)).toMatchObject({ usable: false });
    const none = await lifecircle(["check", "--geo", join(broken, "nowhere"), "--json"]);
    expect(none.code).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({
      usable: false,
      faults: [{ file: join(broken, "nowhere"), line: null }],
    });
  });

  test("a NATS server that is down, and ports in use", async () => {
    const data = newData();
    const nowhere = "nats://127.0.0.1:1";
    await Promise.all([
      expectFailure(
        lifecircle(["publish", "--geo", geo, "--in", good, "--nats", nowhere, "--data", newData()]),
        /no NATS server answers at nats:\/\/127\.0\.0\.1:1/,
      ),
      expectFailure(
        lifecircle(["up", "--geo", geo, "--data", data], { LIFECIRCLE_STREAM_URL: nowhere }),
        /no NATS server answers at nats:\/\/127\.0\.0\.1:1/,
      ),
      expectFailure(
        lifecircle(["up", "--geo", geo, "--data", data], { LIFECIRCLE_HTTP_PORT: String(port) }),
        new RegExp(`http\\.port ${port} .* is in use`),
      ),
    ]);
    await expectFailure(
      lifecircle(["up", "--geo", geo, "--data", data], { LIFECIRCLE_STREAM_PORT: String(port) }),
      new RegExp(`port ${port} .* is in use`),
    );
    await until(() => processesWith(data).length === 0, "the end of the servers");
  });
});

describe("a disk that is full", () => {
  const small = join(dir.path, "small-disk");
  let isMounted = false;
  beforeAll(() => {
    mkdirSync(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small], { stdio: "ignore" });
      isMounted = true;
    } catch {
      // Only root may mount.
    }
  });
  afterAll(() => {
    if (isMounted) execFileSync("umount", ["-l", small]);
  });

  test("is told before anything is written", async ({ skip }) => {
    if (!isMounted) skip();
    writeFileSync(join(small, "fill"), Buffer.alloc(2_000_000));
    const env = { LIFECIRCLE_STORE_RETRIES_MAX: "1" };
    await expectFailure(
      lifecircle(["replay", "--geo", geo, "--in", good, "--data", small], env),
      /full|No space left|no space left|ENOSPC/,
    );
    await expectFailure(lifecircle(["up", "--geo", geo, "--data", small], env), /full|free|No space left|ENOSPC/);
    await until(() => processesWith(small).length === 0, "the end of the servers");
  });
});

describe("usage", () => {
  test("wrong usage ends with exit code 2 and a hint", async () => {
    const wrong = [["conquer"], ["replay", "--geo", geo], ["sql"], ["up", "--nonsense"], []];
    const ended = await Promise.all(wrong.map((args) => lifecircle(args)));
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    for (const { stderr, stdout } of ended) {
      expect(stderr).toMatch(/--help|Usage/);
      expect(stdout).toBe("");
    }
    expect(ended[0]?.stderr).toContain("unknown command 'conquer'");
  });

  test("help says which options must be given, and no default that says nothing", async () => {
    const { code, stdout } = await lifecircle(["replay", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--data <dir> +data folder \(required\)/);
    expect(stdout).not.toMatch(/default: (false|null)/);
  });

  test("with --json, stdout is one JSON object", async () => {
    const replayed = await lifecircle(["replay", "--geo", geo, "--in", good, "--data", newData(), "--json"]);
    expect(replayed.code, replayed.stderr).toBe(0);
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      events: rows.length,
      bad: { unknown_cell: expect.any(Number) },
    });
    const checked = await lifecircle(["check", "--geo", geo, "--json"]);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ usable: true });
  });
});
