/**
 * What does the engine lose or double when its surroundings fail? Each round feeds a simulated city to real servers on loopback, strikes
 * them with faults drawn from a seed, and compares every row of every table with an undisturbed run.
 * `npm run faults -- [--rounds 10] [--seed 1] [--json]`; a failing round is run again with its seed. The test of the same name runs one.
 * `npm run faults -- --away 600` is one round in which the store is away for ten minutes: the engine neither ends nor takes more from the stream.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSimulation } from "../src/simulate/write.js";
import { hasLost } from "./faults/copies.js";
import { type Outcome, type Plan, planOf, runRound, storeAway, undisturbed } from "./faults/round.js";
import type { Rows } from "./faults/rows.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";

/** Differing rows of a round that are shown. */
const SHOWN_MAX = 5;
/** Characters of the engine's log that are shown with them. */
const SAID_MAX = 3000;

/** Runs the rounds of these seeds one after another and hands each over as it ends. */
export async function runFaults(
  seeds: readonly number[],
  told: (outcome: Outcome) => void,
  plan: (seed: number) => Plan = planOf,
): Promise<Outcome[]> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-faults-city-"));
  const cities = new Map<number, Promise<{ dir: string; rows: Rows }>>();
  const cityOf = async ({ citySeed: seed, people: subscribers, days }: Plan) => {
    const cityDir = join(dir, String(seed));
    await writeSimulation(cityDir, { subscribers, days, seed });
    return { dir: cityDir, rows: await undisturbed(cityDir) };
  };
  const outcomes: Outcome[] = [];
  try {
    for (const seed of seeds) {
      const round = plan(seed);
      const city = cities.get(round.citySeed) ?? cityOf(round);
      cities.set(round.citySeed, city);
      const { dir: cityDir, rows } = await city;
      const outcome = await runRound(round, cityDir, rows);
      outcomes.push(outcome);
      told(outcome);
    }
    return outcomes;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What the engine says of a checkpoint that it passes over. */
const UNUSABLE = "trying the one before it";

/** Its tables are those of an undisturbed run, and no fault made a checkpoint that a start could not use. */
export function isWell({ failure, missing, extra, said }: Outcome): boolean {
  return failure === null && missing.length + extra.length === 0 && !said.includes(UNUSABLE);
}

/** It waited for the store with what it had, left most of what was fed in the stream, and said how much of it. */
export function wasHeld({ restarts, heldBackMax, lagTold, messages }: Outcome): boolean {
  return restarts === 0 && heldBackMax > messages / 2 && lagTold > heldBackMax / 2;
}

/** Its tables are other, and a NATS server has lost messages that it had confirmed: no engine can have read them there. */
export function isVoid(outcome: Outcome): boolean {
  const differs = outcome.missing.length + outcome.extra.length > 0;
  return outcome.failure === null && differs && hasLost(outcome.copies, outcome.messages);
}

function tell(outcome: Outcome): void {
  const { plan, rows, restarts, rssMbMax, grownMbMax, messages, heldBackMax, lagTold } = outcome;
  const { seconds, missing, extra, failure, said } = outcome;
  const faults = plan.strikes.map(({ fault }) => fault.name).join(", ");
  const rowsTold =
    missing.length + extra.length === 0 ? "equal" : `${missing.length} rows missing, ${extra.length} too many`;
  const verdict = said.includes(UNUSABLE) ? `${rowsTold}, and a checkpoint that could not be used` : rowsTold;
  const memory = `${rssMbMax} MB, at most ${grownMbMax} MB more at the end of a fault than at its beginning`;
  const engine = `${restarts} restarts; ${memory}; ${heldBackMax} of ${messages} messages held back, lag told ${lagTold}`;
  console.log(`seed ${plan.seed}: ${verdict} (${rows} rows; ${engine}; ${seconds.toFixed(1)} s) ${faults}`);
  for (const row of missing.slice(0, SHOWN_MAX)) console.log(`  - ${row}`);
  for (const row of extra.slice(0, SHOWN_MAX)) console.log(`  + ${row}`);
  if (failure !== null) console.log(`  ${failure}`);
  if (isVoid(outcome))
    for (const { messages: held, firstSequence } of outcome.copies)
      console.log(`  a NATS server holds ${held} of ${messages} confirmed messages, from sequence ${firstSequence} on`);
  if (!isWell(outcome)) console.log(said.slice(-SAID_MAX));
}

/** By fault: rounds in which it struck, and how many of them ended with other tables. */
function table(outcomes: readonly Outcome[]) {
  const counts: Record<string, { strikes: number; rounds: number; differing: number }> = {};
  for (const outcome of outcomes) {
    const names = outcome.plan.strikes.map(({ fault }) => fault.name);
    for (const name of new Set(names)) {
      counts[name] ??= { strikes: 0, rounds: 0, differing: 0 };
      counts[name].rounds++;
      counts[name].strikes += names.filter((other) => other === name).length;
      if (!isWell(outcome) && !isVoid(outcome)) counts[name].differing++;
    }
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a.localeCompare(b)));
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      away: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const awayMs = values.away === undefined ? null : Number(values.away) * 1000;
  const seeds = Array.from({ length: awayMs === null ? Number(values.rounds) : 1 }, (_, i) => Number(values.seed) + i);
  const plan = awayMs === null ? planOf : (seed: number) => storeAway(seed, awayMs);
  const outcomes = await runFaults(seeds, values.json ? () => undefined : tell, plan);
  const isBad = (outcome: Outcome) => (!isWell(outcome) && !isVoid(outcome)) || (awayMs !== null && !wasHeld(outcome));
  const differing = outcomes.filter(isBad);
  const voids = outcomes.filter(isVoid).length;
  const faults = table(outcomes);
  if (values.json)
    console.log(
      JSON.stringify({
        machine: machine(),
        rounds: outcomes.length,
        differing: differing.length,
        voids,
        faults,
        outcomes,
      }),
    );
  else {
    console.log(machine());
    console.table(faults);
    const lost = `${voids} in which a NATS server had lost confirmed messages`;
    console.log(`${outcomes.length} rounds, ${differing.length} with a difference, and ${lost}`);
  }
  process.exitCode = differing.length === 0 ? 0 : 1;
}
