/** Engines that share a stream by leases: their servers, and what tests do with them. */
import { join } from "node:path";
import { expect } from "vitest";
import { openNatsObjects } from "../../src/cluster/objects.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { type RunningNatsServer, startNatsServer } from "../../src/source/nats/server.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { lifecircle, Running } from "./lifecircle.js";

/** Epochs and checkpoints are small and many, so that an end at any moment finds something under way. */
export const OFTEN = {
  LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.3",
  LIFECIRCLE_CHECKPOINT_EVERY_SECONDS: "1",
  LIFECIRCLE_STREAM_BATCH_ROWS: "64",
  LIFECIRCLE_ENGINE_LEASE_SECONDS: "3",
  LIFECIRCLE_STREAM_MAX_BYTES_GB: "0.1",
};

export class SharedStream {
  readonly nats: RunningNatsServer;
  readonly store: EmbeddedStore;
  private readonly cityDir: string;
  private readonly dir: string;
  private readonly engines = new Set<Running>();

  private constructor(nats: RunningNatsServer, store: EmbeddedStore, cityDir: string, dir: string) {
    this.nats = nats;
    this.store = store;
    this.cityDir = cityDir;
    this.dir = dir;
  }

  /** Starts the servers on a folder; the city lies in another. */
  static async open(cityDir: string, dir: string): Promise<SharedStream> {
    const nats = await startNatsServer({ dataDir: dir, port: 0 });
    return new SharedStream(nats, await startEmbeddedStore({ dataDir: dir }), cityDir, dir);
  }

  async close(): Promise<void> {
    for (const engine of this.engines) engine.crash();
    await this.store.close();
    await this.nats.close();
  }

  environment(name: string) {
    return {
      ...OFTEN,
      LIFECIRCLE_GEO_DIR: this.cityDir,
      LIFECIRCLE_DATA_DIR: join(this.dir, name),
      LIFECIRCLE_ENGINE_PARTITIONS: "lease",
      LIFECIRCLE_STREAM_URL: this.nats.url,
      LIFECIRCLE_STREAM_INGEST_ENABLED: "false",
      LIFECIRCLE_STORE_URL: this.store.url,
    };
  }

  async engine(name: string): Promise<Running> {
    const engine = new Running(["engine"], this.environment(name));
    this.engines.add(engine);
    void engine.exited.then(() => this.engines.delete(engine));
    await engine.says("Ctrl-C drains");
    return engine;
  }

  async publish(file: string, ...more: string[]): Promise<void> {
    const args = ["publish", "--geo", this.cityDir, "--nats", this.nats.url, "--in", file, ...more];
    const { code, stderr } = await lifecircle(args, OFTEN);
    expect(code, stderr).toBe(0);
  }

  /** How many objects of the checkpoints hold a pseudonym as records do. */
  async checkpointsNaming(pseudonym: string): Promise<number> {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(pseudonym));
    const connection = await connectNats({ url: this.nats.url }, { name: "test", retryMsMax: 2000 });
    const objects = await openNatsObjects(connection, 1);
    const names = await objects.names("");
    const all = await Promise.all(names.map((name) => objects.get(name).catch(() => Buffer.alloc(0))));
    await connection.close();
    return all.filter((content) => content.includes(bytes)).length;
  }
}

/** The text of an engine's metrics. */
export async function metricsOf(engine: Running): Promise<string> {
  const url = /metrics +(http:\S+)/.exec(engine.stderr)?.[1] ?? "";
  const answer = await fetch(url).catch((error: Error) => {
    throw new Error(`${error.message}:\n${engine.stderr}`);
  });
  return answer.text();
}

/** One of them, NaN where it is not told. @param name as a regular expression */
export async function metric(engine: Running, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await metricsOf(engine))?.[1]);
}
