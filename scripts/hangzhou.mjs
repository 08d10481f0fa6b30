/**
 * Makes the figures of docs/hangzhou.md again: runs every `sh` block that follows `<!-- figures -->`, all of them in one shell in
 * their order from the root of the project, and puts what a block prints into the fenced block behind it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = `${ROOT}docs/hangzhou.md`;
const BLOCK = /(<!-- figures -->\n+```sh\n)([\s\S]*?)(^```\n+```\n)([\s\S]*?)(^```$)/gm;
/** Stands on a line of its own between what two blocks print. */
const MARK = "=====lifecircle=====";

if (!existsSync(`${ROOT}../shared/data/hangzhou`)) {
  console.error("hangzhou: the data are read from ../shared/data/hangzhou, which is not there");
  process.exit(1);
}
const text = readFileSync(DOCUMENT, "utf8");
const commands = [...text.matchAll(BLOCK)].map((match) => match[2]);
const { status, stdout } = spawnSync("bash", ["-euo", "pipefail", "-c", commands.join(`\necho ${MARK}\n`)], {
  cwd: ROOT,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 2 ** 26,
});
if (status !== 0) {
  console.error(`hangzhou: a command ended with ${status}; the document is as it was`);
  process.exit(1);
}
const outputs = stdout.split(`${MARK}\n`);
let block = 0;
writeFileSync(
  DOCUMENT,
  text.replace(BLOCK, (_, open, command, between, _old, close) => open + command + between + outputs[block++] + close),
);
console.error(`hangzhou: ${outputs.length} blocks of figures made again`);
