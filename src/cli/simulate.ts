import { mergeOptions, parseSetting, settingPaths } from "../simulate/option-check.js";
import type { PartialOptions } from "../simulate/options.js";
import { SCENARIOS, scenarioNamed } from "../simulate/scenarios.js";
import { VARIATIONS, variationNamed } from "../simulate/variations.js";
import { shellWord } from "./shell-word.js";

export interface SimulateCommand {
  readonly out: string;
  readonly subscribers?: number;
  readonly days?: number;
  readonly seed?: number;
  readonly start?: string;
  readonly eventsPerDay?: number;
  readonly scenario?: string;
  readonly variation?: readonly string[];
  readonly set?: readonly string[];
  readonly json: boolean;
}

/** The options that a command line asks for: a scenario, then variations, then single settings, then the flags of their own, the last counts. */
export function simulateOptions(command: SimulateCommand): PartialOptions {
  const { subscribers, days, seed, start, eventsPerDay, scenario, variation = [], set = [] } = command;
  const flags: PartialOptions = {
    ...(subscribers === undefined ? {} : { subscribers }),
    ...(days === undefined ? {} : { days }),
    ...(seed === undefined ? {} : { seed }),
    ...(start === undefined ? {} : { start }),
    ...(eventsPerDay === undefined ? {} : { traffic: { eventsPerDay } }),
  };
  const layers = [
    ...(scenario === undefined ? [] : [scenarioNamed(scenario).options]),
    ...variation.map(variationNamed),
    ...set.map(parseSetting),
    flags,
  ];
  return layers.reduce(mergeOptions, {});
}

/** What stands below the options in `lifecircle simulate --help`: every scenario, variation and setting by name. */
export function simulateHelp(): string {
  const scenarios = SCENARIOS.map(({ name, circles, confounders }) =>
    row(name, `${circles.join(" ")} against ${confounders.join(" ")}`),
  );
  const variations = Object.entries(VARIATIONS).map(([name, { about }]) => row(name, about));
  return [
    "\nScenarios: a circle's members and those who are taken for them, both plentiful",
    ...scenarios,
    "\nVariations: parameters that no rule was tuned on",
    ...variations,
    "\nSettings for --set",
    `  ${settingPaths().join(" ")}`,
  ].join("\n");
}

function row(name: string, about: string): string {
  return `  ${name.padEnd(21)}${about}`;
}

/** `lifecircle simulate`: the demo city, its signalling and the truth files, into one folder. */
export async function runSimulate(command: SimulateCommand): Promise<void> {
  const startMs = Date.now();
  // The help needs the options alone.
  const { writeSimulation } = await import("../simulate/write.js");
  const summary = await writeSimulation(command.out, simulateOptions(command), (date, rows) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${date}: ${rows.toLocaleString("en")} rows`);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const seconds = (Date.now() - startMs) / 1000;
  process.stdout.write(
    command.json
      ? `${JSON.stringify({ ...summary, seconds })}\n`
      : `${summary.subscribers} people, ${summary.days} days, ${summary.rows} rows, ${summary.stays} true stays in ${seconds.toFixed(1)} s\nnow: npx lifecircle replay --geo ${shellWord(command.out)} --in ${shellWord(`${command.out}/signalling.csv`)} --data ${shellWord(`${command.out}/data`)}\n`,
  );
}
