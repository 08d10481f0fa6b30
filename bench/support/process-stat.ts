import { readFileSync } from "node:fs";

/** Clock ticks a second of /proc, on every Linux that we know. */
const TICKS = 100;

/** Processor seconds that a process has used, its threads included; NaN where /proc is not there. */
export function cpuSecondsOf(pid: number): number {
  const fields = read(pid, "stat")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory of a process, MB; NaN where /proc is not there. */
export function residentMbOf(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(pid, "status"))?.[1]) / 1024);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
