/** The faults, one entry each: what happens to a deployment, and how it ends. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Random } from "../../src/simulate/random.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { SIGNALLING_STREAM } from "../../src/source/nats/subjects.js";
import type { Manner } from "./link.js";
import { untilTrue } from "./processes.js";
import type { Disk, World } from "./world.js";

export interface Fault {
  readonly name: string;
  /** Needs three NATS nodes. */
  readonly inCluster?: boolean;
  readonly inject: (world: World, random: Random) => Promise<void> | void;
  readonly heal: (world: World) => Promise<void> | void;
}

export const FAULTS: readonly Fault[] = [
  { name: "engine killed", inject: ({ engine }) => engine.kill(), heal: ({ engine }) => engine.start() },
  {
    name: "engine stopped with Ctrl-C",
    inject: async ({ engine }) => void (await engine.stop()),
    heal: ({ engine }) => engine.start(),
  },
  {
    name: "engine frozen",
    inject: ({ engine }) => engine.signal("SIGSTOP"),
    heal: ({ engine }) => engine.signal("SIGCONT"),
  },
  {
    name: "clock of the engine jumps",
    inject: ({ engine }, random) => engine.shiftClock(Math.round(random.normal() * CLOCK_JUMP_MS)),
    heal: ({ engine }) => engine.shiftClock(0),
  },
  {
    name: "NATS killed",
    inject: async ({ nats }) => nats[0]?.kill(),
    heal: async ({ nats }) => nats[0]?.start(),
  },
  {
    name: "connection to NATS cut",
    inject: ({ natsLink }) => {
      natsLink.manner = "refused";
      natsLink.cut();
    },
    heal: ({ natsLink }) => {
      natsLink.manner = "through";
    },
  },
  {
    name: "messages twice and out of order",
    inject: ({ redelivery }) => {
      redelivery.isOn = true;
    },
    heal: ({ redelivery }) => {
      redelivery.isOn = false;
    },
  },
  {
    name: "leader of the stream steps down",
    inCluster: true,
    inject: (world) => onStreamLeader(world, async (_, stepDown) => stepDown()),
    heal: () => undefined,
  },
  {
    name: "leader of the stream killed",
    inCluster: true,
    inject: (world) => onStreamLeader(world, async (node) => world.nats[node]?.kill()),
    heal: async ({ nats }) => {
      for (const node of nats) await node.start();
    },
  },
  { name: "store killed", inject: ({ store }) => store.kill(), heal: ({ store }) => store.start() },
  storeLink("store turns away", "refused"),
  storeLink("store hangs", "silent"),
  storeLink("store is slow", "slow"),
  storeLink("answers of the store lost", "unanswered"),
  ...fullDisk("disk of the checkpoints full", (world) => world.checkpointDisk),
  ...fullDisk("disk of the store full", (world) => world.storeDisk),
];

/** Standard deviation of a jump: days to either side, now and then a week. */
const CLOCK_JUMP_MS = 3 * 86_400_000;

function storeLink(name: string, manner: Manner): Fault {
  return {
    name,
    inject: ({ storeLink: link }) => {
      link.manner = manner;
      if (manner !== "slow") link.cut();
    },
    heal: ({ storeLink: link }) => {
      link.manner = "through";
      link.cut();
    },
  };
}

/** None where this user may not mount a small disk. */
function fullDisk(name: string, diskOf: (world: World) => Disk | null): Fault[] {
  if (process.getuid?.() !== 0) return [];
  return [{ name, inject: (world) => diskOf(world)?.fill(), heal: (world) => diskOf(world)?.free() }];
}

async function onStreamLeader(
  { natsUrl }: World,
  act: (node: number, stepDown: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const connection = await connectNats({ url: natsUrl }, { name: "faults", retryMsMax: 10_000 });
  try {
    // Another fault may just have taken the leader, and the next one is yet to be elected.
    await untilTrue("a leader of the stream", async () => {
      const leader = await leaderOf(connection).catch(() => null);
      if (leader !== null)
        await act(Number(leader.slice("node-".length)), async () => {
          await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${SIGNALLING_STREAM}`, "", { timeout: 5000 });
        });
      return leader !== null;
    });
  } finally {
    await connection.close();
  }
}

async function leaderOf(connection: NatsConnection): Promise<string | null> {
  const manager = await jetstreamManager(connection);
  return (await manager.streams.info(SIGNALLING_STREAM)).cluster?.leader ?? null;
}
