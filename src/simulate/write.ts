import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "../source/make-folder.js";
import { dayOfDate } from "./calendar.js";
import type { PartialOptions } from "./options.js";
import { csvLine, SIGNALLING_HEADER } from "./rows.js";
import { Simulation } from "./simulation.js";

export interface SimulationSummary {
  readonly subscribers: number;
  readonly days: number;
  readonly rows: number;
  readonly stays: number;
  readonly circles: number;
}

/**
 * Writes a city folder, `signalling.csv` and the truth files of the contract (sections 2, 3, 7), with `truth_roles.csv` beside
 * them, into a folder, which is made if absent;
 * files of these names are replaced. Streams: memory holds one day. `onProgress` hears of each finished day. Throws UserError for
 * options out of range and for a number of days without an end.
 */
export async function writeSimulation(
  outDir: string,
  options: PartialOptions,
  onProgress: (date: string, rows: number) => void = () => undefined,
): Promise<SimulationSummary> {
  const simulation = new Simulation(options);
  const { days, start, subscribers } = simulation.options;
  if (!Number.isFinite(days)) throw new UserError("simulate: days is endless", "give a number of days to write files");
  makeFolder(outDir);
  for (const [name, text] of simulation.cityFiles()) await writeFile(join(outDir, name), text);
  const signalling = new LineFile(join(outDir, "signalling.csv"), SIGNALLING_HEADER);
  const stays = new LineFile(join(outDir, "truth_stays.csv"), "subscriber,start,end,lon,lat\n");
  let rows = 0;
  for (const day of simulation.days()) {
    for (const batch of day.batches()) await signalling.write(batch.map(csvLine));
    await stays.write(simulation.truth.takeStays());
    rows += day.rows;
    onProgress(day.date, rows);
  }
  await stays.write(simulation.truth.takeStays());
  await signalling.close();
  await stays.close();
  const lastDay = dayOfDate(start) + days - 1;
  const anchors = new LineFile(join(outDir, "truth_anchors.csv"), "subscriber,kind,lon,lat\n");
  await anchors.write(simulation.truth.anchors(lastDay));
  await anchors.close();
  const circles = new LineFile(join(outDir, "truth_circles.csv"), "subscriber,circle\n");
  await circles.write(simulation.truth.circles(lastDay));
  await circles.close();
  const roles = new LineFile(join(outDir, "truth_roles.csv"), "subscriber,role\n");
  await roles.write(simulation.roles());
  await roles.close();
  return { subscribers, days, rows, stays: stays.lines, circles: circles.lines };
}

/** A text file written in pieces, waiting for the disk when it is slower. */
class LineFile {
  lines = 0;
  readonly #stream: WriteStream;

  constructor(path: string, header: string) {
    this.#stream = createWriteStream(path);
    this.#stream.write(header);
  }

  async write(lines: Iterable<string>): Promise<void> {
    let text = "";
    for (const line of lines) {
      text += line;
      this.lines++;
    }
    if (text !== "" && !this.#stream.write(text)) await once(this.#stream, "drain");
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
