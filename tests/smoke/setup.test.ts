import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/** What setup.mjs exports, which is plain JavaScript and has no types of its own. */
interface Setup {
  checkNode(range: string, version: string): void;
  packagesDiffer(root: string): string | null;
  findProgram(name: string, folders: readonly string[]): string | null;
  natsInstallation(found: {
    aptGet: string | null;
    sudo: string | null;
    root: boolean;
    sudoWithoutPassword: () => boolean;
  }): { commands: string[][]; reason: string | null };
}

const root = join(import.meta.dirname, "../..");
const setupFile = join(root, "scripts/setup.mjs");
const setup: Setup = await import(setupFile);

let project = "";
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "lifecircle-setup-"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function put(path: string, content: string | object): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), typeof content === "string" ? content : JSON.stringify(content));
}

/** In the place of Vite, which takes a second: it makes the page's folder anew. */
const QUICK_VITE = `import { cpSync, rmSync } from "node:fs";
rmSync("dist/page", { recursive: true, force: true });
cpSync("web/index.html", "dist/page/index.html");
`;

/** A small project with the real set-up script and the real compiler, where everything is installed and nothing is built. */
beforeEach(() => {
  rmSync(project, { recursive: true, force: true });
  const typescript = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages[
    "node_modules/typescript"
  ];
  const packages = {
    "node_modules/typescript": typescript,
    "node_modules/elsewhere": { version: "1.0.0", optional: true },
  };
  put("package.json", { name: "small", type: "module", engines: { node: ">=20.19 <21" } });
  put("package-lock.json", { packages: { "": {}, ...packages } });
  put("node_modules/.package-lock.json", { packages: { "node_modules/typescript": typescript } });
  symlinkSync(join(root, "node_modules/typescript"), join(project, "node_modules/typescript"));
  put("node_modules/vite/package.json", { type: "module" });
  put("node_modules/vite/bin/vite.js", QUICK_VITE);
  put("web/vite.config.js", 'export default { build: { outDir: "../dist/page", emptyOutDir: true } };\n');
  put("web/index.html", "<!doctype html><title>small</title>\n");
  put("tsconfig.json", {
    compilerOptions: { module: "NodeNext", rootDir: "src", outDir: "dist", types: [] },
    include: ["src"],
  });
  put("src/a.ts", "export const a: number = 1;\n");
  put("src/below/b.ts", "export const b: number = 2;\n");
  mkdirSync(join(project, "scripts"));
  cpSync(setupFile, join(project, "scripts/setup.mjs"));
});

/** Runs the set-up of the small project, from another directory, with `programs` before all else on PATH. */
function run(programs: Record<string, string> = {}) {
  for (const [name, script] of Object.entries(programs)) {
    put(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(project, "bin", name), 0o755);
  }
  const env = { ...process.env, PATH: `${join(project, "bin")}:${process.env.PATH}` };
  const result = spawnSync(process.execPath, [join(project, "scripts/setup.mjs")], {
    cwd: tmpdir(),
    env,
    encoding: "utf8",
  });
  expect(result.stdout).toBe("");
  expect(result.stderr).not.toMatch(/^ +at /m);
  return { code: result.status, text: result.stderr };
}

const NATS = { "nats-server": "exit 0" };

describe("a run", () => {
  test("builds, says each step with its seconds, and a second run does nothing", () => {
    rmSync(join(project, "node_modules/vite"), { recursive: true });
    symlinkSync(join(root, "node_modules/vite"), join(project, "node_modules/vite"));
    const first = run(NATS);
    expect(first).toMatchObject({ code: 0, text: expect.stringMatching(/^setup: building \.\.\. \d+\.\d s$/m) });
    expect(readFileSync(join(project, "dist/page/index.html"), "utf8")).toContain("small");
    expect(first.text).toContain("setup: packages are installed\nsetup: nats-server is ");
    expect(run(NATS).text).toMatch(
      /^setup: packages are installed\nsetup: nats-server is .*\nsetup: the build is up to date\n$/,
    );
  });

  test("builds again after a change, and clears away what was made from a source that is gone", () => {
    run(NATS);
    rmSync(join(project, "src/below/b.ts"));
    put("src/a.ts", "export const a: number = 3;\n");
    expect(run(NATS).text).toContain("building ...");
    expect(readFileSync(join(project, "dist/a.js"), "utf8")).toContain("3");
    expect(existsSync(join(project, "dist/below/b.js"))).toBe(false);
    put("web/index.html", "<!doctype html><title>other</title>\n");
    expect(run(NATS).text).toContain("building ...");
    expect(readFileSync(join(project, "dist/page/index.html"), "utf8")).toContain("other");
  });

  test("makes a build again that was cut short", () => {
    run(NATS);
    rmSync(join(project, "dist/.stamp"));
    expect(run(NATS).text).toContain("building ...");
  });

  test("ends with the compiler's lines and code 1 when the sources are wrong, and does not call it built", () => {
    put("src/a.ts", "export const a: number = 'x';\n");
    for (const { code, text } of [run(NATS), run(NATS)]) {
      expect(code).toBe(1);
      expect(text).toMatch(/the build failed:\n {2}\| src\/a\.ts\(1,14\): error TS2322/);
    }
  });

  test("installs packages when the lockfile says otherwise, and shows what npm said when that fails", () => {
    put("node_modules/.package-lock.json", { packages: {} });
    const done = run({
      ...NATS,
      npm: 'cd "$PWD" && cp package-lock.json node_modules/.package-lock.json && echo "$@" > npm-args',
    });
    expect(done.text).toMatch(/installing packages, because node_modules\/typescript is missing \.\.\. \d/);
    expect(readFileSync(join(project, "npm-args"), "utf8")).toMatch(/^ci /);
    rmSync(join(project, "node_modules/.package-lock.json"));
    const failed = run({ ...NATS, npm: "echo the registry is away >&2; exit 7" });
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(/npm ci failed:\n {2}\| the registry is away\n {2}mend: /);
  });

  test("a lockfile that is missing is said", () => {
    rmSync(join(project, "package-lock.json"));
    expect(run(NATS)).toMatchObject({ code: 1, text: expect.stringContaining("package-lock.json is missing") });
  });
});

describe("packages", () => {
  test("are as the lockfile says when only optional ones of other systems are absent", () => {
    expect(setup.packagesDiffer(project)).toBeNull();
  });

  test("differ by a version, a folder that is gone, a surplus one, or when nothing was installed", () => {
    const installed = join(project, "node_modules/.package-lock.json");
    const { packages } = JSON.parse(readFileSync(installed, "utf8"));
    const entry = packages["node_modules/typescript"];
    put("node_modules/.package-lock.json", { packages: { "node_modules/typescript": { ...entry, version: "6.0.0" } } });
    expect(setup.packagesDiffer(project)).toContain("of another version");
    put("node_modules/.package-lock.json", { packages: { ...packages, "node_modules/other": {} } });
    expect(setup.packagesDiffer(project)).toContain("node_modules/other is not in the lockfile");
    put("node_modules/.package-lock.json", { packages });
    rmSync(join(project, "node_modules/typescript"));
    expect(setup.packagesDiffer(project)).toContain("is missing");
    rmSync(join(project, "node_modules"), { recursive: true });
    expect(setup.packagesDiffer(project)).toContain("nothing is installed yet");
  });
});

test("a Node outside the range is refused with what to install", () => {
  for (const version of ["20.19.0", "20.20.2"]) expect(() => setup.checkNode(">=20.19 <21", version)).not.toThrow();
  for (const version of ["20.18.9", "18.20.0", "21.0.0", "22.1.0"]) {
    expect(() => setup.checkNode(">=20.19 <21", version)).toThrow(/is needed\n {2}mend: install Node 20\.19/);
  }
});

describe("nats-server", () => {
  const found = { aptGet: "/usr/bin/apt-get", sudo: "/usr/bin/sudo", root: false, sudoWithoutPassword: () => true };

  test("is found in the first folder that has it", () => {
    put("one/readme", "");
    run(NATS);
    const folders = ["", join(project, "one"), join(project, "bin"), "/nowhere"];
    expect(setup.findProgram("nats-server", folders)).toBe(join(project, "bin/nats-server"));
    expect(setup.findProgram("nats-server", [join(project, "one")])).toBeNull();
  });

  test("comes from the system's packages as root, or by sudo where that asks nothing", () => {
    const asRoot = setup.natsInstallation({ ...found, root: true, sudo: null }).commands;
    expect(asRoot.map((command) => command[0])).toEqual(["/usr/bin/apt-get", "env"]);
    const bySudo = setup.natsInstallation(found).commands;
    expect(bySudo.map((command) => command.slice(0, 2))).toEqual([
      ["/usr/bin/sudo", "-n"],
      ["/usr/bin/sudo", "-n"],
    ]);
    expect(bySudo.at(-1)).toContain("nats-server");
  });

  test("cannot come from there without apt, without sudo, or when sudo asks for a password, and the reason is said", () => {
    expect(setup.natsInstallation({ ...found, aptGet: null }).reason).toContain("no apt-get");
    expect(setup.natsInstallation({ ...found, sudo: null }).reason).toContain("no sudo");
    expect(setup.natsInstallation({ ...found, sudoWithoutPassword: () => false }).reason).toContain(
      "asks for a password",
    );
  });
});
