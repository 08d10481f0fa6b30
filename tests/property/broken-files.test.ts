import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { file, folder, GOOD, HEADER, linesOf, messageOf, read, rejectsOf } from "../source/file-reading.js";

describe("files that cannot be read", () => {
  test("an empty file, an empty gzip, a folder and a missing file are told with what to do", async () => {
    const cases: [string, string][] = [
      [await file("empty.csv", ""), "empty"],
      [await file("empty.csv.gz", gzipSync("")), "empty"],
      [folder, "is a folder"],
      [join(folder, "absent.csv"), "no such file"],
    ];
    for (const [path, what] of cases) {
      const message = messageOf(await read([path]));
      expect(message).toContain(path);
      expect(message).toContain(what);
      expect(message).toContain("mend:");
    }
  });

  test.skipIf(process.getuid?.() === 0)("a file without the right to read it is told", async () => {
    const path = await file("secret.csv", GOOD);
    await chmod(path, 0);
    expect(messageOf(await read([path]))).toContain("EACCES");
  });

  test("a missing file is told before the first of the others is read", async () => {
    const good = await file("good.csv", `${HEADER}\n${GOOD}`);
    const got = await read([good, join(folder, "absent.csv")]);
    expect(messageOf(got)).toContain("absent.csv");
    expect(got.deliveries).toEqual([]);
  });

  test("a wrong header names what is missing, unknown and twice, and never a subscriber of a file without one", async () => {
    const message = messageOf(await read([await file("head.csv", "time,imsi,cell,cell\n")]));
    expect(message).toContain("missing: subscriber, kind");
    expect(message).toContain('unknown: "imsi"');
    expect(message).toContain("twice: cell");
    expect(message).toContain("home_plmn");
    expect(messageOf(await read([await file("headless.csv", GOOD)]))).not.toContain("f54277");
  });

  test("a first line that is too long for a header is told as such", async () => {
    const message = messageOf(await read([await file("long-head.csv", `${"x".repeat(5_000_000)}\n${GOOD}\n`)]));
    expect(message).toContain("the first line has 5000000 bytes, more than 1000, and is no header");
  });

  test("a gzip cut short gives every whole line that can be unpacked, then says after which line", async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `${1345082400000 + i * 977},p${(i * 7919) % 1000},cgi:460-00-1-2,data`,
    );
    const whole = gzipSync([HEADER, ...rows].join("\n"));
    const got = await read([await file("cut.csv.gz", whole.subarray(0, Math.floor(whole.length * 0.7)))], {
      partitions: 1,
    });
    const lines = linesOf(got);
    expect(lines.length).toBeGreaterThan(10_000);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, i) => i + 2));
    expect(messageOf(got)).toContain(`end in the middle after line ${lines.length + 1}`);
    expect(rejectsOf(got)).toEqual([]);
  });

  test("a gzip damaged within is told and closes nothing", async () => {
    const whole = gzipSync(`${HEADER}\n${`${GOOD}\n`.repeat(100)}`);
    whole.fill(255, whole.length - 12, whole.length - 4);
    const got = await read([await file("damaged.csv.gz", whole)], { closeAtEnd: true });
    expect(messageOf(got)).toContain("damaged");
    expect(got.deliveries.every(({ watermarkMs }) => watermarkMs === null)).toBe(true);
  });
});
