import { expect, test } from "vitest";
import { Kept } from "../../src/http/kept.js";

/** A maker that counts, and is done when it is told. */
function maker() {
  const calls: ((value: string) => void)[] = [];
  return { calls, make: () => new Promise<string>((resolve) => calls.push(resolve)) };
}

const OPTIONS = { secondsMax: 60, entriesMax: 2, isKept: (value: string) => value !== "large" };

test("those who ask while an answer is under way share it, and it is given again", async () => {
  const kept = new Kept(OPTIONS);
  const { calls, make } = maker();
  const both = [kept.get("a", make), kept.get("a", make)];
  calls[0]?.("answer");
  expect(await Promise.all(both)).toEqual(["answer", "answer"]);
  expect(await kept.get("a", make)).toBe("answer");
  expect(calls).toHaveLength(1);
});

test("what fails or is too large is made anew, and so is what was crowded out or is too old", async () => {
  const kept = new Kept(OPTIONS);
  await expect(kept.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await kept.get("a", async () => "large")).toBe("large");
  expect(await kept.get("a", async () => "one")).toBe("one");
  await kept.get("b", async () => "two");
  await kept.get("c", async () => "three");
  expect(await kept.get("a", async () => "anew")).toBe("anew");
  const brief = new Kept({ ...OPTIONS, secondsMax: 0 });
  await brief.get("a", async () => "one");
  expect(await brief.get("a", async () => "two")).toBe("two");
});
