import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLog, type LogOptions, safeText } from "../../src/metrics/log.js";

function logged(write: (log: ReturnType<typeof createLog>) => void, options: Partial<LogOptions> = {}, isTTY = false) {
  const lines: string[] = [];
  write(createLog({ level: "info", pretty: "auto", ...options }, { write: (line) => lines.push(line), isTTY }));
  return lines.join("");
}

describe("raw ids", () => {
  const ids = ["460001234567890", "8613800138000", "+8613800138000", "13800138000"];

  test.each(ids)("%s never comes through, however it is logged", (id) => {
    const text = logged((log) => {
      log.info(`row of ${id} is bad`);
      log.info({ subscriber: id, peer: Number(id), nested: { list: [{ imsi: id, MSISDN: [id] }] } }, "fields");
      log.info({ text: `x${id}y`, [id]: 1 }, "in a text, in a name");
      log.error(new Error(`cannot parse ${id}`, { cause: new Error(`inner ${id}`) }));
      log.error({ err: new Error(id), extra: { deep: new Error(id) } });
      log.child({ who: id, subscriber: id }).warn("child");
      log.child({}, { msgPrefix: `${id}: ` }).warn("prefix");
      log.warn("formatted %s %o", id, { peer: id });
    });
    expect(text.trim().split("\n")).toHaveLength(8);
    expect(text).not.toContain(id.replace("+", ""));
    for (const line of text.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  });

  test("any MSISDN or IMSI in any text is gone", () => {
    const id = fc.stringMatching(/^[1-9][0-9]{8,14}$/);
    const letters = fc.stringMatching(/^[a-z :,."]*$/);
    fc.assert(fc.property(letters, id, letters, (a, raw, b) => !safeText(a + raw + b).includes(raw)));
  });

  test("lines for people are cleaned as well", () => {
    const text = logged((log) => log.error(new Error("bad 460001234567890")), { pretty: "always" });
    expect(text).not.toContain("460001234567890");
    expect(text).toContain("[15 digits]");
  });
});

describe("what a person needs to see stays", () => {
  test("dates in file names, cell names, times, short numbers", () => {
    const texts = [
      "signalling-20240501.csv:12",
      "ncgi:460-00-68719476735",
      "cgi:460-00-65535-65535",
      "ecgi:460-00-123456789",
    ];
    for (const text of [...texts, "2026-11-22T18:35:00Z", "port 8080", "1234567"]) expect(safeText(text)).toBe(text);
    expect(safeText("20241301")).toBe("[8 digits]");
  });

  test("the files of checkpoints, and numbers by thousands", () => {
    const text =
      "snapshot state-000000000012.snapshot in x (torn: blocks-000012345678 is not there); sequences 12,345,678 to 9";
    expect(safeText(text)).toBe(text);
    // What could be an id is none for standing behind such a word.
    for (const id of ["460001234567890", "001010123456789", "0000123456789", "861380013800", "000012345678901"])
      expect(safeText(`state-${id} events-${id}`)).not.toContain(id.slice(-8));
  });

  test("numbers in fields of their own, and pseudonyms", () => {
    const line = logged((log) =>
      log.info({ sequence: 123456789012, bytes: 2 ** 40, pseudonym: "17834987234987234987" }, "x"),
    );
    expect(JSON.parse(line)).toMatchObject({
      sequence: 123456789012,
      bytes: 2 ** 40,
      pseudonym: "17834987234987234987",
    });
  });

  test("a JSON line has level, ISO time, message, and the stack of an error", () => {
    const line = JSON.parse(logged((log) => log.error(new Error("broken"), "while flushing")));
    expect(line).toMatchObject({ level: "error", msg: "while flushing", err: { type: "Error", message: "broken" } });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(line.err.stack).toContain("log.test.ts");
  });

  test("a very long text is cut", () => {
    expect(safeText("x".repeat(1_000_000)).length).toBeLessThan(5000);
  });
});

describe("levels and forms", () => {
  test("below the level nothing is written, with silent nothing at all", () => {
    expect(logged((log) => log.debug("x"))).toBe("");
    expect(logged((log) => log.fatal("x"), { level: "silent" })).toBe("");
  });

  test("auto writes short lines on a terminal and JSON elsewhere", () => {
    const write = (log: ReturnType<typeof createLog>) => log.warn({ partition: 3, table: "stays" }, "store is slow");
    expect(logged(write, {}, true)).toMatch(/^\d\d:\d\d:\d\d warn {2}store is slow partition=3 table=stays\n$/);
    expect(JSON.parse(logged(write, {}, false)).partition).toBe(3);
    expect(logged(write, { pretty: "never" }, true)).toMatch(/^\{/);
  });
});
