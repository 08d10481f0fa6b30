/** The result of `backtest` for people. */
import type { Example } from "../circle/backtest.js";
import type { CircleReport } from "../circle/backtest-report.js";
import type { Fact } from "../circle/condition.js";
import type { BacktestReport } from "./backtest.js";

const DAYS_SHOWN_MAX = 5;

export function backtestText(report: BacktestReport): string {
  const { rules, peopleMin, isForHandingOn } = report;
  const few = `fewer than ${2 * peopleMin}`;
  const number = (value: number | null) => (value === null ? few : value.toLocaleString("en"));
  const handing = isForHandingOn ? "; numbers are uncertain, so that they may be handed on" : "";
  const lines = [
    `${rules}: tried on ${number(report.people)} of ${number(report.peopleInStore)} people in ${report.seconds} s${handing}`,
  ];
  for (const circle of report.circles) lines.push("", ...circleLines(circle, peopleMin, number));
  return `${lines.join("\n")}\n`;
}

function circleLines(circle: CircleReport, peopleMin: number, number: (value: number | null) => string): string[] {
  const { bands, overlaps, examples } = circle;
  const lines = [
    `${circle.circle} (${circle.dimension}): ${number(circle.people)} people; now ${number(circle.now)}, would enter ${number(circle.enters)}, would leave ${number(circle.leaves)}`,
  ];
  if (bands.length > 0)
    lines.push(
      `  by score: ${bands.map(({ from, to, people }) => `${from.toFixed(1)}-${to.toFixed(1)} ${number(people)}`).join(", ")}`,
    );
  if (overlaps.length > 0) {
    lines.push(`  together with present circles (${peopleMin} people or more):`);
    lines.push("    people  of this  of that  Jaccard  circle");
    for (const { circle: other, together, shareOfThis, shareOfOther, jaccard } of overlaps)
      lines.push(
        `    ${String(together).padStart(6)}  ${share(shareOfThis)}  ${share(shareOfOther)}  ${jaccard.toFixed(2).padStart(7)}  ${other}`,
      );
  }
  for (const example of examples) lines.push(...exampleLines(example));
  return lines;
}

function share(value: number): string {
  return `${Math.round(value * 100)} %`.padStart(7);
}

function exampleLines({ subscriber, change, score, evidence }: Example): string[] {
  const { facts } = JSON.parse(evidence) as { facts: readonly Fact[] };
  return [`  ${change}: ${subscriber}, score ${score.toFixed(2)}`, ...facts.map((fact) => `    ${factText(fact)}`)];
}

function factText({ what, chance, asked, found, minutes, days, venues, of }: Fact): string {
  const parts = [
    asked === undefined || found === undefined ? "" : `${found} of ${asked}`,
    minutes === undefined || minutes === 0 ? "" : `${minutes} minutes`,
    days === undefined || days.length === 0
      ? ""
      : `on ${days.slice(-DAYS_SHOWN_MAX).join(", ")}${days.length > DAYS_SHOWN_MAX ? ` and ${days.length - DAYS_SHOWN_MAX} days before` : ""}`,
    venues === undefined || venues.length === 0 ? "" : venues.join(", "),
    of === undefined ? "" : of.map((part) => `${part.what} ${part.chance.toFixed(2)}`).join(", "),
  ].filter((part) => part !== "");
  return `${chance.toFixed(2)} ${what}${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`;
}
