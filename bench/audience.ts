/**
 * How long does it take to count the people of three circles combined, on bits over dense ids and in plain SQL?
 * `npm run bench -- audience [--subscribers N] [--circles N] [--questions N] [--data DIR] [--json]`; the test of the same name runs it tiny.
 *
 * Each person is in each circle with a chance of 1/50 to 1/3, by the circle. The memberships are made inside the store; both ways answer
 * the same questions, `a and b and c`, `a and b and not c`, `a and (b or c)` in turn, and the hash is of their answers.
 */
import { createHash } from "node:crypto";
import { countBits } from "../src/audience/bitset.js";
import type { Expression } from "../src/audience/expression.js";
import { printAudience } from "../src/audience/print.js";
import { Disclosure } from "../src/insight/disclosure.js";
import { AudienceIndex } from "../src/store/audience-index.js";
import type { StoreClient } from "../src/store/client.js";
import { withBenchStore } from "./support/bench-store.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";

const SETS_BYTES_MAX = 2 ** 30;
const PEOPLE_MIN = 15;
const DISCLOSURE = new Disclosure({ peopleMin: PEOPLE_MIN, key: [1, 2, 3, 4] });
const CHANGES = 1000;

export interface AudienceBenchOptions {
  readonly subscribers: number;
  readonly circles: number;
  readonly questions: number;
  /** Questions that SQL answers too; it is slow. */
  readonly sqlQuestions: number;
  /** Folder of a store that is filled the first time and kept; null: one for this run. */
  readonly dataDir: string | null;
}

export interface AudienceFigure extends AudienceBenchOptions {
  readonly memberships: number;
  /** Reading everybody, then every circle, from the store. */
  readonly everybodySeconds: number;
  readonly circlesSeconds: number;
  /** Processor time of this process for both. */
  readonly loadCpuSeconds: number;
  readonly indexMb: number;
  /** Until CHANGES people who entered a circle are in the sets. */
  readonly refreshSeconds: number;
  /** Exact sets. */
  readonly bits: Latency;
  /** As the API counts: each condition that tells of fewer than k is left out, and the set has its fingerprint and its noise. */
  readonly told: Latency;
  readonly sql: Latency;
  /** Of the questions that both were asked. */
  readonly bitsHash: string;
  readonly sqlHash: string;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Processor time of this process; on a machine with other work the truer figure. */
  readonly cpuP99Ms: number;
}

export function benchAudience(options: AudienceBenchOptions): Promise<AudienceFigure> {
  return withBenchStore(async ({ store: { client } }) => {
    await client.command({ query: "SYSTEM STOP MERGES memberships_rows" });
    const memberships = (await count(client)) || (await fill(client, options));
    const cpu = process.cpuUsage();
    const started = performance.now();
    const index = await AudienceIndex.open(client, { setBytesMax: SETS_BYTES_MAX });
    const opened = performance.now();
    for (let i = 0; i < options.circles; i++) await index.people({ circle: nameOf(i) });
    const read = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const refreshSeconds = await refreshed(client, index);
    const questions = Array.from({ length: options.questions }, (_, i) => question(i, options.circles));
    const both = questions.slice(0, options.sqlQuestions);
    const bits = await timed(questions, async (asked) => countBits(await index.people(asked)));
    const told = await timed(questions, async (asked) => {
      const { people } = index.told(await index.peopleToTell(asked, PEOPLE_MIN), DISCLOSURE);
      return people;
    });
    const sql = await timed(both, (asked) => countInSql(client, asked));
    return {
      ...options,
      memberships,
      everybodySeconds: (opened - started) / 1000,
      circlesSeconds: (read - opened) / 1000,
      loadCpuSeconds: (user + system) / 1e6,
      refreshSeconds,
      indexMb: Math.round(index.byteLength / 2 ** 20),
      bits: bits.latency,
      told: told.latency,
      sql: sql.latency,
      bitsHash: hashOf(bits.answers.slice(0, both.length)),
      sqlHash: hashOf(sql.answers),
    };
  }, options.dataDir);
}

/** Writes people who enter a circle, and takes them in. */
async function refreshed(client: StoreClient, index: AudienceIndex): Promise<number> {
  for (const [table, more, values] of [
    ["memberships_rows", "gone", "0"],
    ["membership_log_rows", "time, change", "1760000000, 'entered'"],
  ] as const)
    await client.command({
      query: `INSERT INTO ${table} (subscriber, dimension, circle, score, since, seen, evidence, version, ${more})
SELECT sipHash64(number), 'behaviour', {circle:String}, 0.8, 1760000000, 1760000000, '', 1760000000001, ${values}
FROM numbers({changes:UInt64})`,
      query_params: { circle: nameOf(0), changes: CHANGES },
    });
  const started = performance.now();
  await index.refresh();
  return (performance.now() - started) / 1000;
}

/**
 * Fills the table circle by circle: an insert of all at once would sort a billion rows. The parts of the circles do not overlap and are not
 * merged, which would take longer than all else.
 */
async function fill(client: StoreClient, { subscribers, circles }: AudienceBenchOptions): Promise<number> {
  for (let i = 0; i < circles; i++) {
    const oneIn = 3 + ((i * 7) % 48);
    await client.command({
      query: `INSERT INTO memberships_rows (subscriber, dimension, circle, score, since, seen, evidence, version, gone)
SELECT sipHash64(number), 'behaviour', {circle:String}, 0.8, 1760000000, 1760000000, '', 1760000000000, 0
FROM numbers({subscribers:UInt64}) WHERE intHash64(number + {i:UInt64} * 1000000007) % {oneIn:UInt32} = 0`,
      query_params: { circle: nameOf(i), subscribers, oneIn, i },
    });
  }
  return count(client);
}

async function count(client: StoreClient): Promise<number> {
  const answer = await client.query({ query: "SELECT count() AS n FROM memberships_rows", format: "JSONEachRow" });
  return Number((await answer.json<{ n: string }>())[0]?.n);
}

function nameOf(i: number): string {
  return `circle-${i}`;
}

function question(i: number, circles: number): Expression {
  const [a, b, c] = [i * 7, i * 13 + 1, i * 29 + 2].map((n) => ({ circle: nameOf(n % circles) })) as [
    Expression,
    Expression,
    Expression,
  ];
  if (i % 3 === 0) return { all: [a, b, c] };
  return i % 3 === 1 ? { all: [a, b, { not: c }] } : { all: [a, { any: [b, c] }] };
}

/** What an analyst would write: one pass over the memberships of the three circles, and a condition on what each person has. */
async function countInSql(client: StoreClient, asked: Expression): Promise<number> {
  const circles: string[] = [];
  const condition = conditionOf(asked, circles);
  const has = circles.map((_, i) => `max(circle = {c${i}:String}) AS h${i}`).join(", ");
  const names = circles.map((_, i) => `{c${i}:String}`).join(", ");
  const answer = await client.query({
    query: `SELECT count() AS n FROM (
  SELECT subscriber, ${has} FROM memberships WHERE circle IN (${names}) GROUP BY subscriber HAVING ${condition})`,
    query_params: Object.fromEntries(circles.map((circle, i) => [`c${i}`, circle])),
    format: "JSONEachRow",
  });
  return Number((await answer.json<{ n: string }>())[0]?.n);
}

/** @param circles names found so far, added to */
function conditionOf(asked: Expression, circles: string[]): string {
  if ("circle" in asked) return `h${circles.push(asked.circle) - 1}`;
  if ("not" in asked) return `NOT (${conditionOf(asked.not, circles)})`;
  if ("all" in asked) return asked.all.map((inner) => `(${conditionOf(inner, circles)})`).join(" AND ");
  if ("any" in asked) return asked.any.map((inner) => `(${conditionOf(inner, circles)})`).join(" OR ");
  throw new Error(`the benchmark does not ask ${printAudience(asked)}`);
}

async function timed(
  questions: readonly Expression[],
  ask: (question: Expression) => Promise<number>,
): Promise<{ answers: number[]; latency: Latency }> {
  const answers: number[] = [];
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (const asked of questions) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    answers.push(await ask(asked));
    times.push(performance.now() - started);
    const { user, system } = process.cpuUsage(cpu);
    cpuTimes.push((user + system) / 1000);
  }
  const [at, cpuAt] = [times, cpuTimes].map(quantilesOf) as [Quantile, Quantile];
  return { answers, latency: { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1), cpuP99Ms: cpuAt(0.99) } };
}

type Quantile = (share: number) => number;

function quantilesOf(times: number[]): Quantile {
  times.sort((a, b) => a - b);
  return (share) => Number((times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(2));
}

function hashOf(answers: readonly number[]): string {
  return createHash("sha256").update(answers.join("\n")).digest("hex").slice(0, 16);
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  const option = (name: string, otherwise: number) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(args[at + 1]);
  };
  const figure = await benchAudience({
    subscribers: option("subscribers", 10_000_000),
    circles: option("circles", 200),
    questions: option("questions", 1000),
    sqlQuestions: option("sql-questions", 10),
    dataDir: args.includes("--data") ? (args[args.indexOf("--data") + 1] ?? null) : null,
  });
  const { bits, told, sql } = figure;
  const text = [
    machine(),
    `${figure.subscribers} subscribers, ${figure.circles} circles, ${figure.memberships} memberships; index ${figure.indexMb} MB, everybody read in ${figure.everybodySeconds.toFixed(1)} s, all circles in ${figure.circlesSeconds.toFixed(1)} s (${figure.loadCpuSeconds.toFixed(1)} s of this process); ${CHANGES} changes in ${figure.refreshSeconds.toFixed(2)} s`,
    `bits  ${figure.questions} questions: p50 ${bits.p50Ms} ms, p99 ${bits.p99Ms} ms (${bits.cpuP99Ms} ms of processor), most ${bits.mostMs} ms; hash ${figure.bitsHash}`,
    `told  ${figure.questions} questions: p50 ${told.p50Ms} ms, p99 ${told.p99Ms} ms (${told.cpuP99Ms} ms of processor), most ${told.mostMs} ms`,
    `SQL   ${figure.sqlQuestions} questions: p50 ${sql.p50Ms} ms, p99 ${sql.p99Ms} ms, most ${sql.mostMs} ms; hash ${figure.sqlHash}`,
  ].join("\n");
  console.log(args.includes("--json") ? JSON.stringify(figure) : text);
}
