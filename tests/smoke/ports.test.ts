import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, folder, lifecircle, processesWith, up } from "./lifecircle.js";
import { writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
beforeAll(() => {
  build();
  writeSmallCity(city.path);
});
afterAll(() => {
  for (const { remove } of [city, data]) remove();
});

/** Sockets of a process, by the numbers of the kernel; empty for one that has ended. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const link = readlinkSync(join(`/proc/${pid}/fd`, fd));
      return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
    });
  } catch {
    return [];
  }
}

/** Addresses on which somebody listens (state 0A) or takes datagrams, in hexadecimal, with the socket of each. */
function listening(): { address: string; socket: string }[] {
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === (kind.startsWith("tcp") ? "0A" : "07"))
      .map((fields) => ({ address: String(fields[1]), socket: String(fields[9]) })),
  );
}

test.skipIf(process.platform !== "linux")("everything that `up` opens listens on loopback alone", async () => {
  const running = await up(["--geo", city.path, "--data", data.path]);
  const sockets = new Set([running.pid, ...processesWith(data.path)].flatMap(socketsOf));
  const ours = listening().filter(({ socket }) => sockets.has(socket));
  // Metrics, store, stream.
  expect(ours.length).toBeGreaterThanOrEqual(3);
  const loopback = /^(0100007F|00000000000000000000000001000000):/;
  expect(ours.filter(({ address }) => !loopback.test(address))).toEqual([]);

  // Whoever finds the store reads, and changes nothing.
  const url = /store +(http:\S+)/.exec(running.stderr)?.[1] ?? "";
  const post = (body: string) => fetch(`${url}/?database=lifecircle`, { method: "POST", body });
  expect((await post("SELECT count() FROM stays")).status).toBe(200);
  for (const body of ["DROP TABLE stays_rows", "INSERT INTO rejected_rows (source) VALUES ('x')", "SYSTEM STOP MERGES"])
    expect((await post(body)).status, body).not.toBe(200);
  const sql = await lifecircle(["sql", "--data", data.path, "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')"]);
  expect(sql.code).toBe(1);
  expect(sql.stderr).toContain("not available");
  running.interrupt();
  expect((await running.ended).code).toBe(0);
});
