import { expect, test, vi } from "vitest";
import { Gathered } from "../../src/http/gathered.js";

test("those who ask at once are read together, each person once, and of whom nothing is known there is null", async () => {
  const readings: (readonly string[])[] = [];
  const read = async (keys: readonly string[]) => {
    readings.push(keys);
    return new Map(keys.filter((key) => key !== "stranger").map((key) => [key, key.toUpperCase()]));
  };
  const gathered = new Gathered({ read, apartMs: 20, keysMax: 3 });
  const first = ["a", "b", "a", "stranger"].map((key) => gathered.get(key));
  expect(await Promise.all(first)).toEqual(["A", "B", "A", null]);
  expect(readings).toEqual([["a", "b"], ["stranger"]]);
});

test("two readings begin no closer together than they may", async () => {
  const begun: number[] = [];
  const read = async (keys: readonly string[]) => {
    begun.push(performance.now());
    return new Map(keys.map((key) => [key, key]));
  };
  const gathered = new Gathered({ read, apartMs: 50, keysMax: 100 });
  await gathered.get("a");
  await Promise.all([gathered.get("b"), gathered.get("c")]);
  expect(begun).toHaveLength(2);
  // A timer may be early by the part of a millisecond.
  expect((begun[1] as number) - (begun[0] as number)).toBeGreaterThan(48);
});

test("while one reading goes on no other begins, and those who came meanwhile are read together after it", async () => {
  let atWork = 0;
  const readings: number[] = [];
  const finish: (() => void)[] = [];
  const read = async (keys: readonly string[]) => {
    readings.push(keys.length);
    expect(++atWork).toBe(1);
    await new Promise<void>((done) => finish.push(done));
    atWork--;
    return new Map(keys.map((key) => [key, key]));
  };
  const begun = (count: number) => vi.waitFor(() => expect(finish).toHaveLength(count), { timeout: 5000 });
  const gathered = new Gathered({ read, apartMs: 1, keysMax: 100 });
  const all = [gathered.get("a")];
  await begun(1);
  for (let n = 0; n < 6; n++) all.push(gathered.get(`later ${n}`));
  await new Promise((done) => setTimeout(done, 20));
  finish[0]?.();
  await begun(2);
  finish[1]?.();
  await Promise.all(all);
  expect(readings).toEqual([1, 6]);
});

test("a reading that fails fails for those who wait for it, and for nobody else", async () => {
  let fails = true;
  const read = async (keys: readonly string[]) => {
    if (fails) throw new Error("away");
    return new Map(keys.map((key) => [key, key]));
  };
  const gathered = new Gathered({ read, apartMs: 1, keysMax: 100 });
  const both = await Promise.allSettled([gathered.get("a"), gathered.get("b")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await gathered.get("a")).toBe("a");
});
