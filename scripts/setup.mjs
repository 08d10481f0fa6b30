/**
 * Makes a checkout ready to run: packages by the lockfile, a nats-server, the build. Plain Node without packages, because it runs
 * before there are any. Each step first looks whether there is anything to do, so a second run takes a moment; each marks its end
 * last, so an interrupted run is simply run again.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Where system packages put daemons; often not on the PATH of an ordinary user. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/bin"];
/** What is shown of a failed program: its first lines, which often hold the reason, and its last ones. */
const OUTPUT_LINES_MAX = 40;
const OUTPUT_CHARS_MAX = 100_000;

/** A step that could not be done, with what the person at the keyboard can do. */
export class SetupError extends Error {
  constructor(message, mend) {
    super(`${message}\n  mend: ${mend}`);
  }
}

/** Throws unless `version` (as `20.20.2`) lies in `range` (as `>=20.19 <21`). */
export function checkNode(range, version) {
  const [, low, high] = /^>=(\S+) <(\S+)$/.exec(range) ?? [];
  if (low === undefined) throw new Error(`engines.node is ${range}, not >=A <B`);
  if (compareVersions(version, low) >= 0 && compareVersions(version, high) < 0) return;
  throw new SetupError(
    `Node ${version} is running, and ${range} is needed`,
    `install Node ${low} or a newer one below ${high}`,
  );
}

function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Why node_modules is not what package-lock.json says, or null when it is. npm writes what it installed to
 * node_modules/.package-lock.json as its last act, so an interrupted installation differs.
 */
export function packagesDiffer(root) {
  const locked = readPackages(join(root, "package-lock.json"));
  if (locked === null)
    throw new SetupError("package-lock.json is missing or no JSON", "restore it: git checkout package-lock.json");
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  if (installed === null) return "nothing is installed yet";
  for (const [path, { integrity, version, optional }] of Object.entries(locked)) {
    const there = installed[path];
    if (path === "" || (there === undefined && optional === true)) continue;
    if (there === undefined || !existsSync(join(root, path))) return `${path} is missing`;
    if (there.version !== version || there.integrity !== integrity) return `${path} is of another version`;
  }
  const surplus = Object.keys(installed).find((path) => locked[path] === undefined);
  return surplus === undefined ? null : `${surplus} is not in the lockfile`;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

/** The first executable file of this name in the folders, or null. */
export function findProgram(name, folders) {
  for (const folder of folders) {
    if (folder === "") continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Commands that install nats-server from the system's packages here, or the reason why that is not possible. */
export function natsInstallation({ aptGet, sudo, root, sudoWithoutPassword }) {
  if (aptGet === null) return { commands: [], reason: "there is no apt-get here" };
  if (!root && sudo === null) return { commands: [], reason: "you are not root, and there is no sudo" };
  if (!root && !sudoWithoutPassword())
    return { commands: [], reason: "you are not root, and sudo asks for a password" };
  const before = root ? [] : [sudo, "-n"];
  const options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=60"];
  return {
    commands: [
      [...before, aptGet, "update", "-q"],
      [
        ...before,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        aptGet,
        "install",
        ...options,
        "--no-install-recommends",
        "nats-server",
      ],
    ],
    reason: null,
  };
}

/** A hash of all that the build reads; the lockfile stands for its tools. */
function buildStamp(root) {
  const hash = createHash("sha256");
  const sources = ["src", "web"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of [...sources, join(root, "tsconfig.json"), join(root, "package-lock.json")]) {
    const bytes = readFileSync(path);
    hash.update(`${relative(root, path)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** Removes what an earlier build made from sources that are gone; the page's folder is made whole each time. */
function removeStale(root) {
  const dist = join(root, "dist");
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const made = /^(.+)\.js(\.map)?$/.exec(entry.name);
    if (!entry.isFile() || made === null || entry.parentPath.startsWith(join(dist, "page"))) continue;
    const source = join(root, "src", relative(dist, entry.parentPath), `${made[1]}.ts`);
    if (!existsSync(source)) rmSync(join(entry.parentPath, entry.name));
  }
}

async function installPackages(root) {
  const reason = packagesDiffer(root);
  if (reason === null) return say("packages are installed");
  await step(`installing packages, because ${reason}`, async () => {
    const { code, output } = await run("npm", ["ci", "--no-progress", "--ignore-scripts"], root);
    if (code !== 0)
      throw failed(
        "npm ci",
        output,
        "see above: the npm registry is out of reach (npm config set registry URL for a mirror), or package-lock.json does not fit package.json",
      );
  });
}

async function findNats() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  const found = findProgram("nats-server", folders);
  if (found !== null) return say(`nats-server is ${found}`);
  const sudo = findProgram("sudo", folders);
  const { commands, reason } = natsInstallation({
    aptGet: findProgram("apt-get", folders),
    sudo,
    root: process.getuid?.() === 0,
    sudoWithoutPassword: () => spawnSync(sudo, ["-n", "true"], { stdio: "ignore" }).status === 0,
  });
  const mend =
    "run `sudo apt-get install nats-server`, or put nats-server 2.9 or newer on PATH " +
    "(https://github.com/nats-io/nats-server/releases), then run this again";
  if (reason !== null) throw new SetupError(`nats-server is not installed, and cannot be from here: ${reason}`, mend);
  await step("installing nats-server from the system's packages", async () => {
    for (const [program, ...args] of commands) {
      const { code, output } = await run(program, args, ROOT);
      if (code !== 0) throw failed([program, ...args].join(" "), output, mend);
    }
  });
  if (findProgram("nats-server", folders) === null)
    throw new SetupError("nats-server was installed but is not found", mend);
}

/** Builds dist/ when the sources changed. The stamp goes first and comes back last, so a build that was cut short is made again. */
async function build(root) {
  const stampFile = join(root, "dist/.stamp");
  const stamp = buildStamp(root);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return say("the build is up to date");
  await step("building", async () => {
    rmSync(stampFile, { force: true });
    for (const args of [
      [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"],
      [join(root, "node_modules/vite/bin/vite.js"), "build", "web", "--logLevel", "warn"],
    ]) {
      const { code, output } = await run(process.execPath, args, root);
      if (code !== 0) throw failed("the build", output, "mend the sources at the lines above");
    }
    removeStale(root);
    writeFileSync(stampFile, stamp);
  });
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

async function step(text, work) {
  process.stderr.write(`setup: ${text} ...`);
  const start = performance.now();
  try {
    await work();
  } catch (error) {
    process.stderr.write(" failed\n");
    throw error;
  }
  process.stderr.write(` ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

function failed(what, output, mend) {
  const all = output.trimEnd().split("\n");
  const surplus = all.length - OUTPUT_LINES_MAX;
  const half = OUTPUT_LINES_MAX / 2;
  const lines = surplus <= 0 ? all : [...all.slice(0, half), `(${surplus} lines more)`, ...all.slice(-half)];
  return new SetupError(`${what} failed:\n${lines.map((line) => `  | ${line}`).join("\n")}`, mend);
}

/** Runs a program to its end; an interrupt ends it too. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const stop = (signal) => {
      child.kill(signal);
      process.stderr.write("\nsetup: interrupted; run it again, it goes on from here\n");
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => (output = (output + part).slice(-OUTPUT_CHARS_MAX)));
    child.on("error", (error) =>
      reject(new SetupError(`${program} cannot be run: ${error.message}`, `install ${program}`)),
    );
    child.on("close", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      resolve({ code, output });
    });
  });
}

async function main() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  checkNode(engines.node, process.versions.node);
  await installPackages(ROOT);
  await findNats();
  await build(ROOT);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  main().catch((error) => {
    process.stderr.write(`setup: ${error.message}\n`);
    process.exitCode = 1;
  });
}
