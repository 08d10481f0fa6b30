import { type Bar, barChart, escaped, type Line, lineChart } from "./charts.js";
import type { Confusion } from "./confusion.js";
import { STYLE } from "./html-style.js";
import type { GroupScore, ScoreReport } from "./report.js";
import type { Errors } from "./statistics.js";
import {
  aboutPeople,
  anchorTable,
  calibrationTable,
  changeTable,
  circleTable,
  decimal,
  macroTable,
  percent,
  stayTable,
  type Table,
} from "./tables.js";

/** Where the compared data came from, for the head of the page. */
export interface ReportOrigin {
  readonly data: string;
  readonly truth: string;
}

const COLOURS: Readonly<Record<string, string>> = {
  region: "c0",
  demographic: "c1",
  preference: "c2",
  behaviour: "c3",
};
const OTHER_COLOUR = "c4";
const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** The report as one page that needs nothing from elsewhere: charts as SVG, every figure of them in a table as well. */
export function scoreHtml(report: ScoreReport, origin: ReportOrigin): string {
  const { wellObserved } = report;
  return [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>Score: ${escaped(origin.data)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>Circles against the truth</h1><p>Store <code>${escaped(origin.data)}</code>, truth <code>${escaped(origin.truth)}</code>. `,
    `${escaped(aboutPeople(report))} All figures are about the well observed, where nothing else is said.</p>`,
    section("Means over circles", table(macroTable(report))),
    section("F1 of each circle", circleChart(wellObserved), table(circleTable(report))),
    section("Calibration of the scores", reliabilityChart(wellObserved), table(calibrationTable(wellObserved))),
    section("Home and day places", anchorChart(wellObserved), table(anchorTable(report))),
    section("Stays", stayChart(wellObserved), table(stayTable(wellObserved))),
    confusionSection("False members by their true circles", wellObserved.falseMembersByTrueCircle),
    confusionSection("False members by their roles", wellObserved.falseMembersByRole),
    report.changes.length === 0 ? "" : section("Changes in the log, of all people", table(changeTable(report))),
    "</main></body></html>\n",
  ].join("\n");
}

function section(title: string, ...parts: readonly string[]): string {
  return `<section><h2>${escaped(title)}</h2>${parts.join("\n")}</section>`;
}

function table({ about, header, rows }: Table): string {
  const note = about === "" ? "" : `<p class="note">${escaped(about)}</p>`;
  const head = header.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
  const body = rows.map(
    ([name = "", ...cells]) =>
      `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`,
  );
  return `${note}<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

function circleChart({ circles }: GroupScore): string {
  const bars = circles.map(({ circle, dimension, f1, precision, recall }): Bar => {
    const text = `${decimal(f1, 2)}  (P ${decimal(precision, 2)}, R ${decimal(recall, 2)})`;
    return { label: circle, value: f1, text, colour: COLOURS[dimension] ?? OTHER_COLOUR };
  });
  const legend = Object.entries(COLOURS)
    .map(([name, colour]) => `<span class="key"><i class="${colour}"></i>${name}</span>`)
    .join("");
  return `<p>${legend}</p>${barChart("F1 of each circle, with precision (P) and recall (R)", "F1", bars)}`;
}

function reliabilityChart({ calibration }: GroupScore): string {
  const lines = Object.entries(calibration).map(([name, { bins }]): Line => {
    const filled = bins.filter(({ count }) => count > 0);
    return {
      name,
      colour: COLOURS[name] ?? OTHER_COLOUR,
      points: filled.map(({ meanScore, trueShare }) => [meanScore, trueShare]),
      notes: filled.map((bin) => `score ${decimal(bin.meanScore, 2)}, true ${decimal(bin.trueShare, 2)}, ${bin.count}`),
    };
  });
  const axes = {
    title: "Reliability: share of true memberships by score",
    x: "mean score of the memberships in a bin of 0.1",
    y: "share of them that is true",
    xMax: 1,
    yMax: 1,
    xTicks: SHARES,
    yTicks: SHARES,
    xText: String,
    yText: String,
    diagonal: true,
  };
  return `${lineChart(axes, lines)}<p class="note">On the thin diagonal a score is the chance of being true; below it, scores promise too much.</p>`;
}

/** The distribution of errors as a line: the share of the cases that are at or below an error. */
function distribution(name: string, colour: string, { quantiles }: Errors): Line {
  const steps = quantiles.length - 1;
  const points = quantiles.map((error, step): [number, number] => [error, step / steps]);
  return { name, colour, points: points.filter(([error]) => !Number.isNaN(error)) };
}

function anchorChart({ anchors }: GroupScore): string {
  const axes = {
    title: "Distance of the found home and day places from the true ones, cumulative",
    x: "error in metres",
    y: "share of the located people",
    xMax: 2000,
    yMax: 1,
    xTicks: [0, 250, 500, 1000, 1500, 2000],
    yTicks: SHARES,
    xText: String,
    yText: percentTick,
  };
  return lineChart(axes, [
    distribution("home", "c0", anchors.home.errorMetres),
    distribution("day place", "c1", anchors.day.errorMetres),
  ]);
}

function stayChart({ stays }: GroupScore): string {
  const axes = {
    title: "Error of the times of matched stays, cumulative",
    x: "error in minutes",
    y: "share of the matched stays",
    xMax: 60,
    yMax: 1,
    xTicks: [0, 10, 20, 30, 40, 50, 60],
    yTicks: SHARES,
    xText: String,
    yText: percentTick,
  };
  return lineChart(axes, [
    distribution("arrival", "c0", stays.arrivalErrorMinutes),
    distribution("departure", "c1", stays.departureErrorMinutes),
  ]);
}

const percentTick = (value: number) => `${Math.round(value * 100)} %`;

function confusionSection(title: string, confusions: readonly Confusion[]): string {
  if (confusions.length === 0) return "";
  const rows = confusions.flatMap(({ circle, falseMembers, ofNoGroup, groups }) => [
    ...groups.map(({ group, falseMembers: own, outOf, rate, isConfounder }) => [
      circle,
      String(falseMembers),
      `${group}${isConfounder ? " *" : ""}`,
      String(own),
      String(outOf),
      percent(rate),
    ]),
    ...(ofNoGroup > 0 ? [[circle, String(falseMembers), "none of them", String(ofNoGroup), "", ""]] : []),
  ]);
  return section(
    title,
    table({
      about:
        "Somebody may be of several groups; * is known to be taken for members. Out of: those of the group who could be false members.",
      header: ["circle", "false members", "of group", "false of group", "out of", "rate"],
      rows,
    }),
  );
}
