import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../signal/user-error.js";

const POLL_MS = 20;

/** Lets go of what is held. */
export type LetGo = () => Promise<void>;

/**
 * Keeps other processes of this machine from doing the same to a folder, under whatever path they know it. What is held is the name of a local
 * socket, of which the system lets go when the process ends, however it ends: nothing stays behind that somebody would have to judge.
 * Containers with networks of their own do not see each other's names on Linux.
 *
 * @param dir a folder that is there
 * @param what is done to it; different doings do not keep each other out
 * @returns null when another has held it for `waitMsMax`
 */
export function holdFolder(dir: string, what: string, waitMsMax: number): Promise<LetGo | null> {
  const { dev, ino } = statSync(dir);
  const name = `lifecircle-${createHash("sha256").update(`${dev} ${ino} ${what}`).digest("hex").slice(0, 32)}`;
  // Linux has names that are no files; elsewhere a killed process leaves a file, at which nobody answers.
  return hold(process.platform === "linux" ? `\0${name}` : join(tmpdir(), name), waitMsMax);
}

/** What takes milliseconds, as to read a file and to write it again, is done by one process after another. */
const WORK_MS_MAX = 10_000;

/**
 * Works in a folder while nobody else does the same.
 *
 * @throws UserError when another process holds it for long
 */
export async function whileHeld<T>(dir: string, what: string, work: () => T): Promise<T> {
  const letGo = await holdFolder(dir, what, WORK_MS_MAX);
  if (letGo === null)
    throw new UserError(
      `another process has held the ${what} in ${dir} for ${WORK_MS_MAX / 1000} s`,
      "see which lifecircle commands run on this folder and hang, end them, and give the command again",
    );
  try {
    return work();
  } finally {
    await letGo();
  }
}

/** @param name of a local socket */
export async function hold(name: string, waitMsMax: number): Promise<LetGo | null> {
  for (const deadlineMs = Date.now() + waitMsMax; ; await pause(POLL_MS)) {
    const server = await taken(name);
    if (server !== null) return () => new Promise((gone) => server.close(() => gone()));
    if (!name.startsWith("\0") && !(await isAnswered(name))) rmSync(name, { force: true });
    else if (Date.now() >= deadlineMs) return null;
  }
}

function taken(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(name, () => resolve(server.unref()));
  });
}

function isAnswered(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once("connect", () => resolve(true));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
    socket.once("close", () => socket.destroy());
  });
}
