#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(fileURLToPath(main))) await import(main.href);
else {
  process.stderr.write(
    "lifecircle is not built yet\n  mend: run `npm start`, or `npm run setup` to build without starting\n",
  );
  process.exitCode = 1;
}
