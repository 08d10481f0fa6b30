import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorText } from "../../src/cli/error-text.js";
import { temporary } from "../derivation.js";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return expect.unreachable();
}

test("what the system refuses at a path is told with the path and a mend, without a stack", () => {
  const folder = temporary("folder");
  mkdirSync(folder);
  const texts = [folder, "/dev/null/file", join(folder, "none", "file")].map((path) =>
    errorText(thrownBy(() => writeFileSync(path, ""))),
  );
  expect(texts).toEqual([
    expect.stringMatching(/^EISDIR: [^\n]*folder'\n {2}mend: give a path [^\n]*$/),
    expect.stringMatching(/^ENOTDIR: [^\n]*'\/dev\/null\/file'\n {2}mend: [^\n]*$/),
    expect.stringMatching(/^ENOENT: [^\n]*none\/file'\n {2}mend: [^\n]*$/),
  ]);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  expect(errorText(full)).toMatch(/^ENOSPC: no space left on device, write\n {2}mend: make room there/);
});

test("of anything else the stack is shown, since nobody expected it", () => {
  expect(errorText(new TypeError("x is not y"))).toMatch(/^TypeError: x is not y\n {4}at /);
});
