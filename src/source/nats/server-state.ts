import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";

/** What a running server leaves in the data folder, so that other commands of the same machine find it. */
const stateSchema = z.object({ url: z.string(), pid: z.number().int().positive(), name: z.string() });
export type NatsServerState = z.infer<typeof stateSchema>;

const infoSchema = z.object({ server_name: z.string(), jetstream: z.boolean().default(false) });
const INFO_TIMEOUT_MS = 1000;
const INFO_BYTES_MAX = 65_536;

export function natsStatePath(dataDir: string): string {
  return join(dataDir, "nats", "running.json");
}

/** Writes the file as a whole or not at all, so that a reader never sees half of it. */
export async function writeNatsState(dataDir: string, state: NatsServerState): Promise<void> {
  const path = natsStatePath(dataDir);
  await writeFile(`${path}.new`, `${JSON.stringify(state)}\n`);
  await rename(`${path}.new`, path);
}

export async function removeNatsState(dataDir: string): Promise<void> {
  await rm(natsStatePath(dataDir), { force: true });
}

/**
 * The NATS server that runs on this data folder, or null. A file that a crash left behind is recognised: nobody answers at its
 * address, or another server does (its name differs).
 */
export async function findNatsServer(dataDir: string): Promise<NatsServerState | null> {
  let text: string;
  try {
    text = await readFile(natsStatePath(dataDir), "utf8");
  } catch {
    return null;
  }
  const state = stateSchema.safeParse(parseJson(text));
  if (!state.success) return null;
  const info = await readServerInfo(state.data.url);
  return info?.server_name === state.data.name ? state.data : null;
}

/** The greeting (`INFO {...}`) that a NATS server sends first on every connection; null when none comes within a second. */
export function readServerInfo(url: string): Promise<z.infer<typeof infoSchema> | null> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let text = "";
    const finish = (): void => {
      socket.destroy();
      const line = /^INFO (\{.*\})/.exec(text);
      const info = infoSchema.safeParse(parseJson(line?.[1] ?? ""));
      resolve(info.success ? info.data : null);
    };
    socket.setTimeout(INFO_TIMEOUT_MS, finish);
    socket.on("error", finish);
    socket.on("close", finish);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.includes("\r\n") || text.length > INFO_BYTES_MAX) finish();
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
