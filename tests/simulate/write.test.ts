import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../src/signal/user-error.js";
import { writeSimulation } from "../../src/simulate/write.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lifecircle-simulate-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const HEADERS = {
  "cells.csv": "cell,site,lon,lat,azimuth,beamwidth,range_m,placement,venue,region,valid_from,valid_to",
  "events.csv": "event,venue,category,genre,start,end,title",
  "holidays.csv": "date,kind",
  "regions.csv": "region,level,name,parent",
  "signalling.csv": "time,subscriber,cell,kind,peer,tac,home_plmn",
  "truth_anchors.csv": "subscriber,kind,lon,lat",
  "truth_circles.csv": "subscriber,circle",
  "truth_roles.csv": "subscriber,role",
  "truth_stays.csv": "subscriber,start,end,lon,lat",
};

test("a city folder, the signalling and the truth files are written, the same bytes for the same seed", async () => {
  const dates: string[] = [];
  const options = { subscribers: 40, days: 2, seed: 5 };
  const summary = await writeSimulation(join(dir, "a"), options, (date) => dates.push(date));
  await writeSimulation(join(dir, "b"), options);
  expect(dates).toEqual(["2025-03-03", "2025-03-04"]);
  expect(readdirSync(join(dir, "a")).sort()).toEqual([...Object.keys(HEADERS), "city.yaml", "venues.geojson"].sort());
  for (const [name, header] of Object.entries(HEADERS)) {
    const text = readFileSync(join(dir, "a", name), "utf8");
    expect(text.slice(0, text.indexOf("\n"))).toBe(header);
    expect(readFileSync(join(dir, "b", name), "utf8") === text, name).toBe(true);
  }
  const lines =
    readFileSync(join(dir, "a", "signalling.csv"), "utf8")
      .trimEnd()
      .split("\n").length - 1;
  expect(lines).toBe(summary.rows);
});

test("files cannot be written without an end", async () => {
  await expect(writeSimulation(dir, { days: Number.POSITIVE_INFINITY })).rejects.toThrow(UserError);
});
