import { SCORED_ANCHORS } from "./anchor-score.js";
import type { CircleScore, MacroScore, Tally } from "./circle-score.js";
import type { Confusion } from "./confusion.js";
import type { GroupScore, ScoreReport } from "./report.js";

/** Groups that a line of false members names. */
const GROUPS_SHOWN_MAX = 4;

/** A share as a person reads it; a dash where there is nothing to divide by. */
export function percent(value: number): string {
  return Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** A number with some digits after the point; a dash for none. */
export function decimal(value: number, digits = 3): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}

/** In words: who the scores are about. */
export function aboutPeople(report: ScoreReport): string {
  const { people, observedDaysMin, eventsPerDayMin, observedFrom } = report;
  const source = observedFrom === "events" ? "by signalling.csv" : "by the events of the stays in the store";
  const unknown =
    people.unknownToTruth === 0
      ? ""
      : `; ${people.unknownToTruth} of them are in no truth file, so all that was found of them is wrong`;
  return (
    `${people.inTruth} people in the truth, ${people.inStore} in the store${unknown}. Well observed: ${people.wellObserved} ` +
    `(${observedDaysMin} days or more, with ${eventsPerDayMin} events a day or more, ${source}).`
  );
}

/** The report as text: a table of the circles, then one block a subject. */
export function scoreText(report: ScoreReport): string {
  const { wellObserved } = report;
  return [
    aboutPeople(report),
    "All figures are about the well observed; the last column is about all people.",
    "",
    ...circleLines(report),
    "",
    ...anchorLines(report),
    "",
    ...stayLines(wellObserved),
    "",
    ...calibrationLines(wellObserved),
    ...confusionLines("False members by their true circles", wellObserved.falseMembersByTrueCircle),
    ...confusionLines("False members by their roles (* known confounders)", wellObserved.falseMembersByRole),
    ...changeLines(report),
    "",
  ].join("\n");
}

function circleLines({ wellObserved, everybody }: ScoreReport): string[] {
  const f1OfAll = new Map(everybody.circles.flatMap((score) => [score, ...score.members]).map((t) => [t.circle, t.f1]));
  const line = (indent: string, { circle, truths, found, right, precision, recall, f1 }: Tally) => [
    `${indent}${circle}`,
    ...[truths, found, right].map(String),
    ...[precision, recall, f1, f1OfAll.get(circle) ?? Number.NaN].map((value) => decimal(value)),
  ];
  const macroLine = (name: string, macro: MacroScore, ofAll: MacroScore | undefined) => [
    `macro ${name} (${macro.circles})`,
    ...["", "", ""],
    ...[macro.precision, macro.recall, macro.f1, ofAll?.f1 ?? Number.NaN].map((value) => decimal(value)),
  ];
  const rows = [["circle", "true", "found", "right", "precision", "recall", "F1", "F1 of all"]];
  for (const [name, macro] of Object.entries(wellObserved.macro)) {
    const own = wellObserved.circles.filter((score) => score.dimension === name);
    rows.push(
      ...own.flatMap((score: CircleScore) => [line("", score), ...score.members.map((one) => line("  ", one))]),
    );
    rows.push(macroLine(name, macro, everybody.macro[name]), []);
  }
  const each = wellObserved.macroOfMembers.all;
  if (each !== undefined) rows.push(macroLine("all, families by member", each, everybody.macroOfMembers.all));
  return aligned(rows);
}

function anchorLines({ wellObserved, anchorsRightWithin }: ScoreReport): string[] {
  const rows = SCORED_ANCHORS.map((kind) => {
    const score = wellObserved.anchors[kind];
    const { people, located, coverage, rate, within500mShare, errorMetres, invented } = score;
    return [
      kind,
      String(people),
      `${located} (${percent(coverage)})`,
      `${decimal(errorMetres.median, 0)} m`,
      `${decimal(errorMetres.p90, 0)} m`,
      percent(within500mShare),
      `${percent(score.rateOfLocated)} (${percent(rate)} of people)`,
      String(invented),
    ];
  });
  const header = ["anchor", "people", "located", "median error", "90 %", "in 500 m", "right", "invented"];
  return [...aligned([header, ...rows]), `right: within ${anchorsRightWithin}; invented: found, but there is none`];
}

function stayLines({ stays }: GroupScore): string[] {
  const { truths, found, matched, precision, recall, f1, arrivalErrorMinutes, departureErrorMinutes } = stays;
  const header = [
    "stays",
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
  const minutes = (value: number) => `${decimal(value, 1)} min`;
  const row = [
    ...[truths, found, matched].map(String),
    ...[precision, recall, f1].map((value) => decimal(value)),
    ...[arrivalErrorMinutes.median, arrivalErrorMinutes.p90].map(minutes),
    ...[departureErrorMinutes.median, departureErrorMinutes.p90].map(minutes),
    percent(stays.unheardShare),
  ];
  return [...aligned([header, row]), "unheard: share of the true stays without any event"];
}

function calibrationLines({ calibration }: GroupScore): string[] {
  const entries = Object.entries(calibration);
  const rows = [["score", ...entries.map(([name]) => name)]];
  const bins = calibration.all?.bins ?? [];
  for (const [index, { from, to }] of bins.entries()) {
    const cells = entries.map(([, { bins: own }]) => {
      const bin = own[index];
      return bin === undefined || bin.count === 0
        ? "–"
        : `${decimal(bin.meanScore, 2)} → ${decimal(bin.trueShare, 2)} (${bin.count})`;
    });
    rows.push([`${from.toFixed(1)}–${to.toFixed(1)}`, ...cells]);
  }
  rows.push(["Brier", ...entries.map(([, { brier }]) => decimal(brier))]);
  rows.push(["expected error", ...entries.map(([, { expectedError }]) => decimal(expectedError))]);
  return ["Calibration: mean score → share of true memberships (count)", ...aligned(rows)];
}

function confusionLines(title: string, confusions: readonly Confusion[]): string[] {
  if (confusions.length === 0) return [];
  const rows = confusions.map(({ circle, falseMembers, ofNoGroup, groups }) => {
    const shown = groups.slice(0, GROUPS_SHOWN_MAX);
    const named = groups.filter((group) => group.isConfounder && !shown.includes(group));
    const texts = [...shown, ...named].map(
      ({ group, falseMembers: own, outOf, rate, isConfounder }) =>
        `${group}${isConfounder ? "*" : ""} ${own} of ${outOf} (${percent(rate)})`,
    );
    return [circle, String(falseMembers), ...(ofNoGroup > 0 ? [`none of them ${ofNoGroup}`] : []), ...texts];
  });
  const [widest = 0] = rows.map(([circle = ""]) => circle.length).sort((a, b) => b - a);
  return [
    "",
    title,
    ...rows.map(
      ([circle = "", count = "", ...texts]) => `  ${circle.padEnd(widest)} ${count.padStart(6)}  ${texts.join(", ")}`,
    ),
  ];
}

function changeLines({ changes }: ScoreReport): string[] {
  if (changes.length === 0) return [];
  const header = ["log of all people", "entered", "strengthened", "left", "entered again"];
  const rows = changes.map(({ circle, entered, strengthened, left, returned }) => [
    circle,
    ...[entered, strengthened, left, returned].map(String),
  ]);
  return ["", ...aligned([header, ...rows])];
}

/** Columns side by side: the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
