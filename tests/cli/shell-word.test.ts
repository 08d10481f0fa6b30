import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "../../src/cli/shell-word.js";

test("a shell reads back what was given, and plain paths stand as they are", () => {
  for (const text of ["data", "/srv/life circle/data", 'it\'s $HOME `here` "now"', "a\\b", "", "*", "数据"]) {
    const read = execFileSync("/bin/sh", ["-c", `printf '%s' ${shellWord(text)}`], { encoding: "utf8" });
    expect(read).toBe(text);
  }
  expect(shellWord("/srv/data-1/x_y.z")).toBe("/srv/data-1/x_y.z");
});
