/** A round: a city, faults drawn from a seed that strike while it is fed, and whether all tables are those of an undisturbed run. */
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../src/simulate/random.js";
import { type Copy, copiesOf } from "./copies.js";
import { feed, makeStreams, messagesHeld } from "./feed.js";
import { FAULTS, type Fault } from "./kinds.js";
import { untilTrue } from "./processes.js";
import { type Difference, difference, type Rows, readRows } from "./rows.js";
import { openWorld, type World } from "./world.js";

/** A fault at a moment, for so long. */
export interface Strike {
  readonly fault: Fault;
  readonly atMs: number;
  readonly forMs: number;
}

export interface Plan {
  readonly seed: number;
  /** Which city is fed. */
  readonly citySeed: number;
  readonly nodes: number;
  readonly strikes: readonly Strike[];
  readonly feedMs: number;
  /** How many people, and for how many days, the city has. */
  readonly people: number;
  readonly days: number;
  /** Nothing is fed and nothing strikes before the engine is ready. */
  readonly isEngineFirst?: boolean;
}

export interface Outcome extends Difference {
  readonly plan: Plan;
  readonly rows: number;
  /** Times that the engine gave up by itself and was started again. */
  readonly restarts: number;
  readonly rssMbMax: number;
  /** Most messages that the engine left in the stream at the end of a fault. */
  readonly heldBackMax: number;
  /** What the engine itself said of them (`lifecircle_lag_messages`) at that time. */
  readonly lagTold: number;
  /** Messages that were fed. */
  readonly messages: number;
  /** What each NATS server has of them at the end. */
  readonly copies: readonly Copy[];
  /** Most that the engine's resident memory grew from the beginning of a fault to its end, MB. */
  readonly grownMbMax: number;
  readonly seconds: number;
  /** What kept the round from its end. */
  readonly failure: string | null;
  /** The last words of the engine. */
  readonly said: string;
}

const CITIES = 4;
const CLUSTER_SHARE = 0.2;
const PEOPLE = 40;
const DAYS = 4;
/** Of a round in which the store is away: far more than the engine may take meanwhile. */
const AWAY_PEOPLE = 200;
const AWAY_DAYS = 7;
const FEED_MS = 6000;
const STRIKE_MS_MAX = 2500;
const AWAY_AT_MS = 3000;
const METRICS_MS_MAX = 2000;
const LOOK_MS = 300;
/** From the last healing to equal tables: the longest pause between two tries of an insert, twice. */
const SETTLE_MS_MAX = 90_000;

/** The same seed gives the same plan, on a machine where the same faults can be made. */
export function planOf(seed: number): Plan {
  const random = new Random(seed, "faults");
  const nodes = random.chance(CLUSTER_SHARE) ? 3 : 1;
  const ofCluster = FAULTS.filter(({ inCluster }) => inCluster === true);
  const ofAny = FAULTS.filter((fault) => !ofCluster.includes(fault));
  const drawn = (from: readonly Fault[]) => from[random.int(from.length)] as Fault;
  const strikes = Array.from({ length: 2 + random.int(4) }, (_, i) => ({
    // A cluster is there for what can only happen to one.
    fault: drawn(nodes > 1 && i === 0 ? ofCluster : ofAny),
    atMs: random.range(300, FEED_MS - 500),
    forMs: random.range(100, STRIKE_MS_MAX),
  }));
  return { seed, citySeed: 1 + random.int(CITIES), nodes, strikes, feedMs: FEED_MS, people: PEOPLE, days: DAYS };
}

/** The store turns away for so long, and all the while a city is fed. */
export function storeAway(seed: number, forMs: number): Plan {
  const fault = FAULTS.find(({ name }) => name === "store turns away") as Fault;
  const strikes = [{ fault, atMs: AWAY_AT_MS, forMs }];
  const city = { people: AWAY_PEOPLE, days: AWAY_DAYS, feedMs: forMs };
  return { ...planOf(seed), nodes: 1, isEngineFirst: true, ...city, strikes };
}

/** What the tables hold when nothing happens: the rows that a round is measured against. */
export async function undisturbed(cityDir: string): Promise<Rows> {
  const world = await openWorld({ geoDir: cityDir, nodes: 1, random: new Random(0) });
  try {
    await makeStreams(world.natsUrl, 1);
    const messages = await feed({ dir: cityDir, natsUrl: world.natsUrl, lastsMs: 0 });
    await world.engine.start();
    await untilTrue("all messages taken", async () => (await messagesTaken(world)) === messages, SETTLE_MS_MAX);
    await stopped(world);
    if (world.engine.restarts > 0) throw new Error("the engine ended by itself");
    return await readRows(world.store.url);
  } catch (error) {
    throw new Error(`the undisturbed run failed, the engine says:\n${world.engine.stderr}`, { cause: error });
  } finally {
    await world.close();
  }
}

/** What the engine says of itself, the values of a name with labels summed; 0 where it is not there. */
async function told({ engine }: World, name: string): Promise<number> {
  const url = [...engine.stderr.matchAll(/metrics +(http:\S+)/g)].at(-1)?.[1];
  if (url === undefined) return 0;
  // One that stands still or is busy says nothing.
  const text = await fetch(url, { signal: AbortSignal.timeout(METRICS_MS_MAX) }).then(
    (answer) => answer.text(),
    () => "",
  );
  const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\d+)`, "gm"))].map(([, value]) => Number(value));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Messages that it took since it was started last. */
const messagesTaken = (world: World) => told(world, "lifecircle_batches_total");

/** What the engine left in the stream, known while it is the one that began. */
async function heldBack(world: World): Promise<{ heldBack: number; lag: number }> {
  const taken = world.engine.starts === 1 ? await messagesTaken(world) : 0;
  if (taken === 0) return { heldBack: 0, lag: 0 };
  return { heldBack: (await messagesHeld(world.natsUrl)) - taken, lag: await told(world, "lifecircle_lag_messages") };
}

async function stopped({ engine }: World): Promise<void> {
  const code = await engine.stop();
  if (code !== 0) throw new Error(`the engine ended with ${code}`);
}

export async function runRound(plan: Plan, cityDir: string, expected: Rows): Promise<Outcome> {
  const startMs = Date.now();
  const random = new Random(plan.seed, "strikes");
  const world = await openWorld({ geoDir: cityDir, nodes: plan.nodes, random });
  let got: Rows = [];
  let failure: string | null = null;
  let messages = 0;
  let copies: readonly Copy[] = [];
  const seen = { heldBackMax: 0, lagTold: 0, grownMbMax: 0 };
  try {
    await makeStreams(world.natsUrl, plan.nodes);
    await world.engine.start();
    if (plan.isEngineFirst) await untilTrue("the engine", async () => world.engine.stderr.includes("Ctrl-C drains"));
    const fed = feed({ dir: cityDir, natsUrl: world.natsUrl, lastsMs: plan.feedMs });
    await allDone([fed, ...plan.strikes.map((strike) => struck(world, strike, random, seen))]);
    messages = await fed;
    // Strikes of one kind may overlap, and the one that ended first healed both, or was overtaken by the other.
    await allDone(plan.strikes.map(async ({ fault }) => fault.heal(world)));
    await world.engine.start();
    await settled(world, expected);
    copies = await copiesOf(world.nats);
    await stopped(world);
    got = await readRows(world.store.url);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  } finally {
    await world.close();
  }
  const { restarts, rssMbMax, stderr: said } = world.engine;
  const seconds = (Date.now() - startMs) / 1000;
  return {
    plan,
    rows: got.length,
    restarts,
    rssMbMax,
    ...seen,
    messages,
    copies,
    seconds,
    failure,
    said,
    ...difference(expected, got),
  };
}

/** As `Promise.all`, but nothing goes on behind the back of who hears of a failure. */
async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function struck(
  world: World,
  { fault, atMs, forMs }: Strike,
  random: Random,
  seen: { heldBackMax: number; lagTold: number; grownMbMax: number },
): Promise<void> {
  await pause(atMs);
  const { rssMb } = world.engine;
  await fault.inject(world, random);
  await pause(forMs);
  seen.grownMbMax = Math.max(seen.grownMbMax, world.engine.rssMb - rssMb);
  const { heldBack: held, lag } = await heldBack(world).catch(() => ({ heldBack: 0, lag: 0 }));
  if (held > seen.heldBackMax) Object.assign(seen, { heldBackMax: held, lagTold: lag });
  await fault.heal(world);
}

/** Until the tables are equal, or nothing has been taken for so long. */
async function settled(world: World, expected: Rows): Promise<void> {
  for (let taken = -1; ; ) {
    const isDone = await untilTrue("equal tables", () => isEqual(world, expected), SETTLE_MS_MAX).then(
      () => true,
      () => false,
    );
    const now = await messagesTaken(world);
    if (isDone || now === taken) return;
    taken = now;
  }
}

async function isEqual({ store }: World, expected: Rows): Promise<boolean> {
  // All rows are read each time, which takes the engine's time away.
  await pause(LOOK_MS);
  // A store that is just starting has no tables yet.
  const { missing, extra } = difference(expected, await readRows(store.url).catch(() => []));
  return missing.length + extra.length === 0;
}
