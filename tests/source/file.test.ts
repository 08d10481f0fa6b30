import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { measureDecode } from "../../bench/decode.js";
import { encodeColumnar } from "../../src/signal/wire.js";
import type { Delivery } from "../../src/source/source.js";
import { contentOf, eventsOf, file, GOOD, HEADER, linesOf, messageOf, open, read, rejectsOf } from "./file-reading.js";

const HANGZHOU = new URL("../../../shared/data/hangzhou/signalling.csv.gz", import.meta.url).pathname;

describe("a CSV file", () => {
  test("gives its events with all columns in any order, quoted or not, whatever its line ends", async () => {
    const rows = [
      "kind,home_plmn,cell,peer,tac,subscriber,time",
      "call_out,310-260,ncgi:460-15-68719476735,13800138000,35123456,460001,2012-08-16T10:00:00+08:00",
      "data,,ecgi:460-00-268435455,,,460002,1345082400000",
      '"data","","ecgi:460-00-268435455","","","460002","1345082400000"',
    ];
    const expected = [
      { timeMs: 1345082400000, kind: 5, plmn: "310-260", tac: 35_123_456, cell: "ncgi:460-15-68719476735" },
      { timeMs: 1345082400000, kind: 9, plmn: null, tac: 0, peer: null, cell: "ecgi:460-00-268435455" },
      { timeMs: 1345082400000, kind: 9, plmn: null, tac: 0, peer: null, cell: "ecgi:460-00-268435455" },
    ];
    for (const text of [
      rows.join("\n"),
      rows.join("\r\n"),
      `\ufeff${rows.join("\n")}\n\n`,
      `${rows.join("\r\n")}\r\n`,
    ]) {
      const got = await read([await file("any.csv", text)], { partitions: 1 });
      expect(got.error).toBeNull();
      expect(rejectsOf(got)).toEqual([]);
      expect(eventsOf(got)).toMatchObject(expected);
      expect(linesOf(got)).toEqual([2, 3, 4]);
    }
  });

  test("a bad row is rejected with reason and line, with pseudonyms only; the rows beside it are taken", async () => {
    const faults: [string, string][] = [
      ["bad_time", "2012-08-16T02:00:00,460001234567890,cgi:460-00-1-2,data"],
      ["bad_subscriber", "2012-08-16T02:00:00Z,,cgi:460-00-1-2,data"],
      ["bad_subscriber", `2012-08-16T02:00:00Z,${"4".repeat(129)},cgi:460-00-1-2,data`],
      ["bad_cell", "2012-08-16T02:00:00Z,460001234567890,cgi:46-0-1-2,data"],
      ["bad_kind", "2012-08-16T02:00:00Z,460001234567890,cgi:460-00-1-2,datum"],
      ["time_range", "1999-12-31T23:59:59Z,460001234567890,cgi:460-00-1-2,data"],
      ["time_range", "2026-01-01T00:01:01Z,460001234567890,cgi:460-00-1-2,data"],
      ["bad_cell", "2012-08-16T02:00:00Z,cgi:460-00-1-2,460001234567890,data"],
    ];
    for (const [reason, row] of faults) {
      const path = await file("bad.csv", [HEADER, GOOD, row, GOOD].join("\n"));
      const got = await read([path]);
      expect(rejectsOf(got), row).toMatchObject([{ reason, source: `file:${path}:3` }]);
      expect(linesOf(got)).toEqual([2, 4]);
      expect(rejectsOf(got)[0]?.raw).not.toContain("460001234567890");
      expect(JSON.parse(rejectsOf(got)[0]?.raw ?? "")).toHaveProperty("subscriber");
    }
  });

  test("a bad peer, TAC or home network is told as such", async () => {
    const rows = [
      `${HEADER},peer,tac,home_plmn`,
      `${GOOD},${"1".repeat(129)},35123456,460-00`,
      `${GOOD},1,356938035643809,460-00`,
      `${GOOD},1,35123456,46000`,
      `${GOOD},1,35123456,460-00`,
    ];
    const got = await read([await file("optional.csv", rows.join("\n"))]);
    expect(rejectsOf(got).map(({ reason }) => reason)).toEqual(["bad_peer", "bad_tac", "bad_plmn"]);
    expect(JSON.stringify(rejectsOf(got))).not.toContain("356938035643809");
    expect(linesOf(got)).toEqual([5]);
  });

  test("a row whose fields cannot be told apart keeps nothing of its text but the length", async () => {
    const broken = [
      "2012-08-16T02:00:00Z,460001234567890,data",
      `${GOOD},extra`,
      `"${GOOD}`,
      `${GOOD}${"x".repeat(1000)}`,
    ];
    const got = await read([await file("torn.csv", [HEADER, ...broken, GOOD].join("\n"))]);
    expect(rejectsOf(got).map(({ reason }) => reason)).toEqual(Array(4).fill("malformed"));
    expect(rejectsOf(got).map(({ raw }) => JSON.parse(raw).bytes)).toEqual(broken.map((row) => row.length));
    expect(JSON.stringify(rejectsOf(got))).not.toMatch(/460001234567890|f54277/);
    expect(linesOf(got)).toEqual([6]);
  });

  test("a line without end does not fill the memory and costs only itself", async () => {
    const got = await read([await file("endless.csv", `${HEADER}\n${"x".repeat(3_000_000)}\n${GOOD}\n`)]);
    expect(rejectsOf(got)).toMatchObject([{ reason: "malformed" }]);
    expect(JSON.parse(rejectsOf(got)[0]?.raw ?? "").bytes).toBe(3_000_000);
    expect(linesOf(got)).toEqual([3]);
  });

  test("a file of bad rows only flows as deliveries without batches", async () => {
    const got = await read([await file("allbad.csv", `${HEADER}\n${"no row\n".repeat(10_000)}`)]);
    expect(rejectsOf(got)).toHaveLength(10_000);
    expect(got.deliveries.map(({ rejects }) => rejects.length)).toEqual([4096, 4096, 1808]);
  });
});

describe("an NDJSON file", () => {
  test("takes numbers for times and identities where they are exact, and passes over other keys", async () => {
    const rows = [
      { time: 1345082400000, subscriber: 460001, cell: "cgi:460-00-1-2", kind: "sms_in", peer: 7, tac: 1234567, x: {} },
      {
        time: "1345082400000",
        subscriber: "460001",
        cell: "cgi:460-00-1-2",
        kind: "sms_in",
        peer: "7",
        tac: "01234567",
      },
    ];
    const got = await read([await file("a.ndjson", rows.map((row) => JSON.stringify(row)).join("\n"))]);
    expect(rejectsOf(got)).toEqual([]);
    expect(eventsOf(got)[0]).toEqual(eventsOf(got)[1]);
    expect(eventsOf(got)[0]).toMatchObject({ tac: 1_234_567 });
  });

  test("a bad line is rejected, the lines beside it are taken", async () => {
    const good = JSON.stringify({ time: 1345082400000, subscriber: "a", cell: "cgi:460-00-1-2", kind: "data" });
    const lines = [good, "{", "[]", "1", `{"subscriber":12345678901234567890}`, `{"time":true}`, "{}", "", good];
    const path = await file("bad.ndjson", lines.join("\n"));
    const got = await read([path]);
    expect(rejectsOf(got).map(({ reason, source }) => [reason, source])).toEqual([
      ...[2, 3, 4, 5, 6].map((line) => ["malformed", `file:${path}:${line}`]),
      ["bad_time", `file:${path}:7`],
    ]);
    expect(JSON.stringify(rejectsOf(got))).not.toContain("1234567890");
    expect(linesOf(got)).toEqual([1, 9]);
  });
});

describe("a Parquet file", () => {
  const write = (columnData: ColumnSource[]) => new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2 }));
  const text = (name: string, data: (string | null)[]): ColumnSource => ({ name, data, type: "STRING" });
  const rest = [
    text("subscriber", ["a", "b", "c"]),
    text("cell", Array(3).fill("cgi:460-00-1-2")),
    text("kind", ["data", "tau", "x"]),
  ];
  const epochs = [1345082400000, 1345082401000, 1345082402000];

  test("gives the same events for times as text, as timestamps and as integers, row group by row group", async () => {
    const times: ColumnSource[] = [
      text(
        "time",
        epochs.map((ms) => new Date(ms).toISOString()),
      ),
      { name: "time", data: epochs.map((ms) => new Date(ms)), type: "TIMESTAMP" },
      { name: "time", data: epochs.map(BigInt), type: "INT64" },
    ];
    for (const time of times) {
      const path = await file("a.parquet", write([...rest, time]));
      const got = await read([path], { partitions: 1 });
      expect(eventsOf(got)).toMatchObject([
        { timeMs: epochs[0], kind: 9 },
        { timeMs: epochs[1], kind: 2 },
      ]);
      expect(rejectsOf(got)).toMatchObject([{ reason: "bad_kind", source: `file:${path}:3`, timeMs: epochs[2] }]);
    }
  });

  test("of another schema is refused with the names it has and the names expected", async () => {
    const path = await file("other.parquet", write([text("msisdn", ["a"]), text("ts", ["b"])]));
    const message = messageOf(await read([path]));
    expect(message).toContain(path);
    for (const name of ["msisdn", "ts", "time", "subscriber", "cell", "kind", "home_plmn"])
      expect(message).toContain(name);
  });

  test("with a column of a type that no field can be is refused with its name, its type and the mend", async () => {
    const path = await file("days.parquet", write([...rest, { name: "time", data: [1, 2, 3], type: "INT32" }]));
    expect(rejectsOf(await read([path]))).toHaveLength(3);
    const bytes = write([...rest, { name: "time", data: [true, false, true], type: "BOOLEAN" }]);
    const message = messageOf(await read([await file("flags.parquet", bytes)]));
    expect(message).toMatch(
      /flags.parquet: the column time has the type BOOLEAN, of which no row could be taken\n {2}mend: /,
    );
  });

  test("cut short, damaged within, or only called so is refused", async () => {
    const good = write([...rest, { name: "time", data: epochs.map(BigInt), type: "INT64" }]);
    expect(messageOf(await read([await file("cut.parquet", good.subarray(0, good.length / 2))]))).toContain("footer");
    expect(messageOf(await read([await file("named.parquet", GOOD)]))).toContain("no Parquet file");
    const damaged = Uint8Array.from(good).fill(255, 4, 40);
    expect(messageOf(await read([await file("damaged.parquet", damaged)]))).toContain("cannot be read after row 0");
  });
});

describe("a source of files", () => {
  const rows = Array.from({ length: 500 }, (_, i) => `${1345082400000 + i},s${i % 37},cgi:460-00-1-${i % 11},data`);

  test("numbers the deliveries of a partition from 1, and goes on after a number", async () => {
    const paths = [
      await file("1.csv", [HEADER, ...rows].join("\n")),
      await file("2.csv", [HEADER, ...rows].join("\n")),
    ];
    const options = { partitions: 3, rowsPerBatch: 20, closeAtEnd: true };
    const all = (await read(paths, options)).deliveries;
    for (let partition = 0; partition < 3; partition++) {
      const sequences = all.filter((delivery) => delivery.partition === partition).map(({ sequence }) => sequence);
      expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, i) => i + 1));
    }
    const after = new Map([
      [0, 5],
      [2, 9],
    ]);
    const resumed: Delivery[] = [];
    for await (const delivery of open(paths, options).deliveries(after)) resumed.push(delivery);
    expect(resumed).toEqual(all.filter(({ partition, sequence }) => sequence > (after.get(partition) ?? 0)));
  });

  test("closes every window at the end when asked to, and batches hold rows of one file", async () => {
    const paths = [
      await file("1.csv", [HEADER, ...rows].join("\n")),
      await file("2.csv", [HEADER, ...rows].join("\n")),
    ];
    const got = await read(paths, { closeAtEnd: true });
    expect(got.deliveries.slice(-4).map(({ watermarkMs, batch }) => [watermarkMs, batch])).toEqual(
      Array(4).fill([Number.POSITIVE_INFINITY, null]),
    );
    expect(new Set(got.deliveries.slice(0, -4).map(({ origin }) => origin))).toEqual(
      new Set(paths.map((path) => `file:${path}`)),
    );
    expect(linesOf(got)).toHaveLength(1000);
  });

  test("ends after the delivery in hand when it is closed", async () => {
    const source = open([await file("1.csv", [HEADER, ...rows].join("\n"))], { rowsPerBatch: 10 });
    let count = 0;
    for await (const _ of source.deliveries(new Map())) {
      count++;
      await source.close();
    }
    expect(count).toBe(1);
  });

  test("the benchmark of decoding runs tiny", async () => {
    for (const figure of await measureDecode(2000)) expect(figure.events, figure.question).toBe(2000);
  });
});

describe.skipIf(!existsSync(HANGZHOU))("Hangzhou", () => {
  test("decodes but for what is no cell, and alike from CSV, gzip of several members, NDJSON and Parquet", async () => {
    const csv = gunzipSync(await readFile(HANGZHOU)).toString("utf8");
    const rows = csv
      .trimEnd()
      .split(/\r?\n/)
      .slice(1)
      .map((row) => row.split(","));
    const names = HEADER.split(",");
    const json = rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
    const columnData = names.map((name, i) => ({
      name,
      data: rows.map((row) => row[i] ?? ""),
      type: "STRING" as const,
    }));
    const half = Math.floor(csv.length / 2);
    const paths = [
      await file("h.csv", csv),
      await file("h.csv.gz", Buffer.concat([gzipSync(csv.slice(0, half)), gzipSync(csv.slice(half))])),
      await file("h.ndjson.gz", gzipSync(json.join("\n"))),
      await file("h.parquet", new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 10_000 }))),
    ];
    const first = await read([HANGZHOU], { rowsPerBatch: 4096 });
    expect(first.error).toBeNull();
    // Fifteen rows name a CI of more than 16 bits (`cgi:460-00-0-69098`); they are cells like others.
    expect(rejectsOf(first)).toEqual([]);
    expect(linesOf(first)).toHaveLength(56_998);
    const expected = contentOf(first);
    const full = first.deliveries.flatMap(({ batch }) => (batch?.count === 4096 ? [batch] : []));
    expect(full.length).toBeGreaterThan(8);
    for (const batch of full) expect(encodeColumnar(batch).length / batch.count).toBeLessThanOrEqual(24);
    for (const path of paths) {
      const got = await read([path], { rowsPerBatch: 4096 });
      expect(got.error, path).toBeNull();
      expect(rejectsOf(got).map(({ raw }) => raw)).toEqual(rejectsOf(first).map(({ raw }) => raw));
      expect(contentOf(got) === expected, path).toBe(true);
    }
  });
});
