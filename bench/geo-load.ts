/**
 * How long does a plan of a million cells take to load, and how much memory? Asked of the whole way from files to tables,
 * footprints included; the bound is 60 s and 2 GB.
 *
 *     npm run bench -- geo-load [cells] [sectors a mast]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCityFolder } from "../src/source/city-folder.js";
import { isMain } from "./support/main.js";

export interface GeoLoadResult {
  readonly cells: number;
  readonly seconds: number;
  /** Of the process, all threads; more than `seconds` where the garbage collector ran beside, less where others held the machine. */
  readonly cpuSeconds: number;
  readonly rssPeakMb: number;
}

/** Writes a plan of `cells` cells, `sectors` a mast (1: omnidirectional), over a degree square, loads it, and removes it. */
export async function benchGeoLoad(cells: number, sectors: number): Promise<GeoLoadResult> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-geo-load-"));
  try {
    await writePlan(dir, cells, sectors);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const { city, faults } = await readCityFolder(dir);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (city === null) throw new Error(`the plan has faults: ${JSON.stringify(faults.slice(0, 3))}`);
    return {
      cells: city.cells.count,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      rssPeakMb: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function writePlan(dir: string, cells: number, sectors: number): Promise<void> {
  const next = numbers(7);
  const rows = ["cell,site,lon,lat,azimuth,beamwidth,range_m,placement,venue,region,valid_from,valid_to"];
  for (let i = 0; i < cells; i++) {
    const site = Math.floor(i / sectors);
    if (i % sectors === 0) next.move();
    const beam = sectors === 1 ? "," : `${Math.floor((360 / sectors) * (i % sectors))},65`;
    rows.push(`ecgi:460-00-${i},S${site},${next.lon},${next.lat},${beam},,outdoor,,R${i % 50},2026-01-01,`);
  }
  const regions = Array.from({ length: 50 }, (_, i) => `R${i},4,hall ${i},A`);
  await writeFile(join(dir, "cells.csv"), rows.join("\n"));
  await writeFile(join(dir, "regions.csv"), ["region,level,name,parent", "A,3,area,", ...regions].join("\n"));
  const yaml = 'name: Bench\ntime_zone: Asia/Shanghai\nhome_plmns: ["460-00"]\nbounds: [113, 22.5, 114, 23.5]\n';
  await writeFile(join(dir, "city.yaml"), yaml);
}

/** Positions from a linear congruential generator (Numerical Recipes), the same on every run. */
function numbers(seed: number): { lon: string; lat: string; move(): void } {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    lon: "",
    lat: "",
    move() {
      this.lon = (113 + draw()).toFixed(6);
      this.lat = (22.5 + draw()).toFixed(6);
    },
  };
}

if (isMain(import.meta.url)) {
  const [cells = "1000000", sectors = "3"] = process.argv.slice(2);
  console.log(JSON.stringify(await benchGeoLoad(Number(cells), Number(sectors))));
}
