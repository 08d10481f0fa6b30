/**
 * What is installed is what package-lock.json says, from the registry, with checksums, and needs no script to be installed; then the
 * registry is asked for known faults. A registry that does not answer is said, and is no failure.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Packages that have an install script, and what works without it. A new one stops the check until somebody has looked. */
const SCRIPTS_NOT_NEEDED = new Map([["chdb", "its script does nothing; the library comes built, as @chdb/lib-*"]]);
const AUDIT_MS_MAX = 60_000;

const read = (name) => JSON.parse(readFileSync(`${ROOT}/${name}`, "utf8"));

/** Faults of the lock file. */
function faultsOfLock(manifest, lock) {
  const faults = [];
  const root = lock.packages[""];
  for (const kind of ["dependencies", "devDependencies"]) {
    for (const [name, version] of Object.entries(manifest[kind])) {
      if (!/^\d/.test(version)) faults.push(`${name}: package.json asks for ${version}, which is no exact version`);
      if (root[kind]?.[name] !== version) faults.push(`${name}: package-lock.json was made for another package.json`);
    }
  }
  for (const [path, { resolved, integrity, optional, hasInstallScript }] of Object.entries(lock.packages)) {
    if (path === "") continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    // Where none is said it is the configured registry; the checksum is the same from every mirror.
    if (resolved !== undefined && !resolved.startsWith("https://")) faults.push(`${path}: comes from ${resolved}`);
    if (!integrity?.startsWith("sha512-") && optional !== true) faults.push(`${path}: has no SHA-512 checksum`);
    if (hasInstallScript === true && !SCRIPTS_NOT_NEEDED.has(name))
      faults.push(
        `${path}: runs a script when it is installed; see whether it works without, and say so in this check`,
      );
  }
  return faults;
}

/** Known faults of what users run; null where the registry does not answer. */
function audit() {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json", "--audit-level=high"], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: AUDIT_MS_MAX,
  });
  try {
    const { vulnerabilities } = JSON.parse(stdout);
    if (vulnerabilities === undefined) return null;
    return Object.values(vulnerabilities)
      .filter(({ severity }) => severity === "high" || severity === "critical")
      .map(({ name, severity, range }) => `${name} ${range}: ${severity}; npm audit says more`);
  } catch {
    return null;
  }
}

const faults = faultsOfLock(read("package.json"), read("package-lock.json"));
const known = audit();
if (known === null) console.log("the registry does not answer: known faults of packages were not asked for");
for (const fault of [...faults, ...(known ?? [])]) console.error(fault);
process.exitCode = faults.length > 0 || (known?.length ?? 0) > 0 ? 1 : 0;
