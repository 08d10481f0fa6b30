import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatPseudonym } from "../../src/signal/identity.js";
import { UserError } from "../../src/signal/user-error.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { loadPseudonymKey, PSEUDONYM_KEY_VARIABLE, requireKeyOfFolder } from "../../src/source/pseudonym-key.js";

const newFolder = () => mkdtemp(join(tmpdir(), "lifecircle-key-"));

describe("the key of the pseudonyms", () => {
  test("is the text of the environment before the file, and all bytes of the file before one of our own", async () => {
    const dataDir = await newFolder();
    const keyFile = join(dataDir, "secret");
    await writeFile(keyFile, Buffer.of(1, 2, 10));
    const env = { [PSEUDONYM_KEY_VARIABLE]: "Schlüssel" };
    expect(await loadPseudonymKey({ keyFile, dataDir, env })).toEqual(Buffer.from("Schlüssel", "utf8"));
    expect(await loadPseudonymKey({ keyFile, dataDir, env: {} })).toEqual(Buffer.of(1, 2, 10));
    expect(await readdir(dataDir)).toEqual(["secret"]);
  });

  test("is made once, at random, and readable by its owner alone, also when many start at once", async () => {
    const dataDir = join(await newFolder(), "not", "there", "yet");
    const load = () => loadPseudonymKey({ keyFile: null, dataDir, env: {} });
    const keys = await Promise.all([load(), load(), load(), load()]);
    expect(keys[0]).toHaveLength(32);
    for (const key of [...keys, await load()]) expect(key).toEqual(keys[0]);
    expect(await readdir(dataDir)).toEqual(["pseudonym.key"]);
    expect((await stat(join(dataDir, "pseudonym.key"))).mode & 0o777).toBe(0o600);
    const other = await loadPseudonymKey({ keyFile: null, dataDir: await newFolder(), env: {} });
    expect(other).not.toEqual(keys[0]);
  });

  test("is not made where it must exist", async () => {
    const dataDir = await newFolder();
    const load = (mustExist: boolean) => loadPseudonymKey({ keyFile: null, dataDir, env: {}, mustExist });
    await expect(load(true)).rejects.toThrow("there is no pseudonym key in");
    expect(await readdir(dataDir)).toEqual([]);
    const made = await load(false);
    expect(await load(true)).toEqual(made);
  });

  test("that is named but empty or absent is an error, never another key", async () => {
    const dataDir = await newFolder();
    const empty = join(dataDir, "empty");
    await writeFile(empty, "");
    const faults = [
      { keyFile: null, dataDir, env: { [PSEUDONYM_KEY_VARIABLE]: "" } },
      { keyFile: empty, dataDir, env: {} },
      { keyFile: join(dataDir, "absent"), dataDir, env: {} },
      { keyFile: null, dataDir: empty, env: {} },
    ];
    for (const fault of faults) await expect(loadPseudonymKey(fault)).rejects.toThrow(UserError);
    expect(await readdir(dataDir)).toEqual(["empty"]);
  });

  test("gives the pseudonyms that another implementation gives", async () => {
    const env = { [PSEUDONYM_KEY_VARIABLE]: "key" };
    const pseudonymiser = new Pseudonymiser(await loadPseudonymKey({ keyFile: null, dataDir: "/nowhere", env }));
    pseudonymiser.pseudonymiseText("460001234567890");
    // Python: struct.unpack("<Q", hmac.new(b"key", b"460001234567890", hashlib.sha256).digest()[:8])
    expect(formatPseudonym(pseudonymiser.hi, pseudonymiser.lo)).toBe("13648245253049640102");
  });
});

test("a data folder belongs to the first key that writes people into it, and refuses every other one", async () => {
  const dataDir = join(await newFolder(), "marked");
  const [first, second] = [Buffer.from("first key"), Buffer.from("second key")];
  // Looking marks nothing.
  await requireKeyOfFolder(dataDir, second, false);
  await requireKeyOfFolder(dataDir, first, true);
  await requireKeyOfFolder(dataDir, first, true);
  await requireKeyOfFolder(dataDir, first, false);
  for (const leaveMark of [true, false])
    await expect(requireKeyOfFolder(dataDir, second, leaveMark)).rejects.toThrow(/another pseudonym key\n {2}mend: /);
  const mark = join(dataDir, "pseudonym.mark");
  expect((await stat(mark)).mode & 0o077).toBe(0);
  expect(await readFile(mark, "latin1")).not.toContain("first key");
});
