import { describe, expect, it } from "vitest";
import { FAULTS_SHOWN_MAX, FaultList, FileFaults, formatFault } from "../../src/geo/fault.js";

describe("faults", () => {
  it("prints place, severity, message and mend", () => {
    const fault = {
      file: "cells.csv",
      line: 3,
      message: "lon is empty",
      mend: "write degrees",
      severity: "error",
    } as const;
    expect(formatFault(fault)).toBe("cells.csv:3: error: lon is empty\n  mend: write degrees");
    expect(formatFault({ ...fault, line: null })).toBe("cells.csv: error: lon is empty\n  mend: write degrees");
  });

  it("shows a kind of fault so many times and then tells how many more there are, and where they begin", () => {
    const list = new FaultList();
    const faults = new FileFaults("cells.csv", list);
    for (let line = 2; line < 1002; line++) faults.error(line, "lon", `lon of line ${line}`, "mend it");
    faults.warning(5, "other", "something else", "mend that");
    const told = list.list();
    expect(told).toHaveLength(FAULTS_SHOWN_MAX + 2);
    expect(told.at(-1)).toMatchObject({
      line: 12,
      message: "990 more errors of the same kind (lon), the first of them here",
    });
    expect(told.filter((fault) => fault.message === "something else")).toHaveLength(1);
    expect(list.errors).toBe(1000);
  });

  it("lists each file's faults together and by line", () => {
    const list = new FaultList();
    new FileFaults("b.csv", list).error(9, "x", "later", "");
    new FileFaults("a.csv", list).error(1, "x", "other file", "");
    new FileFaults("b.csv", list).warning(2, "y", "earlier", "");
    expect(list.list().map((fault) => fault.message)).toEqual(["earlier", "later", "other file"]);
  });
});

it("a fault that repeats much of a file is cut", () => {
  const list = new FaultList();
  new FileFaults("a.csv", list).error(1, "kind", `no date: ${"x".repeat(50_000)}`, "mend");
  expect(list.list()[0]?.message).toMatch(/^no date: x{391}\.\.\.$/);
});
