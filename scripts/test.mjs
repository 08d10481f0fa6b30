/** Runs vitest with the given arguments and ends with one plain line of what it counted: `N passed, N failed`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lifecircle-test-"));
const report = join(folder, "report.json");

const vitest = join(root, "node_modules/vitest/vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});

process.exitCode = status ?? 1;
try {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  // What fails outside of a test (a file that cannot be loaded, a hook, an error that nobody caught) fails all the same.
  const isFailed = ({ status }) => status === "failed";
  const outside = counts.testResults.filter((file) => isFailed(file) && !file.assertionResults.some(isFailed)).length;
  const known = counts.numFailedTests + outside;
  const failed = known === 0 && status !== 0 ? 1 : known;
  const skipped = counts.numPendingTests + counts.numTodoTests;
  const line = `${counts.numPassedTests} passed, ${failed} failed`;
  console.log(skipped > 0 ? `${line}, ${skipped} skipped` : line);
} catch {
  console.error("vitest ended without a report");
  process.exitCode ||= 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
