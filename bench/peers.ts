/**
 * What do others need for the same events and the same answer? ClickHouse alone, DuckDB and an RxJS pipeline beside the engine.
 * `npm run bench -- peers [--subscribers 1000] [--days 28] [--seed 1] [--data DIR] [--json]`; the test of the same name runs it tiny.
 *
 * - naive: stays are runs of one cell, home is the region of the evenings' stays. The answers must be the same to the last stay. The engine
 *   has no such question, so what does it here is its table of subscribers, with loops over columns (peers/columns.ts). These and RxJS are given
 *   the events by time, in columns and as objects; the databases have them sorted by person.
 * - whole: cleaned, ping-pong taken out, stays at places, home and day place by nights and working days, circles; SQL as far as it goes
 *   (peers/sql.ts), the engine all that it does.
 * - fresh: the circles of a 28-day window once more, a quarter of an hour later. SQL does all anew, or keeps the stays of the days that are
 *   over (and cuts a stay at the last midnight); the engine takes the new events and pays for its close of the day, once a day as it is, or at every refresh.
 *
 * The databases have two threads, the engine and RxJS one: compare processor time. Loading is not timed for anybody.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ARRAY_STAYS, withClickHouse } from "./peers/clickhouse.js";
import { columnsNaive, namedAnswer } from "./peers/columns.js";
import { withDuckDb } from "./peers/duckdb.js";
import { engineOver } from "./peers/engine.js";
import { type Effort, effortOf, type Peer, type Table } from "./peers/peer.js";
import { type People, readPeople } from "./peers/people.js";
import { type RxStay, rxNaive } from "./peers/rx.js";
import { anchors, circles, DAY_MS, naiveHomes, naiveStays, stays, ZONE_MS } from "./peers/sql.js";
import { rightHomes, trueHomes } from "./peers/true-homes.js";
import { openBenchCity } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";

/** Refreshes a day. */
const REFRESHES = 96;

export interface PeerRow extends Effort {
  readonly task: "naive" | "whole" | "fresh";
  readonly who: string;
  /** Names the answer: the same for all who give the same one. */
  readonly hash: string;
  /** Share of the people with a true home whose home is found in its region. */
  readonly homesRight: number | null;
}

export interface PeersFigure {
  readonly events: number;
  readonly subscribers: number;
  readonly days: number;
  readonly rows: readonly PeerRow[];
}

/** Asks all of them about a folder of simulated data. */
export async function benchPeers(dir: string): Promise<PeersFigure> {
  const { config, city } = await openBenchCity(dir);
  const people = await readPeople(dir, config, city);
  const truth = await trueHomes(dir, city);
  const right = (homes: ReadonlyMap<string, string>) => rightHomes(truth, homes);
  const folder = await mkdtemp(join(tmpdir(), "lifecircle-peers-"));
  try {
    const tables = await people.write(folder);
    const rows: PeerRow[] = [];
    const ask = (peer: Peer) => askPeer(peer, people, tables, right);
    rows.push(...(await withClickHouse(ask)), ...(await withDuckDb(ask)));
    const { cells } = city;
    const asked = { people, right };
    const rx = () => rxNaive(people.objects(), (cell) => cells.region[cell] as number);
    rows.push(await askInProcess("RxJS groupBy", asked, rx, (found) => found));
    const columns = people.columns();
    rows.push(await askInProcess("Lifecircle's parts", asked, () => columnsNaive(city, columns), namedAnswer));
    const engine = engineOver(people, config);
    const { hash, homes, hot, close, days } = engine;
    const homesRight = right(homes);
    const row = (task: PeerRow["task"], who: string, cpuSeconds: number, seconds = cpuSeconds): PeerRow => ({
      task,
      who,
      seconds,
      cpuSeconds,
      hash,
      homesRight,
    });
    const dayOf = (seconds: number) => seconds / days;
    rows.push(
      row("whole", "Lifecircle", hot + close, engine.seconds),
      row("fresh", "Lifecircle, a close a day", dayOf(hot + close) / REFRESHES),
      row("fresh", "Lifecircle, a close each time", dayOf(hot) / REFRESHES + engine.lastClose),
    );
    const order = ["naive", "whole", "fresh"];
    rows.sort((a, b) => order.indexOf(a.task) - order.indexOf(b.task));
    return { events: people.events, subscribers: people.subscribers, days, rows };
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Right = (homes: ReadonlyMap<string, string>) => number;

async function askPeer(peer: Peer, people: People, tables: readonly Table[], right: Right): Promise<PeerRow[]> {
  for (const table of tables) await peer.load(table);
  const { dialect, name } = peer;
  const rows: PeerRow[] = [];
  const naive = async (who: string, staysSql: string) => {
    for (const table of ["naive_stays", "naive_homes"]) await peer.drop(table);
    const effort = await effortOf(peer, async () => {
      await peer.run(staysSql);
      await peer.run(naiveHomes(dialect));
    });
    const homes = await homesIn(peer, "SELECT subscriber, region_name FROM naive_homes JOIN regions USING (region)");
    rows.push({ task: "naive", who, ...effort, hash: await naiveHash(peer), homesRight: right(homes) });
  };
  await naive(`${name}, windows`, naiveStays(dialect));
  if (name === "ClickHouse") await naive(`${name}, arrays`, ARRAY_STAYS);
  const derive = async (task: PeerRow["task"], who: string, work: () => Promise<void>) => {
    for (const table of ["stays_open", "stays_now", "anchors_sql", "memberships_sql"]) await peer.drop(table);
    const effort = await effortOf(peer, async () => {
      await work();
      await peer.run(anchors(dialect, "stays_now"));
      await peer.run(circles(dialect, "stays_now"));
    });
    const homes = await homesIn(
      peer,
      "SELECT subscriber, region_name FROM anchors_sql JOIN regions USING (region) WHERE kind = 'home'",
    );
    rows.push({ task, who, ...effort, hash: await wholeHash(peer), homesRight: right(homes) });
  };
  const everything = () => peer.run(stays(dialect, "stays_now", 0));
  await derive("whole", name, everything);
  await derive("fresh", `${name}, all anew`, everything);
  const today = Math.floor((people.latestMs + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS;
  await peer.run(`${dialect.create("stays_closed", "subscriber")} SELECT * FROM stays_now WHERE starts < ${today}`);
  await derive("fresh", `${name}, stays of past days kept`, async () => {
    await peer.run(stays(dialect, "stays_open", today));
    const both = "SELECT * FROM stays_closed UNION ALL SELECT * FROM stays_open";
    await peer.run(`${dialect.create("stays_now", "subscriber")} ${both}`);
  });
  return rows;
}

async function homesIn(peer: Peer, sql: string): Promise<Map<string, string>> {
  const rows = await peer.rows(sql);
  return new Map(rows.map(({ subscriber, region_name }) => [String(subscriber), String(region_name)]));
}

/** A sum over all stays and one over all homes, whose parts are small enough for 64 bits. */
async function naiveHash(peer: Peer): Promise<string> {
  const [staysRow] = await peer.rows(
    "SELECT count(*) AS n, sum(ends - starts) AS spent, sum((subscriber % 1000003) * (starts % 10007) + cell) AS mixed FROM naive_stays",
  );
  const [homesRow] = await peer.rows(
    "SELECT count(*) AS n, sum((subscriber % 1000003) * (region + 1)) AS mixed FROM naive_homes",
  );
  return hashOf([staysRow?.n, staysRow?.spent, staysRow?.mixed, homesRow?.n, homesRow?.mixed]);
}

async function wholeHash(peer: Peer): Promise<string> {
  const [staysRow] = await peer.rows(
    "SELECT count(*) AS n, sum(ends - starts) AS spent, sum(square) AS places FROM stays_now",
  );
  const circleRows = await peer.rows(
    "SELECT circle, count(*) AS n, sum(subscriber % 1000003) AS who FROM memberships_sql GROUP BY circle ORDER BY circle",
  );
  return hashOf([
    staysRow?.n,
    staysRow?.spent,
    staysRow?.places,
    ...circleRows.flatMap(({ circle, n, who }) => [circle, n, who]),
  ]);
}

interface Naive {
  readonly stays: readonly RxStay[];
  readonly homes: ReadonlyMap<string, number>;
}

/** @param named makes what was found comparable, and is not timed */
async function askInProcess<Found>(
  who: string,
  { people, right }: { readonly people: People; readonly right: Right },
  find: () => Found | Promise<Found>,
  named: (found: Found) => Naive,
): Promise<PeerRow> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  const found = await find();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startMs) / 1000;
  const { stays, homes } = named(found);
  let [spent, mixed, homesMixed] = [0, 0n, 0n];
  for (const { subscriber, cell, starts, ends } of stays) {
    spent += ends - starts;
    mixed += (BigInt(subscriber) % 1_000_003n) * BigInt(starts % 10_007) + BigInt(cell);
  }
  for (const [subscriber, region] of homes) homesMixed += (BigInt(subscriber) % 1_000_003n) * BigInt(region + 1);
  const inRegions = [...homes].map(
    ([subscriber, region]) => [subscriber, people.city.regions.id[region] ?? ""] as const,
  );
  return {
    task: "naive",
    who,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    hash: hashOf([stays.length, spent, mixed, homes.size, homesMixed]),
    homesRight: right(new Map(inRegions)),
  };
}

function hashOf(values: readonly (string | number | bigint | undefined)[]): string {
  return createHash("sha256").update(values.map(String).join("\n")).digest("hex").slice(0, 12);
}

function tell({ events, subscribers, days, rows }: PeersFigure): void {
  console.log(machine());
  console.log(`${subscribers} people, ${days} days, ${events} events`);
  console.table(
    rows.map(({ task, who, seconds, cpuSeconds, hash, homesRight }) => ({
      task,
      who,
      seconds: seconds.toPrecision(3),
      "CPU seconds": cpuSeconds.toPrecision(3),
      "events a CPU second": task === "fresh" ? "" : Math.round(events / cpuSeconds),
      "homes right": homesRight === null ? "" : `${(100 * homesRight).toFixed(1)} %`,
      hash,
    })),
  );
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      subscribers: { type: "string", default: "1000" },
      days: { type: "string", default: "28" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const simulation = { subscribers: Number(values.subscribers), days: Number(values.days), seed: Number(values.seed) };
  const figure = await withSimulated(values.data, simulation, benchPeers);
  if (values.json) console.log(JSON.stringify({ machine: machine(), ...figure }));
  else tell(figure);
}
