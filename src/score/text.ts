import type { Confusion } from "./confusion.js";
import type { ScoreReport } from "./report.js";
import {
  aboutPeople,
  anchorTable,
  calibrationTable,
  changeTable,
  circleTable,
  macroTable,
  percent,
  stayTable,
  type Table,
} from "./tables.js";

/** Groups that a line of false members names; known confounders come beside them. */
const GROUPS_SHOWN_MAX = 4;

/** The report as text for a terminal. */
export function scoreText(report: ScoreReport): string {
  const { wellObserved, changes } = report;
  return [
    aboutPeople(report),
    "All figures are about the well observed, where nothing else is said.",
    ...block("Circles", circleTable(report)),
    ...block("Means over circles", macroTable(report)),
    ...block("Home and day places", anchorTable(report)),
    ...block("Stays", stayTable(wellObserved)),
    ...block("Calibration of the scores", calibrationTable(wellObserved)),
    ...confusionLines("False members by their true circles", wellObserved.falseMembersByTrueCircle),
    ...confusionLines("False members by their roles (* known confounders)", wellObserved.falseMembersByRole),
    ...(changes.length === 0 ? [] : block("Changes in the log, of all people", changeTable(report))),
    "",
  ].join("\n");
}

/** A title, and columns side by side: the first to the left, the others to the right. */
function block(title: string, { about, header, rows }: Table): string[] {
  const widths: number[] = [];
  for (const row of [header, ...rows])
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const lines = [header, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
  return ["", title, ...(about === "" ? [] : [about]), ...lines.map((line) => `  ${line.trimEnd()}`)];
}

function confusionLines(title: string, confusions: readonly Confusion[]): string[] {
  if (confusions.length === 0) return [];
  const widest = Math.max(...confusions.map(({ circle }) => circle.length));
  const lines = confusions.map(({ circle, falseMembers, ofNoGroup, groups }) => {
    const shown = groups.slice(0, GROUPS_SHOWN_MAX);
    const known = groups.filter((group) => group.isConfounder && !shown.includes(group));
    const texts = [...shown, ...known].map(
      ({ group, falseMembers: own, outOf, rate, isConfounder }) =>
        `${group}${isConfounder ? "*" : ""} ${own} of ${outOf} (${percent(rate)})`,
    );
    if (ofNoGroup > 0) texts.push(`none of them ${ofNoGroup}`);
    return `  ${circle.padEnd(widest)}  ${String(falseMembers).padStart(6)}  ${texts.join(", ")}`;
  });
  return ["", title, ...lines];
}
