import type { PartialOptions } from "../simulate/options.js";
import { writeSimulation } from "../simulate/write.js";

export interface SimulateCommand {
  readonly out: string;
  readonly subscribers: number;
  readonly days: number;
  readonly seed: number;
  readonly start?: string;
  readonly eventsPerDay?: number;
  readonly json: boolean;
}

/** `lifecircle simulate`: the demo city, its signalling and the truth files, into one folder. */
export async function runSimulate(command: SimulateCommand): Promise<void> {
  const options: PartialOptions = {
    subscribers: command.subscribers,
    days: command.days,
    seed: command.seed,
    ...(command.start === undefined ? {} : { start: command.start }),
    ...(command.eventsPerDay === undefined ? {} : { traffic: { eventsPerDay: command.eventsPerDay } }),
  };
  const startMs = Date.now();
  const summary = await writeSimulation(command.out, options, (date, rows) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${date}: ${rows.toLocaleString("en")} rows`);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const seconds = (Date.now() - startMs) / 1000;
  process.stdout.write(
    command.json
      ? `${JSON.stringify({ ...summary, seconds })}\n`
      : `${summary.subscribers} people, ${summary.days} days, ${summary.rows} rows, ${summary.stays} true stays in ${seconds.toFixed(1)} s\nnow: npx lifecircle replay --geo ${command.out} --in ${command.out}/signalling.csv --data ${command.out}/data\n`,
  );
}
