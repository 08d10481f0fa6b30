import { expect, test } from "vitest";
import { readRules } from "../../src/config/rules.js";
import { circleRule, circleTitle } from "../../web/circle-title.js";
import { createTexts } from "../../web/texts.js";

const english = createTexts("en", "UTC");
const chinese = createTexts("zh", "UTC");
const SAYS = "Goes to cinemas";

test("every rule that comes with Lifecircle is said in Chinese too, families by any of their circles", () => {
  const circles = readRules("config/circles.yaml").circles.map(({ circle }) => circle.replace(/\$\w+$/, "any"));
  expect(circles.length).toBeGreaterThan(20);
  for (const circle of circles)
    expect(circleRule(chinese, { circle, name: null, says: SAYS }), circle).toMatch(/\p{Script=Han}/u);
  expect(circleRule(english, { circle: "film", name: "观影圈", says: SAYS })).toBe(SAYS);
});

test("circles of families have names in Chinese, too, and a genre that nobody knows stands as it is", () => {
  const title = (circle: string) => circleTitle(chinese, { circle, name: null });
  expect(["income-mid", "health:general", "music:jazz", "music:xiqu", "our-own"].map(title)).toEqual([
    ...["收入圈 · 中档", "健康圈 · 综合医院", "音乐圈 · 爵士", "音乐圈 · xiqu", "our-own"],
  ]);
  expect(circleTitle(english, { circle: "income-mid", name: null })).toBe("income-mid");
});

test("a rule of somebody's own is said as it stands in the file, or not at all", () => {
  expect(circleRule(chinese, { circle: "our-own", name: null, says: SAYS })).toBe(SAYS);
  expect(circleRule(chinese, { circle: "our-own", name: null, says: null })).toBeUndefined();
});

test("a circle of a region is called by what its members do there and the region's name", () => {
  const circle = { circle: "home:440106", name: "天河分公司", says: "Lives in 天河分公司" };
  expect([circleTitle(english, circle), circleRule(english, circle)]).toEqual([
    "Home · 天河分公司",
    "Lives in 天河分公司",
  ]);
  expect([circleTitle(chinese, circle), circleRule(chinese, circle)]).toEqual([
    "居住地 · 天河分公司",
    "居住在天河分公司",
  ]);
  expect(circleTitle(english, { circle: "day:ecgi:460-00-1", name: null })).toBe("Day place · ecgi:460-00-1");
});
