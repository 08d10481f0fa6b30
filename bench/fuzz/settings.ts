/** `circles.yaml` and configuration files. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compiledRules } from "../../src/circle/compile-rules.js";
import { loadConfig } from "../../src/config/load.js";
import { parseRules, rulesError } from "../../src/config/rules.js";
import { UserError } from "../../src/signal/user-error.js";
import { mutations, shown } from "./mutate.js";
import { YAML_BYTES_MAX, YAML_WORDS } from "./reference.js";
import { seedCity } from "./seeds.js";
import { closeNothing, must, type OpenTarget, target } from "./target.js";

/** No name of a key could be it. */
const SECRET = "correct-horse!battery";
const CONFIG_SEED = `# A cluster
data: { dir: ./data }
pseudonym:
  key: "${SECRET}-key"
stream:
  url: nats://a:4222,tls://b:4222
  user: engine
  password: &p ${SECRET}-password
  partitions: 8
  tls: { caFile: "" }
store:
  url: https://ch:8443
  password: *p
circles: { enterScore: 0.7, leaveScore: 0.3 }
http: { host: 127.0.0.1, port: 0 }
`;
const CONFIG_WORDS = ["stream:", "password: ", "http.port", "1.5", "true", "\n  key: ", "-1", "''", "pseudonym: "];
const RULES_SEED = `defaults: { enter: 0.5, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
roles:
  worker: { any: [{ anchor: { kind: day, category: [office] } }] }
circles:
  - circle: visitor
    dimension: demographic
    name: 访客
    all: [{ home_network: { foreign: true } }]
  - { circle: music:$genre, for: { genre: [music] }, dimension: preference, all: [{ attended: { category: music, genre: $genre } }] }
`;
const RULES_WORDS = [
  "circle: ",
  "all: ",
  "any: ",
  "not: ",
  "circles: ",
  "$genre",
  "[]",
  "{}",
  "1e99",
  "- circle: a\n",
  "role: worker",
];
/** A line of a fault is for a person; a longer one repeats the file. */
const FAULT_CHARS_MAX = 4000;

async function openRules(): Promise<OpenTarget<Buffer>> {
  const city = seedCity();
  const real = readFileSync(fileURLToPath(new URL("../../config/circles.yaml", import.meta.url)));
  return {
    inputs: mutations([Buffer.from(RULES_SEED), real], [...YAML_WORDS, ...RULES_WORDS], YAML_BYTES_MAX),
    judge(bytes) {
      const { rules, faults } = parseRules(bytes.toString("utf8"));
      must(
        (rules === null) === faults.length > 0,
        () => `${faults.length} faults, and rules ${rules === null ? "none" : "all the same"}`,
      );
      for (const { line, column, says, mend } of faults) {
        must(line >= 1 && column >= 1 && says !== "" && mend !== "", () => "a fault without place or words");
        must(says.length + mend.length < FAULT_CHARS_MAX, () => `a fault of ${says.length + mend.length} characters`);
      }
      if (rules === null) {
        rulesError("circles.yaml", faults);
        return { "file refused": 1 };
      }
      compiledRules(rules, city);
      return { taken: 1 };
    },
    show: shown,
    bytes: (bytes) => bytes.length,
    close: closeNothing,
  };
}

async function openConfig(): Promise<OpenTarget<Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), "lifecircle-fuzz-"));
  const file = join(folder, "config.yaml");
  return {
    inputs: mutations([Buffer.from(CONFIG_SEED)], [...YAML_WORDS, ...CONFIG_WORDS], YAML_BYTES_MAX),
    async judge(bytes) {
      await writeFile(file, bytes);
      try {
        loadConfig({ env: {}, file });
        return { taken: 1 };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        must(!error.message.includes(SECRET), () => `a fault tells a secret: ${error.message}`);
        return { "file refused": 1 };
      }
    },
    show: shown,
    bytes: (bytes) => bytes.length,
    close: () => rm(folder, { recursive: true }),
  };
}

export const RULES = target("circles.yaml", 10_000, openRules);
export const CONFIG = target("config", 30_000, openConfig);
