/**
 * `npm run bench -- QUESTION [...]`: compiles bench/ with the sources into dist-bench/ and runs the benchmark of that name with the
 * rest of the arguments. Without a question it names those that there are.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "dist-bench");
/** What the compiled sources look for beside themselves. */
const BESIDE = ["config", "geo", "package.json"];

function questions() {
  return readdirSync(join(ROOT, "bench"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -3))
    .sort();
}

function node(...args) {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
}

function main([question, ...rest]) {
  if (!questions().includes(question)) {
    console.error(`usage: npm run bench -- QUESTION [...]\nquestions: ${questions().join(" ")}`);
    return 2;
  }
  const compiled = node(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", join(ROOT, "tsconfig.bench.json"));
  if (compiled !== 0) return compiled;
  mkdirSync(OUT, { recursive: true });
  for (const name of BESIDE) {
    if (!existsSync(join(OUT, name))) symlinkSync(join("..", name), join(OUT, name));
  }
  return node("--enable-source-maps", join(OUT, "bench", `${question}.js`), ...rest);
}

process.exitCode = main(process.argv.slice(2));
