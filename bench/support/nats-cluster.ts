import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connectNats } from "../../src/source/nats/connect.js";
import { findNatsBinary } from "../../src/source/nats/server.js";

const START_MS_MAX = 60_000;
const REQUEST_MS_MAX = 3000;
const FILE_BYTES_MAX = 20e9;

export interface NatsCluster {
  /** Addresses of all servers, separated by commas. */
  readonly url: string;
  readonly pids: readonly number[];
  close(): Promise<void>;
}

/** Starts so many nats-servers with JetStream on loopback, as one cluster when there is more than one; waits until streams can be made. */
export async function startNatsCluster(dir: string, servers: number): Promise<NatsCluster> {
  const binary = findNatsBinary([...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]);
  const ports = await freePorts(2 * servers);
  const routes = ports.slice(servers).map((port) => `nats://127.0.0.1:${port}`);
  const children: ChildProcess[] = [];
  for (let i = 0; i < servers; i++) {
    const folder = join(dir, `nats-${i}`);
    await mkdir(folder, { recursive: true });
    const config = {
      server_name: `bench-${i}`,
      host: "127.0.0.1",
      port: ports[i],
      write_deadline: "60s",
      jetstream: { store_dir: folder, max_file_store: FILE_BYTES_MAX },
      ...(servers > 1 ? { cluster: { name: "bench", host: "127.0.0.1", port: ports[servers + i], routes } } : {}),
    };
    await writeFile(join(folder, "server.conf"), JSON.stringify(config));
    children.push(spawn(binary, ["-c", join(folder, "server.conf")], { stdio: "ignore" }));
  }
  const url = ports
    .slice(0, servers)
    .map((port) => `nats://127.0.0.1:${port}`)
    .join(",");
  const close = async () => {
    const ended = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(ended);
  };
  try {
    await untilStreams(url, servers);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, pids: children.map(({ pid }) => pid as number), close };
}

/** A cluster has to choose its leader before it makes a stream. */
async function untilStreams(url: string, replicas: number): Promise<void> {
  const connection = await connectNats({ url }, { name: "bench", retryMsMax: START_MS_MAX });
  try {
    for (const startMs = Date.now(); ; await pause(200)) {
      try {
        const manager = await jetstreamManager(connection, { timeout: REQUEST_MS_MAX });
        await manager.streams.add({ name: "READY", subjects: ["ready"], num_replicas: replicas });
        await manager.streams.delete("READY");
        return;
      } catch (error) {
        if (Date.now() - startMs > START_MS_MAX) throw error;
      }
    }
  } finally {
    await connection.close();
  }
}

async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = held.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  for (const server of held) await new Promise((resolve) => server.close(resolve));
  return ports;
}
