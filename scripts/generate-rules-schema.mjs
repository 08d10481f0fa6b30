/**
 * Makes config/circles.schema.json from the form of the circle rules in src/circle/rule-schema.ts, for editors. Needs a build. With
 * `--check` it writes nothing and fails where the file is not what it would make.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { RULES_SCHEMA } from "../dist/circle/rule-schema.js";

const TARGET = "config/circles.schema.json";

const target = new URL(`../${TARGET}`, import.meta.url);
const schema = z.toJSONSchema(RULES_SCHEMA, { io: "input" });
const text = `${JSON.stringify(schema, null, 2)}\n`;
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    process.stderr.write(
      `${TARGET} is not what the rules' form gives. Run: npm run build && node scripts/generate-rules-schema.mjs\n`,
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
