import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig, redacted } from "../../src/config/load.js";
import type { FlagSettings } from "../../src/config/schema.js";
import { UserError } from "../../src/signal/user-error.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lifecircle-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

function faultsOf(yaml: string, env: Record<string, string> = {}, flags: FlagSettings = {}): string {
  return messageOf(() => loadConfig({ file: written("faulty.yaml", yaml), env, flags }));
}

describe("what overrides what", () => {
  test("without anything else the defaults hold, with paths from the project", () => {
    const config = loadConfig({ env: {} });
    expect(config.http).toMatchObject({ host: "127.0.0.1", port: 8080 });
    expect(config.geo.dir).toBe(resolve(import.meta.dirname, "../../geo/guangzhou"));
  });

  test("a file overrides the defaults, the environment the file, and a flag the environment", () => {
    const file = written("order.yaml", "http:\n  port: 1\ntime:\n  latenessMinutesMax: 1\nlog:\n  level: warn\n");
    const env = { LIFECIRCLE_HTTP_PORT: "2", LIFECIRCLE_TIME_LATENESS_MINUTES_MAX: "2.5", PATH: "/bin" };
    const config = loadConfig({ file, env, flags: { "http.port": 3, "log.pretty": undefined } });
    expect(config.http.port).toBe(3);
    expect(config.time.latenessMinutesMax).toBe(2.5);
    expect(config.log).toEqual({ level: "warn", pretty: "auto" });
    expect(config.http.host).toBe("127.0.0.1");
  });

  test("the environment sets texts, booleans and nested keys", () => {
    const env = {
      LIFECIRCLE_STORE_GZIP: "true",
      LIFECIRCLE_STORE_USER: "42",
      LIFECIRCLE_STORE_TTL_DAYS_MEMBERSHIP_LOG: "7",
    };
    const { store } = loadConfig({ env });
    expect(store).toMatchObject({ gzip: true, user: "42", ttlDays: { membershipLog: 7, stays: 400 } });
  });

  test("a relative path is taken from the folder of its file, in the environment from the working directory", () => {
    const file = written("paths.yaml", "data:\n  dir: here\n");
    const config = loadConfig({ file, env: { LIFECIRCLE_GEO_DIR: "there" } });
    expect(config.data.dir).toBe(join(folder, "here"));
    expect(config.geo.dir).toBe(resolve("there"));
  });

  test("an empty file and a section whose keys are commented out set nothing", () => {
    const defaults = loadConfig({ env: {} });
    expect(loadConfig({ file: written("empty.yaml", ""), env: {} })).toEqual(defaults);
    expect(loadConfig({ file: written("section.yaml", "stream:\n  # port: 1\nlog:\n"), env: {} })).toEqual(defaults);
  });

  test("an anchor serves several keys", () => {
    const file = written("anchor.yaml", "stream:\n  tls: &tls\n    caFile: anchor.yaml\nstore:\n  tls: *tls\n");
    expect(loadConfig({ file, env: {} }).store.tls.caFile).toBe(file);
  });

  test("the result cannot be changed, at any depth", () => {
    const config = loadConfig({ env: {} });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.store.ttlDays)).toBe(true);
  });
});

describe("faults", () => {
  test("all are reported at once, each with line, path, value and mend", () => {
    const message = faultsOf(
      "http:\n  port: 70000\n  hots: x\nstream:\n  partitions: 1.5\nlog:\n  level: inof\nstore: 7\nconstructor: 1\n",
      { LIFECIRCLE_STORE_GZIP: "yes" },
      { "store.url": "localhost" },
    );
    expect(message).toContain("8 faults");
    expect(message).toMatch(/faulty\.yaml:2: http\.port = 70000: is too big\n {4}mend: give 65535 or less/);
    expect(message).toMatch(/faulty\.yaml:3: http\.hots: unknown key\n {4}mend: did you mean http\.host\?/);
    expect(message).toMatch(/faulty\.yaml:5: stream\.partitions = 1\.5: .*\n {4}mend: give a whole number/);
    expect(message).toMatch(/faulty\.yaml:7: log\.level = "inof": .*\n.*did you mean info\?/);
    expect(message).toMatch(/faulty\.yaml:8: store: must be a section/);
    expect(message).toMatch(/LIFECIRCLE_STORE_GZIP: store\.gzip = "yes": .*\n {4}mend: give true or false/);
    expect(message).toMatch(/flag: store\.url = "localhost": .*\n {4}mend: give http:/);
  });

  test("a mistyped variable of the environment is one, with the name that was meant", () => {
    expect(messageOf(() => loadConfig({ env: { LIFECIRCLE_STREAM_PASWORD: "hunter2" } }))).toMatch(
      /LIFECIRCLE_STREAM_PASWORD: unknown key\n {4}mend: did you mean LIFECIRCLE_STREAM_PASSWORD\?/,
    );
  });

  test("a key in the wrong section is told its right one", () => {
    expect(faultsOf("stream:\n  latenessMinutesMax: 3\n")).toContain("did you mean time.latenessMinutesMax?");
  });

  test("a value without one, a list and an unset number are faults, not crashes", () => {
    const message = faultsOf("http:\n  port:\n  host: [a]\n", { LIFECIRCLE_STORE_PORT: "" });
    expect(message).toContain("3 faults");
    expect(message).toMatch(/http\.host = \[\]: is of the wrong type\n {4}mend: give text/);
  });

  test("limits that contradict each other are faults", () => {
    expect(faultsOf("circles:\n  leaveScore: 0.9\n")).toMatch(
      /circles\.enterScore = 0\.6: lies below circles\.leaveScore = 0\.9/,
    );
  });

  test("what is no YAML, and a key given twice, name the line", () => {
    for (const broken of [
      ' x\npseudonym:\n  key: "open-sesame"\n',
      "a: b\nstream: [\n  password: open-sesame\n",
      "store:\n  password: *open-sesame\n",
    ])
      expect(faultsOf(broken)).not.toContain("open-sesame");
    expect(faultsOf('http:\n  port: 1\n  host: "a\n')).toMatch(/faulty\.yaml:\d: not YAML/);
    expect(faultsOf("http:\n  port: 1\n  port: 2\n")).toMatch(/faulty\.yaml:3: not YAML: Map keys must be unique/);
    expect(faultsOf("- a\n")).toMatch(/must be a section/);
  });

  test("a config file that is absent or a folder says so", () => {
    expect(messageOf(() => loadConfig({ env: {}, file: join(folder, "none.yaml") }))).toMatch(
      /there is no such file\n {2}mend/,
    );
    expect(messageOf(() => loadConfig({ env: {}, file: folder }))).toContain("it is a folder");
  });
});

describe("secrets", () => {
  test("come from a file without its line end; that of the pseudonyms stays a file, read as bytes", () => {
    const secret = written("secret", "hunter2\n");
    const { stream, pseudonym } = loadConfig({
      env: { LIFECIRCLE_STREAM_PASSWORD_FILE: secret, LIFECIRCLE_PSEUDONYM_KEY_FILE: secret },
    });
    expect(stream.password).toBe("hunter2");
    expect(pseudonym).toEqual({ key: "", keyFile: secret });
  });

  test("of a secret and its file the later layer wins; both in one layer are a fault", () => {
    const secret = written("secret", "from the file");
    const file = written("both.yaml", "store:\n  passwordFile: secret\n");
    expect(loadConfig({ file, env: {} }).store.password).toBe("from the file");
    const { store } = loadConfig({ file, env: { LIFECIRCLE_STORE_PASSWORD: "direct" } });
    expect(store).toMatchObject({ password: "direct", passwordFile: "" });
    expect(loadConfig({ file, env: {}, flags: { "store.passwordFile": secret } }).store.password).toBe("from the file");
    const both = faultsOf(`store:\n  passwordFile: ${secret}\n  password: hunter2\n`);
    expect(both).toContain("store.password is set as well");
    expect(both).not.toContain("hunter2");
  });

  test("a file of a secret that is not there is one fault", () => {
    const message = faultsOf("store:\n  passwordFile: none\n");
    expect(message).toContain("1 fault in");
    expect(message).toMatch(/store\.passwordFile = ".*none": there is no such file/);
  });

  test("never show in a fault, not even when they lack their quotes", () => {
    for (const value of [
      "12345678",
      "[hunter2]",
      "*hunter2",
      "{ hunter2: 1 }",
      '"hunter2',
      "@hunter2",
      "!hunter2 [x]",
    ]) {
      const message = faultsOf(`http:\n  port: x\nstore:\n  password: ${value}\n`);
      expect(message).not.toMatch(/hunter2|12345678/);
    }
    expect(faultsOf("stream:\n  url: ftp://me:hunter2@host\n")).toMatch(/"ftp:\/\/\*\*\*@host"/);
  });

  test("are *** in what may be printed, as are logins in URLs", () => {
    const env = { LIFECIRCLE_STORE_PASSWORD: "hunter2", LIFECIRCLE_STREAM_URL: "nats://me:hunter2@a:1,nats://b:2" };
    const shown = redacted(loadConfig({ env }));
    expect(JSON.stringify(shown)).not.toContain("hunter2");
    expect(shown.store).toMatchObject({ password: "***", user: "default", port: 0 });
    expect(shown.stream).toMatchObject({ url: "nats://***@a:1,nats://b:2", token: "" });
  });
});
