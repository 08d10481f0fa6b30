/**
 * `npm run bench -- hand-over [--rounds N] [--json]`: how long have a dead engine's partitions none, and how long does one that joins wait for
 * its share? Two real engines with the default lease on a real nats-server and the embedded store; each round one of them gets
 * SIGKILL, and is started again once the other has everything. The stream is empty: what a large state takes to be read comes on top.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { leaseKey, readLease } from "../src/cluster/lease.js";
import { type NatsLedger, openNatsLedger } from "../src/cluster/nats-ledger.js";
import { connectNats } from "../src/source/nats/connect.js";
import { EngineProgram, freePort, natsNodes, storeProgram, untilTrue } from "./faults/processes.js";
import { isMain } from "./support/main.js";

const PARTITIONS = 4;

export interface HandOverResult {
  readonly rounds: number;
  /** From SIGKILL until every partition has an engine that lives, seconds. */
  readonly takenSeconds: readonly number[];
  /** From the start of an engine until both have half of the partitions, seconds; the start of the program included. */
  readonly joinedSeconds: readonly number[];
}

export async function handOver(rounds: number): Promise<HandOverResult> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-hand-over-"));
  const [nats] = await natsNodes(dir, 1);
  if (nats === undefined) throw new Error("no nats-server");
  const store = storeProgram(join(dir, "store"), await freePort());
  await Promise.all([nats.start(), store.start()]);
  const url = `nats://127.0.0.1:${nats.port}`;
  const engines = ["one", "two"].map((name) => engineOf(join(dir, name), url, store.url));
  const connection = await connectNats({ url }, { name: "hand-over", retryMsMax: 10_000 });
  try {
    const ledger = await openNatsLedger(connection, 1);
    await Promise.all(engines.map((engine) => engine.start()));
    await untilTrue("two engines with half each", async () => isShared(ledger));
    const takenSeconds: number[] = [];
    const joinedSeconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const victim = engines[round % 2] as EngineProgram;
      takenSeconds.push(
        await secondsUntil(
          "one engine with all",
          () => victim.kill(),
          () => ownersOf(ledger).size === 1,
        ),
      );
      joinedSeconds.push(
        await secondsUntil(
          "two engines with half each",
          () => victim.start(),
          () => isShared(ledger),
        ),
      );
    }
    return { rounds, takenSeconds, joinedSeconds };
  } finally {
    await Promise.all(engines.map((engine) => engine.kill()));
    await connection.close();
    await Promise.all([store.kill(), nats.kill()]);
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function engineOf(dataDir: string, natsUrl: string, storeUrl: string): EngineProgram {
  return new EngineProgram(
    {
      LIFECIRCLE_DATA_DIR: dataDir,
      LIFECIRCLE_PSEUDONYM_KEY: "hand-over",
      LIFECIRCLE_ENGINE_PARTITIONS: "lease",
      LIFECIRCLE_STREAM_URL: natsUrl,
      LIFECIRCLE_STREAM_PARTITIONS: String(PARTITIONS),
      LIFECIRCLE_STREAM_MAX_BYTES_GB: "0.1",
      LIFECIRCLE_STREAM_INGEST_ENABLED: "false",
      LIFECIRCLE_STORE_URL: storeUrl,
      LIFECIRCLE_HTTP_PORT: "0",
    },
    join(dataDir, "..", "clock-shift"),
  );
}

/** The engines that have partitions, with their numbers of them; one that is dead and not yet missed is among them. */
function ownersOf(ledger: NatsLedger): Map<string, number> {
  const owners = new Map<string, number>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const entry = ledger.entries().get(leaseKey(partition));
    const owner = (entry === undefined ? null : readLease(entry).owner) ?? "nobody";
    owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  return owners;
}

function isShared(ledger: NatsLedger): boolean {
  const owners = ownersOf(ledger);
  return owners.size === 2 && [...owners].every(([owner, count]) => owner !== "nobody" && count === PARTITIONS / 2);
}

async function secondsUntil(what: string, begin: () => Promise<void>, holds: () => boolean): Promise<number> {
  const startMs = performance.now();
  await begin();
  await untilTrue(what, async () => holds());
  return Math.round((performance.now() - startMs) / 10) / 100;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
  });
  const result = await handOver(Number(values.rounds));
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(
      `${result.rounds} rounds: taken after at most ${Math.max(...result.takenSeconds)} s, joined after at most ${Math.max(...result.joinedSeconds)} s`,
    );
}

if (isMain(import.meta.url)) await main();
