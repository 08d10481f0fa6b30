import { expect, test } from "vitest";
import { Kept } from "../../src/http/kept.js";

/** A maker that counts, and is done when it is told. */
function maker() {
  const calls: ((value: string) => void)[] = [];
  return { calls, make: () => new Promise<string>((resolve) => calls.push(resolve)) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
const OPTIONS = {
  secondsMax: 60,
  meanwhileSecondsMax: 0,
  weightMax: 10,
  oneWeightMax: 6,
  weightOf: (value: string) => value.length,
};

test("those who ask while an answer is under way share it, and it is given again", async () => {
  const kept = new Kept(OPTIONS);
  const { calls, make } = maker();
  const both = [kept.get("a", make), kept.get("a", make)];
  await turn();
  calls[0]?.("answer");
  expect(await Promise.all(both)).toEqual(["answer", "answer"]);
  expect(await kept.get("a", make)).toBe("answer");
  expect(calls).toHaveLength(1);
});

test("what fails or is too large is made anew, and so is what was crowded out or is too old", async () => {
  const kept = new Kept(OPTIONS);
  await expect(kept.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await kept.get("a", async () => "too large")).toBe("too large");
  expect(await kept.get("a", async () => "one")).toBe("one");
  await kept.get("b", async () => "two");
  await kept.get("c", async () => "three");
  expect(await kept.get("a", async () => "anew")).toBe("anew");
  const brief = new Kept({ ...OPTIONS, secondsMax: 0 });
  await brief.get("a", async () => "one");
  expect(await brief.get("a", async () => "two")).toBe("two");
});

test("after its while it is given again as long as what it is made from is the same, and is made anew when that has changed", async () => {
  const kept = new Kept({ ...OPTIONS, secondsMax: 0 });
  let version = "1";
  let made = 0;
  const make = async () => `${++made}`;
  const get = () => kept.get("a", make, async () => version);
  expect([await get(), await get(), await get()]).toEqual(["1", "1", "1"]);
  version = "2";
  expect([await get(), await get()]).toEqual(["2", "2"]);
  expect(await Promise.all([get(), get()])).toEqual(["2", "2"]);
  version = "3";
  expect(await Promise.all([get(), get()])).toEqual(["3", "3"]);
  expect(made).toBe(3);
});

test("an answer that was begun before a change is not taken for one after it", async () => {
  const kept = new Kept({ ...OPTIONS, secondsMax: 0 });
  const { calls, make } = maker();
  let version = "1";
  const first = kept.get("a", make, async () => version);
  await turn();
  version = "2";
  calls[0]?.("old");
  expect(await first).toBe("old");
  expect(
    await kept.get(
      "a",
      async () => "new",
      async () => version,
    ),
  ).toBe("new");
});

test("beside the next answer the former one is given for a while, and a next one that fails is not kept", async () => {
  const kept = new Kept({ ...OPTIONS, secondsMax: 0, meanwhileSecondsMax: 60 });
  const { calls, make } = maker();
  expect(await kept.get("a", async () => "old")).toBe("old");
  expect([await kept.get("a", make), await kept.get("a", make)]).toEqual(["old", "old"]);
  expect(calls).toHaveLength(1);
  calls[0]?.("new");
  await turn();
  expect(await kept.get("a", () => Promise.reject(new Error("away")))).toBe("new");
  await turn();
  expect(await kept.get("a", async () => "made anew")).toBe("made anew");
});

test("who makes the next one is told whether somebody waits for it", async () => {
  const kept = new Kept({ ...OPTIONS, secondsMax: 0, meanwhileSecondsMax: 0.05 });
  const told: boolean[] = [];
  const make = async (isAwaited: boolean) => {
    told.push(isAwaited);
    return "made";
  };
  await kept.get("a", make);
  await kept.get("a", make);
  await new Promise((done) => setTimeout(done, 100));
  await kept.get("a", make);
  expect(told).toEqual([true, false, true]);
});
