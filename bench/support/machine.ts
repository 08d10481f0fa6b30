import { cpus, release, totalmem, type } from "node:os";

/** What a benchmark ran on, for the reader of its figures. */
export function machine(): string {
  const cores = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores of ${cores[0]?.model.trim()}, ${memoryGb} GB, Node ${process.versions.node}, ${type()} ${release()}`;
}
