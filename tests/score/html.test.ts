import { expect, test } from "vitest";
import { scoreHtml } from "../../src/score/html.js";
import { smallReport } from "./small-report.js";

const page = scoreHtml(smallReport(), { data: "<data>", truth: "truth" });

test("the page needs nothing from elsewhere, and shows names as text", () => {
  expect(page).not.toMatch(/<(script|link|img|iframe)|@import|url\(/);
  expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
  expect(page).toContain("<code>&lt;data&gt;</code>");
});

test("every chart has a title and axes, and its figures stand in tables", () => {
  const charts = [...page.matchAll(/<svg role="img" aria-label="[^"]+"/g)];
  expect(charts).toHaveLength(4);
  expect(page.match(/class="axis"/g)).toHaveLength(7);
  expect(page.match(/<table>/g)).toHaveLength(8);
  expect(page).toContain(
    '<tr><th scope="row">film</th><td>preference</td><td>1</td><td>2</td><td>1</td><td>0.500</td>',
  );
  expect(page).toContain("prefers-color-scheme: dark");
});

test("tags close in the order in which they open", () => {
  const open: string[] = [];
  const alone = new Set(["meta", "line", "rect", "circle"]);
  for (const [, slash, name = ""] of page.replace(/<style>[\s\S]*<\/style>/, "").matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
    if (alone.has(name)) continue;
    if (slash === "/") expect(open.pop()).toBe(name);
    else open.push(name);
  }
  expect(open).toEqual([]);
});
