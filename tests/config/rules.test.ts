import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { parseRules, readRules, watchRules } from "../../src/config/rules.js";

const folder = mkdtempSync(join(tmpdir(), "lifecircle-rules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = `defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
slots:
  night: { from: "22:00", to: "06:00" }
roles:
  staff: { anchor: { kind: day, category: hospital } }
circles:
`;
const GOOD = `${HEAD}  - circle: health
    dimension: preference
    all:
      - visits: { category: hospital, count: 1 }
    none:
      - role: staff
`;

/** Line and column of each fault with what it says. */
function faultsOf(text: string): string[] {
  return parseRules(text).faults.map((fault) => `${fault.line}:${fault.column} ${fault.says} | ${fault.mend}`);
}

test("the catalogue that comes with the project is sound", () => {
  expect(faultsOf(readFileSync("config/circles.yaml", "utf8"))).toEqual([]);
});

test("sound rules have no fault", () => {
  expect(faultsOf(GOOD)).toEqual([]);
});

test("a wrong name, an unknown key and a missing one are told with their line and column, all at once", () => {
  const text = `${HEAD}  - circle: health
    dimension: preferences
    all:
      - visits: { category: hospitl, cuont: 1 }
  - circle: film
    dimension: preference
`;
  expect(faultsOf(text)).toEqual([
    '8:5 "preferences" is not one of its values | write one of demographic, preference, behaviour; did you mean preference?',
    expect.stringMatching(/^10:19 "hospitl" is not one of its values .*did you mean hospital\?$/),
    "10:38 is not a key of this place | see config/circles.schema.json for the keys, or take it out",
    "11:5 is missing | give a array",
  ]);
});

test("names that nothing bears, doubled circles and thresholds in the wrong order are told", () => {
  const faults = faultsOf(`${GOOD}      - visits: { category: mall, slot: noon }
      - role: nobody
    enter: 0.3
  - circle: health
    dimension: preference
    all:
      - circle: filmm
`);
  expect(faults).toEqual([
    "13:35 there is no slot noon | write one of night",
    "14:9 there is no role nobody | write one of staff",
    expect.stringMatching(/^15:5 leave 0.4 lies above enter 0.3/),
    expect.stringMatching(/^16:5 health comes twice, first as number 1/),
    "16:5 there is no circle filmm | write one of health",
  ]);
});

test("a circle that hangs on itself by the circles it names is refused", () => {
  const faults = faultsOf(`${HEAD}  - { circle: a, dimension: behaviour, all: [{ circle: b }] }
  - { circle: b, dimension: behaviour, all: [{ circle: a }] }
`);
  expect(faults).toEqual([
    expect.stringMatching(/^7:5 a hangs on itself/),
    expect.stringMatching(/^8:5 b hangs on itself/),
  ]);
});

test("a family's variable must be given values and stand in its id", () => {
  const faults = faultsOf(`${HEAD}  - circle: music:$genre
    dimension: preference
    all: [{ attended: { category: music, genre: $genre } }]
  - circle: income
    dimension: demographic
    for: { tier: residential }
    all: [{ anchor: { kind: home, tier: $tier } }]
`);
  expect(faults).toEqual([
    expect.stringMatching(/^7:5 \$genre stands in the rule, but `for` gives it no values/),
    expect.stringMatching(/^12:5 all circles of the family would have the id income/),
  ]);
});

test("an id that is long and wrong at its end is refused like a short one", () => {
  const id = `music:${"$genre".repeat(40)}_`;
  expect(faultsOf(GOOD.replace("circle: health", `circle: ${id}`))[0]).toContain("small letters, digits and hyphens");
});

test("what is no YAML is told with its line", () => {
  expect(faultsOf("defaults: {\n  enter: 1")[0]).toMatch(/^\d+:\d+ .* \| mend the YAML$/);
});

test("a file that changes gives its rules once; one with faults is refused and told of once", () => {
  vi.useFakeTimers();
  try {
    const path = join(folder, "circles.yaml");
    writeFileSync(path, GOOD);
    expect(readRules(path).circles).toHaveLength(1);
    const warnings: string[] = [];
    const changed = watchRules(path, (message) => warnings.push(message));
    const look = () => {
      vi.advanceTimersByTime(2000);
      return changed();
    };
    expect(look()).toBeNull();
    writeFileSync(path, GOOD.replace("count: 1", "count: 3"));
    expect(changed()).toBeNull();
    expect(look()?.circles[0]?.all[0]?.visits?.count).toBe(3);
    expect(look()).toBeNull();
    writeFileSync(path, GOOD.replace("hospital, count", "hospitl, count"));
    expect([look(), look(), look()]).toEqual([null, null, null]);
    expect(warnings).toEqual([
      expect.stringMatching(/circles.yaml:10:19.*hospitl[\s\S]*the rules of before stay in force/),
    ]);
    rmSync(path);
    expect([look(), look()]).toEqual([null, null]);
    expect(warnings).toHaveLength(2);
    writeFileSync(path, GOOD);
    expect(look()?.circles).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});
