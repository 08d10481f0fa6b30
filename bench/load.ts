/**
 * How long do questions to the API take while the engine works at half of what it can, with many clients, and what does that cost the
 * engine?
 * `npm run bench -- load [--clients 200] [--seconds 300] [--pause-ms 1000] [--subscribers 20000] [--per-day 60] [--live-per-day 0] [--fill-seconds 60] [--warm-seconds 20] [--apart 1] [--seed 1] [--json]`;
 * the test of the same name runs it tiny.
 *
 * `lifecircle engine` and `lifecircle api` beside it (with `--apart 0` `lifecircle up`, which is both) over a NATS server and an embedded
 * ClickHouse; this process makes the events and is all the clients. First events as fast as the engine takes them; then half of that rate
 * alone; with clients that pause between two questions, of which the first seconds warm up and are not counted; and with clients that do
 * not, which is more than the machine can answer. Event time runs as much faster than the clock as the events are more than the subscribers
 * make in a day, so closes of days, and changes of what is asked about, come as often as `daySeconds` says.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type AskedEngine, type Cpu, subjectsOf, withAskedEngine } from "./support/asked-engine.js";
import { type Asked, askAll } from "./support/clients.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";

const OPTIONS = {
  clients: 200,
  seconds: 300,
  pauseMs: 1000,
  subscribers: 20_000,
  perDay: 60,
  /** Events of somebody a day once the first phase is over; 0: as before. With more of them a day takes longer. */
  livePerDay: 0,
  fillSeconds: 60,
  warmSeconds: 20,
  /** 1: the API is a process of its own. */
  apart: 1,
  seed: 1,
};
const AHEAD_MAX = 131_072;
const TAKEN_MS = 200;

export type LoadOptions = typeof OPTIONS;

export interface LoadPhase {
  readonly name: string;
  /** Events a second that the engine took, and that were offered; null: as many as it takes. */
  readonly eventsPerSecond: number;
  readonly offered: number | null;
  /** Most messages that waited in the stream. */
  readonly waitingMax: number;
  /** Processor time over the time of the phase; 1 is a core. */
  readonly cpu: Cpu;
  readonly asked: readonly Asked[];
  readonly seconds: number;
  /** Seconds of the clock in which an event day passes. */
  readonly daySeconds: number;
}

export async function benchLoad(options: LoadOptions): Promise<LoadPhase[]> {
  const { apart, perDay, subscribers, seed } = options;
  return withAskedEngine({ isApart: apart === 1, eventsPerDay: perDay, subscribers, seed }, (asked) =>
    phases(asked, options),
  );
}

async function phases(setup: AskedEngine, options: LoadOptions): Promise<LoadPhase[]> {
  const { seconds, pauseMs, livePerDay } = options;
  const clients = setup.clients(options.clients);
  const full = await runPhase(setup, "as fast as it takes", null, options.fillSeconds, null);
  const half = full.eventsPerSecond / 2;
  if (livePerDay > 0) setup.feed.hearEach(livePerDay);
  const alone = await runPhase(setup, "half, nobody asks", half, seconds / 5, null);
  const subjects = await subjectsOf(setup.store);
  const ask = (pauseMean: number) => (isOver: () => boolean) => askAll(clients, subjects, pauseMean, isOver);
  await runPhase(setup, "warm-up", half, options.warmSeconds, ask(pauseMs));
  const asked = await runPhase(setup, "half, clients that pause", half, seconds, ask(pauseMs));
  const overload = await runPhase(setup, "half, clients without pause", half, seconds / 5, ask(0));
  return [full, alone, asked, overload];
}

type Work = (isOver: () => boolean) => Promise<Asked[]>;

async function runPhase(
  { feed, engine, cpu }: AskedEngine,
  name: string,
  offered: number | null,
  seconds: number,
  work: Work | null,
): Promise<LoadPhase> {
  const startMs = performance.now();
  const elapsed = () => (performance.now() - startMs) / 1000;
  const before = { taken: await engine.metric("lifecircle_events_total"), sent: feed.events, cpu: cpu() };
  const asking = work?.(() => elapsed() >= seconds) ?? Promise.resolve([]);
  let taken = before.taken;
  let waitingMax = 0;
  let lookedMs = startMs;
  while (elapsed() < seconds) {
    const isDue = offered === null ? feed.events - taken < AHEAD_MAX : feed.events - before.sent < offered * elapsed();
    if (isDue) await feed.next();
    else await sleep(1);
    if (performance.now() - lookedMs < TAKEN_MS) continue;
    taken = await engine.metric("lifecircle_events_total");
    waitingMax = Math.max(waitingMax, await engine.metric("lifecircle_lag_messages"));
    lookedMs = performance.now();
  }
  await feed.drain();
  const spent = elapsed();
  taken = await engine.metric("lifecircle_events_total");
  const after = cpu();
  const share = (process: keyof LoadPhase["cpu"]) => rounded((after[process] - before.cpu[process]) / spent);
  return {
    name,
    eventsPerSecond: Math.round((taken - before.taken) / spent),
    offered: offered === null ? null : Math.round(offered),
    waitingMax,
    cpu: {
      ...{ engine: share("engine"), api: share("api"), clickhouse: share("clickhouse") },
      ...{ nats: share("nats"), bench: share("bench") },
    },
    asked: await asking,
    seconds: spent,
    daySeconds: Math.round((feed.eventsOfDay * spent) / (taken - before.taken)),
  };
}

/** The times below which a share of the answers lies, ms. */
export function percentiles(asked: readonly Asked[]): { p50: number; p99: number; most: number } {
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * sorted.length)] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99), most: Math.round(sorted.at(-1) ?? Number.NaN) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What became of the questions of a phase. */
function outcome({ asked, seconds }: LoadPhase) {
  const answered = asked.filter(({ status }) => status === 200);
  const away = asked.filter(({ status }) => status === 429);
  return {
    "answers/s": Math.round(answered.length / seconds),
    "asked/s": Math.round(asked.length / seconds),
    ...percentiles(answered),
    "429": away.length,
    "answered %": Math.round(100 * (1 - away.length / asked.length)),
    "without Retry-After": away.filter(({ saidWhen }) => !saidWhen).length,
    "429 p99": percentiles(away).p99,
    others: asked.length - answered.length - away.length,
  };
}

function tell(figures: readonly LoadPhase[], options: LoadOptions): void {
  console.log(machine());
  console.log(JSON.stringify(options));
  console.table(
    Object.fromEntries(
      figures.map(({ name, eventsPerSecond, offered, waitingMax, daySeconds, cpu }) => [
        name,
        {
          offered: offered ?? "all",
          "events/s": eventsPerSecond,
          taken: offered === null ? "" : `${Math.round((100 * eventsPerSecond) / offered)} %`,
          daySeconds,
          "most waiting": waitingMax,
          ...cpu,
        },
      ]),
    ),
  );
  const withClients = figures.filter(({ asked }) => asked.length > 0);
  console.table(Object.fromEntries(withClients.map((phase) => [phase.name, outcome(phase)])));
  for (const { name, asked } of withClients) {
    const answered = asked.filter(({ status }) => status === 200);
    const names = [...new Set(answered.map(({ operation }) => operation))].sort();
    console.log(name);
    console.table(
      Object.fromEntries(
        names.map((operation) => {
          const own = answered.filter((one) => one.operation === operation);
          return [operation, { answers: own.length, ...percentiles(own) }];
        }),
      ),
    );
    const others = asked.filter(({ status }) => status !== 200 && status !== 429);
    if (others.length > 0) console.log("others:", [...new Set(others.map((one) => `${one.operation} ${one.status}`))]);
  }
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figures = await benchLoad(options);
  if (json)
    console.log(
      JSON.stringify({ machine: machine(), ...options, phases: figures.map((p) => ({ ...p, asked: outcome(p) })) }),
    );
  else tell(figures, options);
}
