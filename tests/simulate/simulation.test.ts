import { beforeAll, describe, expect, test } from "vitest";
import { Simulation } from "../../src/simulate/simulation.js";

interface Heard {
  readonly timeMs: number;
  readonly cell: string;
}

interface Outcome {
  readonly lines: string[];
  readonly stays: string[];
  readonly heard: Map<string, Heard[]>;
}

const SMALL = { subscribers: 240, days: 3 };

function run(options: ConstructorParameters<typeof Simulation>[0]): Outcome {
  const simulation = new Simulation(options);
  const lines: string[] = [];
  const heard = new Map<string, Heard[]>();
  const stays: string[] = [];
  for (const day of simulation.days()) {
    let rows = 0;
    for (const batch of day.batches()) {
      for (const row of batch) {
        rows++;
        lines.push(Object.values(row).join());
        const list = heard.get(row.subscriber);
        const event = { timeMs: Date.parse(row.time), cell: row.cell };
        if (list === undefined) heard.set(row.subscriber, [event]);
        else list.push(event);
      }
    }
    expect(rows).toBe(day.rows);
    stays.push(...simulation.truth.takeStays());
  }
  stays.push(...simulation.truth.takeStays());
  for (const list of heard.values()) list.sort((a, b) => a.timeMs - b.timeMs);
  return { lines, stays, heard };
}

let outcome: Outcome;
beforeAll(() => {
  outcome = run(SMALL);
});

function staysOf({ stays }: Outcome): { subscriber: string; fromMs: number; toMs: number }[] {
  return stays.map((line) => {
    const [subscriber = "", from = "", to = ""] = line.split(",");
    return { subscriber, fromMs: Date.parse(from), toMs: Date.parse(to) };
  });
}

describe("a simulation", () => {
  test("gives the same rows and stays for the same seed, others for another", () => {
    const again = run(SMALL);
    expect(again.lines).toEqual(outcome.lines);
    expect(again.stays).toEqual(outcome.stays);
    expect(run({ ...SMALL, seed: 2 }).lines).not.toEqual(outcome.lines);
  });

  test("gives the same first days however long it runs", () => {
    const [day] = new Simulation({ ...SMALL, days: Number.POSITIVE_INFINITY }).days();
    expect(day?.date).toBe("2025-03-03");
    expect(day?.rows).toBeGreaterThan(1000);
  });

  test("has true stays of ten minutes or more that do not overlap", () => {
    const last = new Map<string, number>();
    for (const { subscriber, fromMs, toMs } of staysOf(outcome)) {
      expect(toMs - fromMs).toBeGreaterThanOrEqual(600_000);
      expect(fromMs).toBeGreaterThanOrEqual(last.get(subscriber) ?? 0);
      last.set(subscriber, toMs);
    }
  });

  test("hears nothing in about a tenth of the true stays", () => {
    const stays = staysOf(outcome);
    const silent = stays.filter(
      ({ subscriber, fromMs, toMs }) =>
        !outcome.heard.get(subscriber)?.some(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs),
    );
    expect(silent.length / stays.length).toBeGreaterThan(0.05);
    expect(silent.length / stays.length).toBeLessThan(0.18);
  });

  test("lets phones at rest go back and forth between cells", () => {
    let returns = 0;
    let all = 0;
    for (const list of outcome.heard.values()) {
      for (let i = 2; i < list.length; i++) {
        all++;
        if (list[i]?.cell === list[i - 2]?.cell && list[i]?.cell !== list[i - 1]?.cell) returns++;
      }
    }
    expect(returns / all).toBeGreaterThan(0.02);
    expect(returns / all).toBeLessThan(0.25);
  });

  test("delivers rows roughly in order of time", () => {
    let latest = 0;
    let behind = 0;
    for (const line of outcome.lines) {
      const timeMs = Date.parse(line.slice(0, 29));
      if (timeMs > latest + 86_400_000 && latest > 0) continue;
      if (timeMs < latest - 60_000) behind++;
      latest = Math.max(latest, timeMs || 0);
    }
    expect(behind).toBeGreaterThan(0);
    expect(behind / outcome.lines.length).toBeLessThan(0.02);
  });

  test("hears most people some sixty times a day, unevenly", () => {
    const counts = [...outcome.heard.values()].map((list) => list.length / SMALL.days).sort((a, b) => a - b);
    const median = counts[Math.floor(counts.length / 2)] ?? 0;
    expect(median).toBeGreaterThan(40);
    expect(median).toBeLessThan(110);
    expect((counts.at(-3) ?? 0) / (counts[3] ?? 1)).toBeGreaterThan(3);
  });

  test("hears people twice as often when asked to", () => {
    const often = run({ ...SMALL, traffic: { eventsPerDay: 200 } });
    expect(often.lines.length).toBeGreaterThan(1.8 * outcome.lines.length);
  });
});
