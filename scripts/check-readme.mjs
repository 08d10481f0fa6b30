/**
 * Runs what the documentation promises: every `sh` block that follows a line `<!-- ci -->`, in README.md and docs/, each from the
 * root of the project in a shell that stops at the first failing command. Prints what each block took; ends with 1 on a failure.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BLOCK_MINUTES_MAX = 10;
const BLOCK = /^<!-- ci -->\n+```sh\n([\s\S]*?)^```$/gm;

/** The marked blocks of a Markdown text, each with the line of its first command. */
export function markedBlocks(markdown) {
  return [...markdown.matchAll(BLOCK)].map((match) => ({
    line: markdown.slice(0, match.index + match[0].indexOf("```sh")).split("\n").length + 1,
    commands: match[1].trimEnd(),
  }));
}

function documents() {
  const below = readdirSync(join(ROOT, "docs"), { recursive: true }).map((path) => join("docs", path));
  return ["README.md", ...below.filter((path) => path.endsWith(".md")).sort()];
}

function main() {
  const blocks = documents().flatMap((path) =>
    markedBlocks(readFileSync(join(ROOT, path), "utf8")).map((block) => ({ path, ...block })),
  );
  if (!blocks.some(({ path }) => path === "README.md")) throw new Error("README.md has no block marked <!-- ci -->");
  for (const { path, line, commands } of blocks) {
    console.log(`${path}:${line}\n${commands.replace(/^/gm, "  $ ")}`);
    const started = performance.now();
    const timeout = BLOCK_MINUTES_MAX * 60_000;
    const { status } = spawnSync("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: ROOT,
      stdio: "inherit",
      timeout,
    });
    if (status !== 0)
      throw new Error(`${path}:${line}: the block ended with ${status ?? `no answer in ${BLOCK_MINUTES_MAX} minutes`}`);
    console.log(`  ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(`check-readme: ${error.message}`);
    process.exitCode = 1;
  }
}
