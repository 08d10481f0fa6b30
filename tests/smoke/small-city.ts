import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Sites some 800 m apart, in a square of so many a side. */
const SIDE = 6;
const DAY_MS = 86_400_000;
/** A Monday, local midnight. */
const START_MS = Date.parse("2026-01-05T00:00:00+08:00");
const HOUR_MS = 3_600_000;

const cellName = (x: number, y: number) => `ecgi:460-00-${1000 + y * SIDE + x}`;

/** The files of a city of 36 cells in two regions. */
export function smallCityFiles(): Record<string, string> {
  const cells = ["cell,lon,lat,region"];
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      cells.push(`${cellName(x, y)},${113.3 + x * 0.008},${23.1 + y * 0.0072},${x < SIDE / 2 ? "W" : "E"}`);
  return {
    "cells.csv": `${cells.join("\n")}\n`,
    "city.yaml": 'name: Small\ntime_zone: Asia/Shanghai\nhome_plmns: ["460-00"]\nbounds: [113.0, 23.0, 113.6, 23.3]\n',
    "regions.csv": "region,level,name,parent\nW,4,west,\nE,4,east,\n",
  };
}

export function writeSmallCity(dir: string): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(smallCityFiles())) writeFileSync(join(dir, name), text);
}

/** Rows of people who live at one cell and work at another, heard a few times an hour, with some that nobody can take. */
export function smallSignalling(people: number, days: number): string[] {
  const rows: { timeMs: number; text: string }[] = [];
  for (let person = 0; person < people; person++) {
    const home = cellName(person % SIDE, Math.floor(person / SIDE) % SIDE);
    const work = cellName((person * 5 + 2) % SIDE, (person * 3 + 4) % SIDE);
    for (let tick = 0; tick < days * 72; tick++) {
      // Three times an hour, at another minute for each person.
      const timeMs = START_MS + tick * (HOUR_MS / 3) + ((person * 7919 + tick * 104_729) % 1_199_000);
      const hour = ((timeMs - START_MS) % DAY_MS) / HOUR_MS;
      const cell = (person + tick) % 97 === 0 ? "ecgi:460-00-9" : hour >= 9 && hour < 18 ? work : home;
      rows.push({ timeMs, text: `${timeMs},4600012345${String(person).padStart(5, "0")},${cell},data` });
    }
  }
  return rows.sort((a, b) => a.timeMs - b.timeMs).map(({ text }) => text);
}

export function writeSignalling(path: string, rows: readonly string[]): void {
  writeFileSync(path, `time,subscriber,cell,kind\n${rows.join("\n")}\n`);
}
