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

/** `lifecircle check`: prints every fault of a city folder; true when it can be used. */
export async function runCheck(dir: string, json: boolean): Promise<boolean> {
  const { city, faults } = await readCityFolder(dir);
  if (json) process.stdout.write(`${JSON.stringify({ usable: city !== null, faults })}\n`);
  else printFaults(dir, faults, city);
  return city !== null;
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
