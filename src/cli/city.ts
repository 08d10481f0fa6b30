import { formatRuleFault, ruleFaults } from "../config/rules.js";
import { type Fault, formatFault } from "../geo/fault.js";
import type { LoadedCity } from "../geo/load.js";
import { UserError } from "../signal/user-error.js";
import { readCityFolder } from "../source/city-folder.js";
import { CELL_ROWS_MAX } from "../stay/record.js";

/** The city of a folder; its warnings go to `warn`. @throws UserError with all errors of the folder at once */
export async function openCity(dir: string, warn: (message: string) => void): Promise<LoadedCity> {
  const { city, faults } = await readCityFolder(dir);
  if (city === null) {
    const errors = faults.filter((fault) => fault.severity === "error").map(formatFault);
    throw new UserError(`the city folder ${dir} cannot be used:\n${errors.join("\n")}`);
  }
  if (city.cells.count > CELL_ROWS_MAX)
    throw new UserError(
      `${dir}/cells.csv has ${city.cells.count} rows, at most ${CELL_ROWS_MAX} can be kept apart`,
      "split the network by city",
    );
  for (const fault of faults) warn(formatFault(fault));
  return city;
}

/** `lifecircle check`: prints every fault of a city folder and of the circle rules; true when both can be used. */
export async function runCheck(dir: string, rulesFile: string, json: boolean): Promise<boolean> {
  const { city, faults } = await readCityFolder(dir);
  const ofRules = ruleFaults(rulesFile);
  const usable = city !== null && ofRules.length === 0;
  if (json) {
    const rules = ofRules.map(({ line, column, path, says, mend }) => ({
      line,
      column,
      path: path.join("."),
      says,
      mend,
    }));
    process.stdout.write(`${JSON.stringify({ usable, faults, rules: { file: rulesFile, faults: rules } })}\n`);
  } else {
    printFaults(dir, faults, city);
    for (const fault of ofRules) process.stdout.write(`${formatRuleFault(rulesFile, fault)}\n`);
    process.stderr.write(
      `${rulesFile}: ${ofRules.length === 0 ? "the circle rules are sound" : `${ofRules.length} faults`}\n`,
    );
  }
  return usable;
}

function printFaults(dir: string, faults: readonly Fault[], city: LoadedCity | null): void {
  for (const fault of faults) process.stdout.write(`${formatFault(fault)}\n`);
  const errors = faults.filter((fault) => fault.severity === "error").length;
  const summary =
    city === null
      ? `${dir} cannot be used: ${errors} errors`
      : `${dir} is usable: ${city.cells.count} cells, ${city.regions.count} regions, ${city.venues.count} venues`;
  process.stderr.write(`${summary}, ${faults.length - errors} warnings\n`);
}
