import { SCORED_ANCHORS } from "./anchor-score.js";
import type { Calibration } from "./calibration.js";
import { type Bar, barChart, escaped, type Line, lineChart } from "./charts.js";
import type { MacroScore, Tally } from "./circle-score.js";
import type { Confusion } from "./confusion.js";
import { STYLE } from "./html-style.js";
import type { GroupScore, ScoreReport } from "./report.js";
import type { Errors } from "./statistics.js";
import { aboutPeople, decimal, percent } from "./table.js";

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
    summary(report),
    section("F1 of each circle", circleChart(wellObserved), circleTable(report)),
    section("Calibration of the scores", reliabilityChart(wellObserved), calibrationTable(wellObserved)),
    section("Home and day places", anchorChart(wellObserved), anchorTable(report)),
    section("Stays", stayChart(wellObserved), stayTable(wellObserved)),
    confusionSection("False members by their true circles", wellObserved.falseMembersByTrueCircle),
    confusionSection("False members by their roles", wellObserved.falseMembersByRole),
    changesSection(report),
    "</main></body></html>\n",
  ].join("\n");
}

function section(title: string, ...parts: readonly string[]): string {
  return `<section><h2>${escaped(title)}</h2>${parts.join("\n")}</section>`;
}

/** Rows of cells; the first of each row is its header, and numbers stand to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
  const body = rows.map(
    ([name = "", ...cells]) =>
      `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

function summary({ wellObserved, everybody }: ScoreReport): string {
  const row = (name: string, macro: MacroScore, all: MacroScore | undefined) => [
    name,
    String(macro.circles),
    ...[macro.precision, macro.recall, macro.f1].map((value) => decimal(value)),
    `${macro.lowestCircle} ${decimal(macro.lowestF1)}`,
    decimal(all?.f1 ?? Number.NaN),
  ];
  const rows = Object.entries(wellObserved.macro).map(([name, macro]) => row(name, macro, everybody.macro[name]));
  const members = wellObserved.macroOfMembers.all;
  if (members !== undefined) rows.push(row("all, families by member", members, everybody.macroOfMembers.all));
  const header = ["dimension", "circles", "precision", "recall", "F1", "lowest F1", "F1 of all people"];
  return section("Means over circles", table(header, rows));
}

function circleChart({ circles }: GroupScore): string {
  const order = Object.keys(COLOURS);
  const rank = (dimension: string) => (order.includes(dimension) ? order.indexOf(dimension) : order.length);
  const bars = circles
    .toSorted((a, b) => rank(a.dimension) - rank(b.dimension))
    .map(({ circle, dimension, f1, precision, recall }): Bar => {
      const text = `${decimal(f1, 2)}  (P ${decimal(precision, 2)}, R ${decimal(recall, 2)})`;
      return { label: circle, value: f1, text, colour: COLOURS[dimension] ?? OTHER_COLOUR };
    });
  const legend = order.map((name) => `<span class="key"><i class="${COLOURS[name]}"></i>${name}</span>`).join("");
  return `<p>${legend}</p>${barChart("F1 of each circle, with precision (P) and recall (R)", "F1", bars)}`;
}

function circleTable({ wellObserved, everybody }: ScoreReport): string {
  const ofAll = new Map(everybody.circles.flatMap((score) => [score, ...score.members]).map((t) => [t.circle, t.f1]));
  const row = (tally: Tally, dimension: string, name: string) => [
    name,
    dimension,
    ...[tally.truths, tally.found, tally.right].map(String),
    ...[tally.precision, tally.recall, tally.f1, ofAll.get(tally.circle) ?? Number.NaN].map((value) => decimal(value)),
  ];
  const rows = wellObserved.circles.flatMap((score) => [
    row(score, score.dimension, score.circle),
    ...score.members.map((member) => row(member, score.dimension, `· ${member.circle}`)),
  ]);
  return table(
    ["circle", "dimension", "true", "found", "right", "precision", "recall", "F1", "F1 of all people"],
    rows,
  );
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
  return `${lineChart(axes, lines)}<p class="note">On the dashed line a score is the chance of being true; below it, scores promise too much.</p>`;
}

function calibrationTable({ calibration }: GroupScore): string {
  const entries = Object.entries(calibration);
  const cell = (own: Calibration, index: number) => {
    const bin = own.bins[index];
    return bin === undefined || bin.count === 0
      ? "–"
      : `${decimal(bin.meanScore, 2)} → ${decimal(bin.trueShare, 2)} (${bin.count})`;
  };
  const rows = (calibration.all?.bins ?? []).map(({ from, to }, index) => [
    `${from.toFixed(1)}–${to.toFixed(1)}`,
    ...entries.map(([, own]) => cell(own, index)),
  ]);
  rows.push(["Brier score", ...entries.map(([, { brier }]) => decimal(brier))]);
  rows.push(["expected error", ...entries.map(([, { expectedError }]) => decimal(expectedError))]);
  const about = "Mean score → share of true memberships (count). Brier score: mean squared error, 0 is perfect.";
  return `<p class="note">${about}</p>${table(["score", ...entries.map(([name]) => name)], rows)}`;
}

/** The distribution of errors as a line: how many per cent of the cases are at or below an error. */
function distribution(name: string, colour: string, { quantiles }: Errors): Line {
  const steps = quantiles.length - 1;
  const points = quantiles.map((error, step): [number, number] => [error, step / steps]);
  return { name, colour, points: points.filter(([error]) => !Number.isNaN(error)) };
}

function anchorChart({ anchors }: GroupScore): string {
  const axes = {
    title: "Distance of the found home and day places from the true ones, cumulative",
    x: "error in metres (2,000 and more at the edge)",
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
    x: "error in minutes (60 and more at the edge)",
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

function anchorTable({ wellObserved, anchorsRightWithin }: ScoreReport): string {
  const rows = SCORED_ANCHORS.map((kind) => {
    const { people, located, coverage, right, rate, rateOfLocated, within500mShare, errorMetres, invented } =
      wellObserved.anchors[kind];
    return [
      kind,
      ...[people, located].map(String),
      percent(coverage),
      `${decimal(errorMetres.median, 0)} m`,
      `${decimal(errorMetres.p90, 0)} m`,
      percent(within500mShare),
      String(right),
      percent(rateOfLocated),
      percent(rate),
      String(invented),
    ];
  });
  const header = [
    "anchor",
    "people",
    "located",
    "coverage",
    "median error",
    "90 %",
    "in 500 m",
    "right",
    "of located",
    "of people",
    "invented",
  ];
  const about = `Right: within ${anchorsRightWithin}. Invented: found, but there is none.`;
  return `<p class="note">${about}</p>${table(header, rows)}`;
}

function stayTable({ stays }: GroupScore): string {
  const {
    truths,
    found,
    matched,
    precision,
    recall,
    f1,
    arrivalErrorMinutes: arrival,
    departureErrorMinutes: departure,
  } = stays;
  const header = [
    "",
    "true",
    "found",
    "right",
    "precision",
    "recall",
    "F1",
    "arrival",
    "90 %",
    "departure",
    "90 %",
    "unheard",
  ];
  const minutes = [arrival.median, arrival.p90, departure.median, departure.p90].map(
    (value) => `${decimal(value, 1)} min`,
  );
  const rates = [precision, recall, f1].map((value) => decimal(value));
  const rows = [["stays", ...[truths, found, matched].map(String), ...rates, ...minutes, percent(stays.unheardShare)]];
  const about =
    "Right: the intervals overlap by half of their union, within 1 km. Unheard: true stays without any event.";
  return `<p class="note">${about}</p>${table(header, rows)}`;
}

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
  const about =
    "A person may be of several groups. * is known to be taken for members. Out of: those of the group who could be false members.";
  return section(
    title,
    `<p class="note">${about}</p>`,
    table(["circle", "false members", "of group", "false of group", "out of", "rate"], rows),
  );
}

function changesSection({ changes }: ScoreReport): string {
  if (changes.length === 0) return "";
  const rows = changes.map(({ circle, entered, strengthened, left, returned }) => [
    circle,
    ...[entered, strengthened, left, returned].map(String),
  ]);
  return section(
    "Changes in the log, of all people",
    table(["circle", "entered", "strengthened", "left", "entered again"], rows),
  );
}
