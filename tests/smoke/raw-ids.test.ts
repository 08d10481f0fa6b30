import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectNats } from "../../src/source/nats/connect.js";
import { OrderedPublisher } from "../../src/source/nats/ordered-publisher.js";
import { JSON_SUBJECT } from "../../src/source/nats/subjects.js";
import { build, DERIVED, folder, lifecircle, rowsOf, SOON, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
const file = join(city.path, "signalling.csv");

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  writeSignalling(file, [
    ...smallSignalling(20, 3),
    // Columns swapped, an identity where the cell or the time belongs, and one that is no event at all.
    "1767542400000,ecgi:460-00-1000,460009876543210,data",
    "460009876543210,460009876543210,ecgi:460-00-1000,data",
    "460009876543210",
  ]);
});

afterAll(() => {
  city.remove();
  data.remove();
});

test("no raw id is left in logs, store, stream, dead letters or checkpoints, whether it came by file or as JSON", async () => {
  const engine = await up(["--geo", city.path, "--data", data.path], SOON);
  const published = await lifecircle(["publish", "--geo", city.path, "--data", data.path, "--in", file]);
  expect(published.code, published.stderr).toBe(0);
  const nats = await connectNats(
    { url: /stream +(nats:\S+)/.exec(engine.stderr)?.[1] ?? "" },
    { name: "producer", retryMsMax: 1000 },
  );
  const publisher = new OrderedPublisher(nats, { inFlightMax: 8, retryMsMax: 5000, warn: () => undefined });
  const lines = [
    {
      time: 1767830400000,
      subscriber: "460001234599999",
      cell: "ecgi:460-00-1001",
      kind: "call_out",
      peer: "8613912345678",
    },
    { time: 1767830400000, subscriber: "460001234599999", cell: "8613912345678", kind: "call_out" },
    { time: 1767830400000, imsi: "460001234599999" },
  ];
  const payload = Buffer.from(
    `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"subscriber":"460001234599999\n`,
  );
  await publisher.send({ subject: JSON_SUBJECT, payload, id: "one" });
  await publisher.drain();
  await nats.close();
  await until(
    async () => (await engine.count("SELECT count() FROM rejected WHERE reason = 'unknown_cell'")) > 0,
    "rows",
  );
  let scraped = "";
  await until(async () => {
    const metrics = await fetch(`${/metrics +(http:\S+)\/metrics/.exec(engine.stderr)?.[1]}/metrics`);
    scraped = await metrics.text();
    // Rows may be those of the file.
    return /lifecircle_ingest_events_total 1\n/.test(scraped);
  }, "the JSON lines");
  expect(scraped).toMatch(/lifecircle_ingest_rejected_total\{reason="malformed"\} 1/);
  engine.interrupt();
  const { code, stderr } = await engine.ended;
  expect(code, stderr).toBe(0);

  const rows = await rowsOf(data.path, [...DERIVED, "rejected"]);
  const files = readdirSync(data.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/clickhouse"))
    .map((entry) => join(entry.parentPath, entry.name));
  const messages = files.filter((path) => path.endsWith(".blk"));
  expect(messages.length).toBeGreaterThan(1);
  const texts = [stderr, published.stdout + published.stderr, scraped, rows.join("\n")];
  for (const path of files) texts.push(readFileSync(path, "latin1"));
  expect(texts.flatMap((text) => text.match(/46000(12345|98765)\d{5}|8613912345678/g) ?? [])).toEqual([]);
});
