/** The answer of `why` for people. */
import type { Behind, Explained } from "../circle/explain.js";
import type { Calendar } from "../time/calendar.js";
import type { WhyReport } from "./why.js";

/** Stays shown of a condition; all are in the JSON. */
const BEHIND_MAX = 12;

export function whyText(report: WhyReport, calendar: Calendar): string {
  const { subscriber, circle, name, isIn, membership, enter, leave } = report;
  const title = name === null ? circle : `${circle} (${name})`;
  const held =
    membership === null
      ? ""
      : `: score ${membership.score.toFixed(2)}, since ${membership.since}, seen ${membership.seen}`;
  const measure = circle.startsWith("active:") ? "share" : "score";
  const lines = [
    `${subscriber} ${isIn ? "is" : "is not"} in ${title}${held}`,
    `${report.says}. Enters from a ${measure} of ${enter}, leaves below ${leave}.`,
    `Evaluated at the close of ${report.day}: score ${report.score.toFixed(2)}. Days from ${report.firstDay} count, ${report.heardDays} observed.`,
    ...report.notes.map((note) => `Note: ${note}.`),
    "",
    "Probability of each condition:",
    ...report.conditions.flatMap((condition) => conditionLines(condition, "  ", calendar)),
  ];
  if (!isIn) lines.push("", "What is missing:", ...missingLines(report));
  if (report.history.length > 0)
    lines.push("", "History:", ...report.history.map((one) => `  ${one.date}  ${one.change} ${one.score.toFixed(2)}`));
  return `${lines.join("\n")}\n`;
}

function missingLines({ missing, score, enter }: WhyReport): string[] {
  if (missing.length > 0) return missing.map((one) => `  ${one}`);
  return score >= enter
    ? ["  nothing"]
    : [`  each condition is more likely than not, but all together have ${score.toFixed(2)} of ${enter}`];
}

function conditionLines(condition: Explained, indent: string, calendar: Calendar): string[] {
  const { words, chance, of, behind } = condition;
  const lines = [`${indent}${chance.toFixed(2)}  ${words}`];
  const below = `${indent}      `;
  const facts = factWords(condition);
  if (facts !== "") lines.push(`${below}${facts}`);
  const shown = behind?.slice(-BEHIND_MAX) ?? [];
  if (behind !== undefined && behind.length > shown.length)
    lines.push(`${below}the last ${shown.length} of ${behind.length}:`);
  lines.push(...shown.map((one) => `${below}${behindWords(one, calendar)}`));
  for (const part of of ?? []) lines.push(...conditionLines(part, `${indent}  `, calendar));
  return lines;
}

function factWords({ asked, found, minutes, days, venues, behind }: Explained): string {
  const parts: string[] = [];
  if (asked !== undefined && found !== undefined) parts.push(`${found} of ${asked}`);
  else if (found !== undefined) parts.push(`${found} days`);
  if (minutes !== undefined && minutes > 0) parts.push(`${minutes} minutes`);
  if (venues !== undefined && venues.length > 0) parts.push(venues.join(", "));
  // The stays name the days themselves.
  if (behind === undefined && days !== undefined && days.length > 0) parts.push(`on ${days.join(", ")}`);
  return parts.join("; ");
}

function behindWords({ date, startSec, endSec, minutes, venue, probability }: Behind, calendar: Calendar): string {
  const times = `${clock(calendar.secondOfDay(startSec))}-${clock(calendar.secondOfDay(endSec))}`;
  const where = venue === "" ? "" : `  ${venue} (${probability.toFixed(2)})`;
  return `${date}  ${times}  ${String(minutes).padStart(4)} min${where}`;
}

function clock(second: number): string {
  const minutes = Math.floor(second / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
