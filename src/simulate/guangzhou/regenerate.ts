/** Writes the reference data of the demo city: `node dist/simulate/guangzhou/regenerate.js geo/guangzhou`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { referenceFiles } from "./reference.js";

const dir = process.argv[2];
if (dir === undefined) {
  process.stderr.write("usage: regenerate DIR\n");
  process.exitCode = 2;
} else {
  await mkdir(dir, { recursive: true });
  for (const [name, text] of referenceFiles()) await writeFile(join(dir, name), text);
}
