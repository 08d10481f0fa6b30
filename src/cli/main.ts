import { Command, CommanderError, Help, InvalidArgumentError, Option } from "commander";
import { loadConfig, redacted } from "../config/load.js";
import type { Config, FlagSettings } from "../config/schema.js";
import { UserError } from "../signal/user-error.js";
import { exportCommand } from "./export-command.js";
import { keyCommand } from "./key.js";
import { packageVersion } from "./package-version.js";
import { simulateHelp } from "./simulate.js";

// What a command needs is loaded when it runs: all of it takes most of a second, and a question needs little of it.

/** Exit codes of the contract: 0 done, 1 failed, 2 wrong usage. */
const FAILED = 1;
const WRONG_USAGE = 2;

const help = new Help();

/** A default of false says nothing; that an option must be given does. */
function optionDescription(option: Option): string {
  const text = option.defaultValue === false ? option.description : help.optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
}

const program = new Command("lifecircle")
  .description("From base-station signalling to circles of life")
  .version(packageVersion())
  .configureHelp({ optionDescription })
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) })
  .showHelpAfterError("(add --help for the options)");

const configOption = () => new Option("--config <file>", "YAML file that overrides config/default.yaml");
const geoOption = () => new Option("--geo <dir>", "city folder (default: geo.dir of the configuration)");
const dataOption = () => new Option("--data <dir>", "data folder (default: data.dir of the configuration)");
const jsonOption = () => new Option("--json", "print one JSON object for machines").default(false);

function configure(options: { config?: string }, flags: FlagSettings = {}): Config {
  return loadConfig({ file: options.config, env: process.env, flags });
}

program.commandsGroup("To run it:");

program
  .command("up")
  .description("everything on one machine: NATS server, embedded ClickHouse, engine, HTTP API and metrics")
  .addOption(configOption())
  .addOption(geoOption())
  .addOption(dataOption())
  .option(
    "--demo",
    "feed it with the simulated city, as fast as it takes it for eight days, then an hour a second",
    false,
  )
  .action(async (options) => {
    const { runEngineCommand } = await import("./engine.js");
    await runEngineCommand({
      config: configure(options, { "geo.dir": options.geo, "data.dir": options.data }),
      demo: options.demo,
      whole: true,
    });
  });

program
  .command("engine")
  .description("the engine alone, for a cluster: NATS and ClickHouse as config names them")
  .addOption(configOption())
  .action(async (options) => {
    const { runEngineCommand } = await import("./engine.js");
    await runEngineCommand({ config: configure(options), demo: false, whole: false });
  });

program
  .command("api")
  .description("the HTTP API alone, over the store of a data folder or URL")
  .addOption(configOption())
  .addOption(geoOption())
  .addOption(dataOption())
  .action(async (options) => {
    const { runApi } = await import("./api.js");
    await runApi(configure(options, { "geo.dir": options.geo, "data.dir": options.data }));
  });

program
  .command("replay")
  .description("files through the engine into the store of a data folder, no NATS; closes all windows at the end")
  .addOption(new Option("--geo <dir>", "city folder").makeOptionMandatory())
  .requiredOption("--in <file...>", "signalling files, read in this order")
  .addOption(new Option("--data <dir>", "data folder").makeOptionMandatory())
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (options) => {
    const { runReplay } = await import("./replay.js");
    await runReplay({
      config: configure(options, { "geo.dir": options.geo, "data.dir": options.data }),
      files: options.in,
      json: options.json,
    });
  });

program
  .command("publish")
  .description("signalling files onto the wire, with pseudonyms")
  .requiredOption("--in <file...>", "signalling files, read in this order")
  .addOption(new Option("--geo <dir>", "city folder").makeOptionMandatory())
  .option("--nats <url>", "NATS server; without it the one that runs on the data folder")
  .addOption(dataOption())
  .addOption(configOption())
  .option("--close", "end with a message that closes every window", false)
  .addOption(jsonOption())
  .action(async (options) => {
    const { runPublish } = await import("./publish.js");
    const config = configure(options, { "stream.url": options.nats, "data.dir": options.data });
    await runPublish({ config, files: options.in, geoDir: options.geo, close: options.close, json: options.json });
  });

program.commandsGroup("To ask it:");

program
  .command("sql")
  .description("a read-only question to the store")
  .argument("<query>", "SQL of ClickHouse")
  .addOption(dataOption())
  .option("--url <url>", "ClickHouse server instead of the embedded one")
  .option("--database <name>", "database")
  .option("--user <name>", "user of the server")
  .option("--format <format>", "output format of ClickHouse, as JSONEachRow")
  .addOption(configOption())
  .action(async (query, options) => {
    const config = configure(options, {
      "data.dir": options.data,
      "store.url": options.url,
      "store.database": options.database,
      "store.user": options.user,
    });
    const { runSql } = await import("./sql.js");
    const { storeAddress } = await import("./find-store.js");
    await runSql(query, {
      ...storeAddress(config),
      ...(options.format === undefined ? {} : { format: options.format }),
    });
  });

program
  .command("audience")
  .description("how many people an audience has, told as privacy allows")
  .argument("<text>", "as: music and not health and home in 440106")
  .addOption(dataOption())
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (text, options) => {
    const { runAudience } = await import("./audience.js");
    await runAudience(text, { config: configure(options, { "data.dir": options.data }), json: options.json });
  });

program
  .command("why")
  .description("why somebody is in a circle, or is not: the rule, the facts and the days, and what is missing")
  .argument("<subscriber>", "pseudonym, as the tables show it")
  .argument("<circle>", "id of the circle, as film or home:440106")
  .addOption(dataOption())
  .addOption(geoOption())
  .option("--raw", "the subscriber is given by the raw id, as in the signalling", false)
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (subscriber, circle, options, command: Command) => {
    // The text is not repeated: it may be a raw id.
    if (!options.raw && !isPseudonym(subscriber))
      command.error("error: the subscriber is no pseudonym, a number below 2^64: for a raw id add --raw");
    const { runWhy } = await import("./why.js");
    const config = configure(options, { "data.dir": options.data, "geo.dir": options.geo });
    await runWhy({ config, subscriber, raw: options.raw, circle, json: options.json });
  });

exportCommand(program.command("export"), (options) => configure(options, { "data.dir": options.data }));

program.commandsGroup("To try rules, and score what is found:");

program
  .command("check")
  .description("every fault in the reference data and config at once, each with file, line and mend")
  .addOption(geoOption())
  .addOption(configOption())
  .addOption(jsonOption())
  .option("--print-config", "print the configuration in force, secrets hidden", false)
  .action(async (options) => {
    const config = configure(options, { "geo.dir": options.geo });
    if (options.printConfig) process.stdout.write(`${JSON.stringify(redacted(config), null, 2)}\n`);
    const { runCheck } = await import("./city.js");
    if (!(await runCheck(config.geo.dir, config.circles.rulesFile, options.json))) process.exitCode = FAILED;
  });

program
  .command("simulate")
  .description("a demo city with its signalling and the truth about it")
  .requiredOption("--out <dir>", "folder to write to")
  .option("--subscribers <n>", "people (2000, in a scenario 400)", Number)
  .option("--days <n>", "days (28)", Number)
  .option("--seed <n>", "the same seed gives the same files (1)", Number)
  .option("--start <date>", "first local day, YYYY-MM-DD")
  .option("--events-per-day <n>", "events of the median person a day", Number)
  .option("--scenario <name>", "a test city of one confounder; names below")
  .option("--variation <name...>", "named changes of density, radio, sampling and habits; names below")
  .option("--set <path=value...>", "single options, as radio.fadingSigmaDb=7; names below")
  .addOption(jsonOption())
  .addHelpText("after", simulateHelp)
  .action(async (options) => {
    const { runSimulate } = await import("./simulate.js");
    await runSimulate(options);
  });

program
  .command("backtest")
  .description("tries the circle rules of a file on the stored stays, before they are switched on")
  .argument("<rules>", "rules file, as config/circles.yaml")
  .addOption(dataOption())
  .addOption(geoOption())
  .option("--circle <id...>", "only these circles")
  .option("--limit <n>", "try on at most so many people, the same ones each time", atLeastOne)
  .option(
    "--examples <n>",
    "people shown of each circle; 0 tells numbers only, in a form that may be handed on",
    count,
    3,
  )
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (rulesFile, options) => {
    const { runBacktest } = await import("./backtest.js");
    await runBacktest({
      config: configure(options, { "data.dir": options.data, "geo.dir": options.geo }),
      rulesFile,
      circles: options.circle ?? [],
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      examples: options.examples,
      json: options.json,
    });
  });

program
  .command("score")
  .description("what the store says against the truth: circles, anchors, stays, calibration")
  .addOption(dataOption())
  .requiredOption("--truth <dir>", "folder with truth_circles.csv, truth_anchors.csv and truth_stays.csv")
  .option("--geo <dir>", "city folder; by default that of the truth, where it holds a city")
  .option("--min-days <n>", "observed days that make a person well observed", amount, 7)
  .option("--min-events <n>", "events a day, on the mean of these days", amount, 10)
  .option("--html <file>", "write a report with charts")
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (options) => {
    const { runScore } = await import("./score.js");
    await runScore({
      config: configure(options, { "data.dir": options.data }),
      truthDir: options.truth,
      ...(options.geo === undefined ? {} : { geoDir: options.geo }),
      observedDaysMin: options.minDays,
      eventsPerDayMin: options.minEvents,
      json: options.json,
      ...(options.html === undefined ? {} : { html: options.html }),
    });
  });

program.commandsGroup("To keep people and keys safe:");

keyCommand(program.command("key"), (options) => configure(options, { "data.dir": options.data }));

program
  .command("pseudonym")
  .description("the 64-bit pseudonym of a raw id, for who holds the key")
  .argument("<id>", "raw id, as in the signalling")
  .addOption(configOption())
  .addOption(dataOption())
  .action(async (id, options) => {
    const { runPseudonym } = await import("./pseudonym.js");
    await runPseudonym(id, configure(options, { "data.dir": options.data }));
  });

program
  .command("forget")
  .description("removes a person from memory, checkpoints and all tables, and shows that nothing is left")
  .argument("[id]", "raw id, as in the signalling; - reads it from standard input")
  .option("--pseudonym <number>", "the pseudonym instead of a raw id")
  .option("--opt-out", "put it on the opt-out list as well, so that nothing new is taken", false)
  .option("--wait <seconds>", "how long to wait for a running engine", amount, 120)
  .addOption(dataOption())
  .addOption(geoOption())
  .addOption(configOption())
  .addOption(jsonOption())
  .action(async (id, options) => {
    const { runForget } = await import("./forget.js");
    const { nothingLeft } = await runForget({
      config: configure(options, { "data.dir": options.data, "geo.dir": options.geo }),
      ...(id === undefined ? {} : { id }),
      ...(options.pseudonym === undefined ? {} : { pseudonym: options.pseudonym }),
      optOut: options.optOut,
      waitSecondsMax: options.wait,
      json: options.json,
    });
    if (!nothingLeft) process.exitCode = FAILED;
  });

/** A number of 0 or more. Throws what commander reports as wrong usage. */
function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("It is a number of 0 or more.");
  return value;
}

/** A whole number of 0 or more. */
function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It is a whole number of 0 or more.");
  return Number(text);
}

function atLeastOne(text: string): number {
  if (count(text) === 0) throw new InvalidArgumentError("It is a whole number of 1 or more.");
  return count(text);
}

function isPseudonym(text: string): boolean {
  return /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
}

/** A person reads this: the message and its mend for what they can mend, else what broke. */
async function report(error: unknown): Promise<void> {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
    return;
  }
  process.exitCode = FAILED;
  const text = error instanceof UserError ? error.message : (await import("./error-text.js")).errorText(error);
  process.stderr.write(`lifecircle: ${text}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  await report(error);
  // What still tries again in the background must not hold up the end.
  process.exit();
}
