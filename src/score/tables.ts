import { SCORED_ANCHORS } from "./anchor-score.js";
import type { Calibration } from "./calibration.js";
import type { MacroScore, Tally } from "./circle-score.js";
import type { GroupScore, ScoreReport } from "./report.js";

/** A table as both the text and the page show it: the first cell of a row is its name, the others are figures. */
export interface Table {
  /** What the columns mean, where they do not say it themselves; may be empty. */
  readonly about: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A share as a person reads it; a dash where there is nothing to divide by. */
export function percent(value: number): string {
  return Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** A number with some digits after the point, and its unit; a dash for none. */
export function decimal(value: number, digits = 3, unit = ""): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits) + unit;
}

const decimals = (...values: readonly number[]) => values.map((value) => decimal(value));
const counts = (...values: readonly number[]) => values.map(String);

/** In words: who the scores are about. */
export function aboutPeople(report: ScoreReport): string {
  const { people, observedDaysMin, eventsPerDayMin, observedFrom } = report;
  const source = observedFrom === "events" ? "the signalling" : "the events of the stays in the store";
  const unknown =
    people.unknownToTruth === 0
      ? ""
      : `; ${people.unknownToTruth} of them are in no truth file, so all that was found of them is wrong`;
  return (
    `${people.inTruth} people in the truth, ${people.inStore} in the store${unknown}. Well observed: ${people.wellObserved} ` +
    `(${observedDaysMin} days or more, with ${eventsPerDayMin} events a day or more, by ${source}).`
  );
}

export function macroTable({ wellObserved, everybody }: ScoreReport): Table {
  const row = (name: string, macro: MacroScore, ofAll: MacroScore | undefined) => [
    name,
    ...counts(macro.circles),
    ...decimals(macro.precision, macro.recall, macro.f1),
    `${decimal(macro.lowestF1)} ${macro.lowestCircle}`.trim(),
    decimal(ofAll?.f1 ?? Number.NaN),
  ];
  const rows = Object.entries(wellObserved.macro).map(([name, macro]) => row(name, macro, everybody.macro[name]));
  const members = wellObserved.macroOfMembers.all;
  if (members !== undefined) rows.push(row("all, families by member", members, everybody.macroOfMembers.all));
  return {
    about: "Every circle counts the same; a family (music:*) or a level of regions is one.",
    header: ["mean of", "circles", "precision", "recall", "F1", "lowest F1", "F1 of all people"],
    rows,
  };
}

export function circleTable({ wellObserved, everybody }: ScoreReport): Table {
  const ofAll = new Map(everybody.circles.flatMap((score) => [score, ...score.members]).map((t) => [t.circle, t.f1]));
  const row = (name: string, dimension: string, { circle, truths, found, right, precision, recall, f1 }: Tally) => [
    name,
    dimension,
    ...counts(truths, found, right),
    ...decimals(precision, recall, f1, ofAll.get(circle) ?? Number.NaN),
  ];
  return {
    about: "",
    header: ["circle", "dimension", "true", "found", "right", "precision", "recall", "F1", "F1 of all people"],
    rows: wellObserved.circles.flatMap((score) => [
      row(score.circle, score.dimension, score),
      ...score.members.map((member) => row(`· ${member.circle}`, score.dimension, member)),
    ]),
  };
}

export function anchorTable({ wellObserved, anchorsRightWithin }: ScoreReport): Table {
  const rows = SCORED_ANCHORS.map((kind) => {
    const score = wellObserved.anchors[kind];
    const { people, located, coverage, right, rate, rateOfLocated, within500mShare, errorMetres, invented } = score;
    return [
      kind,
      ...counts(people, located),
      percent(coverage),
      ...[errorMetres.median, errorMetres.p90].map((value) => decimal(value, 0, " m")),
      percent(within500mShare),
      ...counts(right),
      ...[rateOfLocated, rate].map(percent),
      ...counts(invented),
    ];
  });
  const errors = ["median error", "90 %", "in 500 m"];
  return {
    about: `Right: within ${anchorsRightWithin}. Invented: found, but there is none.`,
    header: ["anchor", "people", "located", "coverage", ...errors, "right", "of located", "of people", "invented"],
    rows,
  };
}

export function stayTable({ stays }: GroupScore): Table {
  const { truths, found, matched, precision, recall, f1, arrivalErrorMinutes, departureErrorMinutes } = stays;
  const errors = [arrivalErrorMinutes, departureErrorMinutes].flatMap(({ median, p90 }) => [median, p90]);
  return {
    about: "Right: the intervals overlap by half of their union, within 1 km. Unheard: true stays without any event.",
    header: [
      ...["", "true", "found", "right", "precision", "recall", "F1"],
      ...["arrival error", "90 %", "departure error", "90 %", "unheard"],
    ],
    rows: [
      [
        "stays",
        ...counts(truths, found, matched),
        ...decimals(precision, recall, f1),
        ...errors.map((value) => decimal(value, 1, " min")),
        percent(stays.unheardShare),
      ],
    ],
  };
}

export function calibrationTable({ calibration }: GroupScore): Table {
  const entries = Object.entries(calibration);
  const cell = ({ bins }: Calibration, index: number) => {
    const bin = bins[index];
    return bin === undefined || bin.count === 0
      ? "–"
      : `${decimal(bin.meanScore, 2)} → ${decimal(bin.trueShare, 2)} (${bin.count})`;
  };
  const rows = (calibration.all?.bins ?? []).map(({ from, to }, index) => [
    `${from.toFixed(1)}–${to.toFixed(1)}`,
    ...entries.map(([, own]) => cell(own, index)),
  ]);
  rows.push(["Brier score", ...decimals(...entries.map(([, { brier }]) => brier))]);
  rows.push(["expected error", ...decimals(...entries.map(([, { expectedError }]) => expectedError))]);
  return {
    about: "Mean score → share of true memberships (count). Brier score: mean squared error, 0 is perfect.",
    header: ["score", ...entries.map(([name]) => name)],
    rows,
  };
}

export function changeTable({ changes }: ScoreReport): Table {
  return {
    about: "",
    header: ["circle", "entered", "strengthened", "left", "entered again"],
    rows: changes.map(({ circle, entered, strengthened, left, returned }) => [
      circle,
      ...counts(entered, strengthened, left, returned),
    ]),
  };
}
