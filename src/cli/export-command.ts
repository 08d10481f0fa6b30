import { type Command, Option } from "commander";
import { EXPORT_FORMATS } from "../audience/export-format.js";
import type { Config } from "../config/schema.js";
import { purpose } from "./purpose-option.js";

/** Gives the command its form. An export that broke off goes on with `--resume` and the id that was told. */
export function exportCommand(
  command: Command,
  configure: (options: { config?: string; data?: string }) => Config,
): void {
  command
    .description("the people of an audience as a file, or on a NATS subject; it stands in the audit log")
    .argument("[text]", "as: music and not health and home in 440106")
    .option("--saved <id>", "a saved audience instead of a text")
    .option("--resume <id>", "an export that was made before: what the file lacks of it")
    .addOption(new Option("--format <format>", "of the file").choices(EXPORT_FORMATS).default("csv"))
    .option("--out <file>", "file to write to")
    .option("--publish", "publish it on export.v1.<id>", false)
    .requiredOption("--purpose <text>", "why; it stands in the audit log", purpose)
    .option("--config <file>", "YAML file that overrides config/default.yaml")
    .option("--data <dir>", "data folder (default: data.dir of the configuration)")
    .option("--json", "print one JSON object for machines", false)
    .action(async (text: string | undefined, options) => {
      const ways = [text, options.saved, options.resume].filter((way) => way !== undefined);
      if (ways.length !== 1) command.error("error: give one of a text, --saved and --resume");
      if (options.out === undefined && !options.publish) command.error("error: give --out FILE, --publish or both");
      const { runExport } = await import("./export.js");
      await runExport(text, configure(options), options);
    });
}
