import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "./make-folder.js";

export const PSEUDONYM_KEY_VARIABLE = "LIFECIRCLE_PSEUDONYM_KEY";
const KEPT_KEY_NAME = "pseudonym.key";
const KEPT_KEY_BYTES = 32;

export interface PseudonymKeyOptions {
  /** The file that config names, null where it names none. Its bytes are the key, a last line break included. */
  readonly keyFile: string | null;
  /** Where a key of our own making is kept. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For who only looks at what a deployment made: a key that is not there is not made. */
  readonly mustExist?: boolean;
}

/**
 * The secret of the pseudonyms: the text in LIFECIRCLE_PSEUDONYM_KEY, else the bytes of the key file, else a random key that is made
 * once and kept in the data folder, readable by its owner alone. The same key must serve a store for as long as it lives: another
 * key makes every subscriber a stranger.
 *
 * @throws UserError when a source that was named is empty or cannot be read, and when there is no key that must exist.
 */
export async function loadPseudonymKey(options: PseudonymKeyOptions): Promise<Uint8Array> {
  const text = options.env[PSEUDONYM_KEY_VARIABLE];
  if (text === "") {
    throw new UserError(`${PSEUDONYM_KEY_VARIABLE} is set but empty`, "give it the secret, or unset it");
  }
  if (text !== undefined) return Buffer.from(text, "utf8");
  if (options.keyFile !== null) return readKey(options.keyFile);
  const path = join(options.dataDir, KEPT_KEY_NAME);
  if (!existsSync(path)) {
    if (options.mustExist === true)
      throw new UserError(
        `there is no pseudonym key in ${options.dataDir}`,
        `set ${PSEUDONYM_KEY_VARIABLE}, or name the configuration that the data were made with`,
      );
    await makeKey(options.dataDir, path).catch((error: NodeJS.ErrnoException) => {
      throw new UserError(
        `cannot keep a pseudonym key at ${path}: ${error.code ?? error.message}`,
        `make ${options.dataDir} writable, or set ${PSEUDONYM_KEY_VARIABLE}`,
      );
    });
  }
  return readKey(path);
}

const MARK_NAME = "pseudonym.mark";
const MARK_TEXT = "lifecircle: which pseudonym key a data folder belongs to";

/**
 * Makes sure that a data folder is used with one key only: by another key everybody in it would be a stranger, and counted twice.
 * The folder keeps a mark of its key, from which the key cannot be told.
 *
 * @param leaveMark makes the mark where there is none: for who writes people into the folder
 * @throws UserError when the folder belongs to another key
 */
export async function requireKeyOfFolder(dataDir: string, key: Uint8Array, leaveMark: boolean): Promise<void> {
  const path = join(dataDir, MARK_NAME);
  const mark = createHmac("sha256", key).update(MARK_TEXT).digest("hex");
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept === null) {
    if (!leaveMark) return;
    makeFolder(dataDir);
    await writeFile(path, `${mark}\n`, { mode: 0o600 });
  } else if (kept.trim() !== mark)
    throw new UserError(
      `the people in ${dataDir} are named by another pseudonym key`,
      "give that key again, or a new data folder; docs/operate/security.md says how a key is changed",
    );
}

async function readKey(path: string): Promise<Uint8Array> {
  const key = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `cannot read the pseudonym key ${path}: ${error.code ?? error.message}`,
      "make the file readable for this user, or name another",
    );
  });
  if (key.length === 0) throw new UserError(`the pseudonym key ${path} is empty`, "restore it from a copy");
  return key;
}

/** Makes the key where there is none. A link appears whole or not at all, so two processes that start together agree on one. */
async function makeKey(dataDir: string, path: string): Promise<void> {
  makeFolder(dataDir);
  const draft = join(dataDir, `${KEPT_KEY_NAME}.${randomUUID()}`);
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(randomBytes(KEPT_KEY_BYTES));
    await file.sync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
