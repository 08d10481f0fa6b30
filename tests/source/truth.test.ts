import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatPseudonym } from "../../src/signal/identity.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { readTruth } from "../../src/source/truth.js";
import { temporaryFolder } from "../store/support.js";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const key = Buffer.from("a key");

const GOOD = {
  "truth_circles.csv": "subscriber,circle\n46000,film\n46000,health\n46001,film\n",
  "truth_anchors.csv": "subscriber,kind,lon,lat\n46000,home,113.3,23.1\n",
  "truth_stays.csv":
    "subscriber,start,end,lon,lat\n46000,2025-03-03T00:00:00+08:00,2025-03-03T07:00:00.500+08:00,113.3,23.1\n",
};
let folders = 0;

function truthFolder(change: Record<string, string | null> = {}): string {
  const dir = join(folder.path, String(folders++));
  mkdirSync(dir);
  for (const [name, text] of Object.entries({ ...GOOD, ...change }))
    if (text !== null) writeFileSync(join(dir, name), text);
  return dir;
}

function pseudonym(raw: string): string {
  const pseudonymiser = new Pseudonymiser(key);
  pseudonymiser.pseudonymiseText(raw);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
}

const read = (change: Record<string, string | null> = {}) => readTruth(truthFolder(change), new Pseudonymiser(key));
const messageOf = (change: Record<string, string | null>) =>
  read(change).then(
    () => "",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("raw ids become the pseudonyms of the key, times epoch ms; roles are there or not", async () => {
  const truth = await read();
  const [one, two] = [pseudonym("46000"), pseudonym("46001")];
  expect(truth.circles).toEqual(
    new Map([
      [one, new Set(["film", "health"])],
      [two, new Set(["film"])],
    ]),
  );
  expect(truth.anchors).toEqual([{ subscriber: one, kind: "home", lon: 113.3, lat: 23.1 }]);
  const startMs = Date.parse("2025-03-02T16:00:00Z");
  expect(truth.stays).toEqual([{ subscriber: one, startMs, endMs: startMs + 25_200_500, lon: 113.3, lat: 23.1 }]);
  expect(truth.offsetMs).toBe(8 * 3_600_000);
  expect(truth.roles).toBeNull();
  const withRoles = await read({ "truth_roles.csv": "subscriber,role\n46000,office\n46000,new_resident\n" });
  expect(withRoles.roles).toEqual(new Map([[one, ["office", "new_resident"]]]));
});

test("columns in another order, further columns, quotes, CRLF, a byte order mark and epoch ms are read", async () => {
  const truth = await read({
    "truth_anchors.csv": '\uFEFFlat,note,kind,lon,subscriber\r\n23.1,"a, b",day,113.3,"46000"\r\n\r\n',
    "truth_stays.csv": "subscriber,start,end,lon,lat\n46000,1740960000000,1740963600000,113.3,23.1",
  });
  expect(truth.anchors).toEqual([{ subscriber: pseudonym("46000"), kind: "day", lon: 113.3, lat: 23.1 }]);
  expect(truth.stays).toHaveLength(1);
  expect(truth.offsetMs).toBe(0);
});

test("every fault of all files is told at once, with file, line and mend, and no row's text", async () => {
  const message = await messageOf({
    "truth_circles.csv": null,
    "truth_anchors.csv": "subscriber,kind,lon\n46000,home,113.3\n",
    "truth_stays.csv": [
      "subscriber,start,end,lon,lat",
      "46000,2025-03-03T00:00:00,2025-03-03T07:00:00+08:00,113.3,23.1",
      "46000,2025-03-03T07:00:00+08:00,2025-03-03T06:00:00+08:00,113.3,23.1",
      "46000,2025-03-03T00:00:00+08:00,2025-03-03T07:00:00+08:00,113.3,",
      "46000,2025-03-03T00:00:00+08:00",
      ",2025-03-03T00:00:00+08:00,2025-03-03T07:00:00+08:00,113.3,23.1",
      "",
    ].join("\n"),
  });
  expect(message).toContain("UserError: the truth in");
  for (const place of [
    "truth_circles.csv: error: there is no such file",
    "truth_anchors.csv:1: error: the header lacks lat",
    "truth_stays.csv:2: error: a time cannot be read",
    "truth_stays.csv:3: error: the stay ends before it starts",
    "truth_stays.csv:4: error: the position is not in degrees",
    "truth_stays.csv:5: error: the row has other fields",
    "truth_stays.csv:6: error: the subscriber is empty",
  ])
    expect(message).toContain(place);
  expect(message.match(/\n {2}mend: /g)).toHaveLength(7);
  expect(message).not.toContain("46000");
});

test("an empty file and a kind that is not known are faults", async () => {
  expect(await messageOf({ "truth_stays.csv": "" })).toContain("truth_stays.csv: error: the file is empty");
  const other = "subscriber,kind,lon,lat\n46000,other,113.3,23.1\n";
  expect(await messageOf({ "truth_anchors.csv": other })).toContain(
    "truth_anchors.csv:2: error: the kind is not known",
  );
});
