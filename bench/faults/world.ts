/** One deployment on loopback, in a folder of its own: NATS, store, the links to them, and an engine. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Random } from "../../src/simulate/random.js";
import { type Link, openLink } from "./link.js";
import { EngineProgram, freePort, type NatsNode, natsNodes, type Program, storeProgram } from "./processes.js";
import { type Redelivery, redelivery } from "./redelivery.js";

export const PARTITIONS = 3;
export const PSEUDONYM_KEY = "faults";
export const STREAM_BYTES_MAX = 200_000_000;

/** A small disk of its own (a tmpfs), which a ballast fills to the last block. */
export interface Disk {
  readonly path: string;
  fill(): void;
  free(): void;
}

export interface World {
  readonly nats: readonly NatsNode[];
  /** Of all nodes, without a link between. */
  readonly natsUrl: string;
  readonly natsLink: Link;
  readonly redelivery: Redelivery;
  readonly store: Program & { readonly url: string };
  readonly storeLink: Link;
  readonly engine: EngineProgram;
  /** Null where this user may not mount. */
  readonly checkpointDisk: Disk | null;
  readonly storeDisk: Disk | null;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly geoDir: string;
  /** 1, or 3 that elect leaders. */
  readonly nodes: number;
  readonly random: Random;
}

const CHECKPOINT_DISK_MB = 64;
const STORE_DISK_MB = 512;

/** Starts the servers; the engine is yet to be started. */
export async function openWorld({ geoDir, nodes, random }: WorldOptions): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-faults-"));
  const nats = await natsNodes(dir, nodes);
  const checkpoints = join(dir, "checkpoints");
  const storeDir = join(dir, "store");
  const checkpointDisk = mounted(checkpoints, CHECKPOINT_DISK_MB);
  const storeDisk = mounted(storeDir, STORE_DISK_MB);
  const store = storeProgram(storeDir, await freePort());
  await Promise.all([...nats, store].map((one) => one.start()));
  const garbled = redelivery(random);
  const natsLink = await openLink(nats[0]?.port ?? 0, garbled.garble);
  const storeLink = await openLink(Number(new URL(store.url).port));
  const natsUrl = nats.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
  const engine = new EngineProgram(
    {
      LIFECIRCLE_GEO_DIR: geoDir,
      LIFECIRCLE_DATA_DIR: join(dir, "engine"),
      LIFECIRCLE_CHECKPOINT_DIR: checkpoints,
      LIFECIRCLE_CHECKPOINT_EVERY_SECONDS: "1",
      LIFECIRCLE_PSEUDONYM_KEY: PSEUDONYM_KEY,
      // Every second engine has all diaries of the days before on its disk.
      LIFECIRCLE_ENGINE_DIARY_MEGABYTES_MAX: random.chance(0.5) ? "0" : "256",
      // The servers of a cluster tell their clients of one another, past any link.
      LIFECIRCLE_STREAM_URL: nodes > 1 ? natsUrl : `nats://127.0.0.1:${natsLink.port}`,
      LIFECIRCLE_STREAM_PARTITIONS: String(PARTITIONS),
      LIFECIRCLE_STREAM_MAX_BYTES_GB: String(STREAM_BYTES_MAX / 1e9),
      LIFECIRCLE_STREAM_MESSAGES_IN_FLIGHT_MAX: "8",
      LIFECIRCLE_STORE_URL: `http://127.0.0.1:${storeLink.port}`,
      LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.2",
      // An epoch is soon full, and then nothing more is taken from the stream while the store is away.
      LIFECIRCLE_STORE_FLUSH_ROWS_MAX: "500",
      LIFECIRCLE_STORE_TIMEOUT_SECONDS: "4",
      LIFECIRCLE_HTTP_PORT: "0",
    },
    join(dir, "clock-shift"),
  );
  return {
    nats,
    natsUrl,
    natsLink,
    redelivery: garbled,
    store,
    storeLink,
    engine,
    checkpointDisk,
    storeDisk,
    async close() {
      await engine.kill();
      await Promise.all([natsLink.close(), storeLink.close()]);
      await Promise.all([...nats, store].map((one) => one.kill()));
      for (const disk of [checkpointDisk, storeDisk])
        if (disk !== null) execFileSync("umount", ["-l", disk.path], { stdio: "ignore" });
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

const BALLAST_STEP_BYTES = 2 ** 20;

/** A disk of its own at this place, null where this user may not mount. */
export function mounted(path: string, mb: number): Disk | null {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mb}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    return null;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill() {
      const file = openSync(ballast, "w");
      try {
        for (let step = BALLAST_STEP_BYTES; step >= 4096; step /= 2) fillBy(file, Buffer.alloc(step));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
  };
}

function fillBy(file: number, block: Buffer): void {
  try {
    while (writeSync(file, block) === block.length);
  } catch {
    // Full.
  }
}
