/**
 * API keys: `lc_<id>_<secret>`. The file keeps the SHA-256 of each secret and never the secret; 256 random bits need no slow hash. It is
 * looked at again when it changes, so a key that is made or revoked counts at once.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../signal/user-error.js";
import { makeFolder } from "../../source/make-folder.js";
import { type Principal, ROLES } from "./principal.js";

const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const KEY = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().min(1).max(100),
  role: z.enum(ROLES),
  regions: z.array(z.string()).nullable(),
  purposes: z.array(z.string()).nullable(),
  hash: HASH,
  created: z.iso.datetime(),
  expires: z.iso.datetime(),
  revoked: z.iso.datetime().nullable(),
  /** The secret before the last rotation, and how long it still counts. */
  previous: z.strictObject({ hash: HASH, until: z.iso.datetime() }).nullable(),
});
const FILE = z.strictObject({ keys: z.array(KEY) });

/** A key as it is kept. */
export type ApiKey = z.infer<typeof KEY>;
export type NewKey = Pick<ApiKey, "name" | "role" | "regions" | "purposes"> & { readonly expiresMs: number };

const SECRET_BYTES = 32;
const LOOK_MS = 1000;
const TEXT = /^lc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export function keysPath(dataDir: string): string {
  return join(dataDir, "api-keys.json");
}

/** The keys of a file, none where there is no file. @throws UserError when it cannot be read */
export function readKeys(path: string): ApiKey[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new UserError(`the API keys ${path} cannot be read: ${(error as Error).message}`, "make the file readable");
  }
  try {
    return FILE.parse(JSON.parse(text)).keys;
  } catch {
    throw new UserError(
      `the API keys ${path} are damaged`,
      "restore the file from a copy, or remove it and make keys anew",
    );
  }
}

/** Adds a key; the returned text is the only time that its secret is seen. */
export function createKey(
  path: string,
  wanted: NewKey,
  nowMs: number,
): { readonly key: ApiKey; readonly text: string } {
  const { text, id, hash } = freshSecret(randomBytes(6).toString("hex"));
  const { expiresMs, ...rest } = wanted;
  const key: ApiKey = {
    ...rest,
    id,
    hash,
    created: new Date(nowMs).toISOString(),
    expires: new Date(expiresMs).toISOString(),
    revoked: null,
    previous: null,
  };
  writeKeys(path, [...readKeys(path), key]);
  return { key, text };
}

/** From now on the key opens nothing. @throws UserError for an id that is not there */
export function revokeKey(path: string, id: string, nowMs: number): void {
  change(path, id, (key) => ({ ...key, previous: null, revoked: key.revoked ?? new Date(nowMs).toISOString() }));
}

/** Gives a key a new secret; the old one counts until `oldUntilMs`. @throws UserError for an id that is not there or was revoked */
export function rotateKey(path: string, id: string, oldUntilMs: number): string {
  const fresh = freshSecret(id);
  change(path, id, (key) => {
    if (key.revoked !== null)
      throw new UserError(`the key ${id} was revoked`, "make a new one with `lifecircle key create`");
    return { ...key, hash: fresh.hash, previous: { hash: key.hash, until: new Date(oldUntilMs).toISOString() } };
  });
  return fresh.text;
}

function change(path: string, id: string, to: (key: ApiKey) => ApiKey): void {
  const keys = readKeys(path);
  if (!keys.some((key) => key.id === id)) throw new UserError(`there is no key ${id}`, "see `lifecircle key list`");
  writeKeys(
    path,
    keys.map((key) => (key.id === id ? to(key) : key)),
  );
}

function freshSecret(id: string): { text: string; id: string; hash: string } {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { id, text: `lc_${id}_${secret}`, hash: hashOf(secret) };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function writeKeys(path: string, keys: readonly ApiKey[]): void {
  makeFolder(dirname(path));
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

/** What a key opens: somebody, or nobody with the reason. */
export type KeyResult = { readonly principal: Principal } | { readonly refused: "unknown" | "expired" | "revoked" };

/** Whom the text of a key is. Compares in constant time. */
export function checkKey(keys: readonly ApiKey[], text: string, nowMs: number): KeyResult {
  const match = TEXT.exec(text);
  const key = keys.find(({ id }) => id === match?.[1]);
  if (match === null || key === undefined) return { refused: "unknown" };
  const hash = Buffer.from(hashOf(match[2] as string), "hex");
  const isSame = (known: string) => timingSafeEqual(hash, Buffer.from(known, "hex"));
  const isPrevious = key.previous !== null && isSame(key.previous.hash);
  if (!isSame(key.hash) && !isPrevious) return { refused: "unknown" };
  if (key.revoked !== null) return { refused: "revoked" };
  if (Date.parse(key.expires) <= nowMs) return { refused: "expired" };
  if (isPrevious && Date.parse(key.previous?.until ?? "") <= nowMs) return { refused: "expired" };
  return {
    principal: { id: `key:${key.id}`, name: key.name, role: key.role, regions: key.regions, purposes: key.purposes },
  };
}

/** The keys of a file, read again when it changed, looked at once a second. A file that is damaged meanwhile opens nothing. */
export function watchKeys(path: string, warn: (message: string) => void): () => readonly ApiKey[] {
  let keys = readKeys(path);
  let stamp = stampOf(path);
  let lookedMs = Date.now();
  return () => {
    const nowMs = Date.now();
    if (nowMs - lookedMs < LOOK_MS) return keys;
    lookedMs = nowMs;
    const now = stampOf(path);
    if (now === stamp) return keys;
    stamp = now;
    try {
      keys = readKeys(path);
    } catch (error) {
      keys = [];
      warn(error instanceof Error ? error.message : String(error));
    }
    return keys;
  };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs} ${stat.ino} ${stat.size}`;
}
