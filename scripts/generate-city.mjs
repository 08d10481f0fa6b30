/**
 * Makes geo/guangzhou, the reference data of the demo city, from src/simulate/guangzhou; offline and always the same. It runs the built
 * program, so build first. With `--check` it writes nothing and fails where a file is not what it would make.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { referenceFiles } from "../dist/simulate/guangzhou/reference.js";

const FOLDER = "geo/guangzhou/";
const target = new URL(`../${FOLDER}`, import.meta.url);

mkdirSync(target, { recursive: true });
for (const [name, text] of referenceFiles()) {
  const file = new URL(name, target);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(
      `${FOLDER}${name} is not what src/simulate/guangzhou gives. Run: node scripts/generate-city.mjs\n`,
    );
    process.exitCode = 1;
  }
}
