import { expect, test } from "vitest";
import { barChart, escaped, lineChart } from "../../src/score/charts.js";

test("text is safe in a page", () => {
  expect(escaped('<a href="x">&')).toBe("&lt;a href=&quot;x&quot;&gt;&amp;");
});

test("a bar is as long as its value, has its name and figures in words, and nothing where there is no value", () => {
  const bars = [
    { label: "music:<pop>", value: 0.5, text: "0.50", colour: "c0" },
    { label: "film", value: Number.NaN, text: "–", colour: "c1" },
  ];
  const svg = barChart("F1", "F1", bars);
  expect(svg).toMatch(/^<svg role="img" aria-label="F1" .*<title>F1<\/title>/);
  expect(svg).toContain("<title>music:&lt;pop&gt;: 0.50</title>");
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([210, 0]);
});

test("a line goes through its points on axes with names and ticks", () => {
  const axes = {
    title: "errors",
    x: "metres",
    y: "share",
    xMax: 100,
    yMax: 1,
    xTicks: [0, 50],
    yTicks: [0, 1],
    xText: (value: number) => `${value} m`,
    yText: String,
    diagonal: true,
  };
  const svg = lineChart(axes, [
    {
      name: "home",
      colour: "c0",
      points: [
        [0, 0],
        [100, 1],
      ],
      notes: ["a", "b"],
    },
  ]);
  expect(svg).toContain('points="64.0,330.0 484.0,30.0"');
  for (const text of [">metres<", ">share<", ">50 m<", ">home<", "<title>home: b</title>", 'class="diagonal"'])
    expect(svg).toContain(text);
});
