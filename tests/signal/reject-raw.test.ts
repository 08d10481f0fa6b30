import { expect, test } from "vitest";
import { rawEvent } from "../../src/signal/reject-raw.js";

const GOOD = { time: "2012-08-16T02:00:00Z", subscriber: "1", cell: "cgi:460-00-1-2", kind: "data" };
const IDENTITIES = ["460001234567890", "8613800138000", "+8613800138000", "13800138000", "imsi-460001234567890", "m56"];

test("the raw text of a reject shows the fields that look like what they should be", () => {
  const event = { ...GOOD, cell: "cgi:46-0-1-2", kind: "datas", peer: "2", tac: "3512345", home_plmn: "46-0" };
  expect(JSON.parse(rawEvent(event))).toEqual(event);
  expect(JSON.parse(rawEvent({ ...GOOD, time: "1345082400831" }))).toMatchObject({ time: "1345082400831" });
});

test("an identity in the wrong column is not shown, only its length", () => {
  for (const identity of IDENTITIES) {
    for (const column of ["time", "cell", "kind", "tac", "home_plmn"]) {
      const raw = rawEvent({ ...GOOD, [column]: identity });
      expect(raw, `${column} ${identity}`).not.toContain(identity);
      expect(JSON.parse(raw)[column]).toBe(`(${identity.length} characters)`);
    }
  }
});

test("an identity that stands in the name of a cell is not shown either, and long names of cells are", () => {
  for (const cell of ["ecgi:460001234567890-00-1", "ncgi:460-00-460001234567", "cgi:13800138000-1-2"])
    expect(JSON.parse(rawEvent({ ...GOOD, cell })).cell).toBe(`(${cell.length} characters)`);
  for (const cell of ["ncgi:460-00-68719476735", "ecgi:460-00-268435456", "cgi:460-00-65535-268435455"])
    expect(JSON.parse(rawEvent({ ...GOOD, cell })).cell).toBe(cell);
});
