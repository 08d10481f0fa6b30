import { expect, test } from "vitest";
import { deleteTrigger, makeTrigger, readTrigger } from "../../src/store/triggers.js";
import type { Trigger } from "../../src/trigger/trigger.js";
import { storeOfTests } from "./support.js";

const here = storeOfTests();

const triggerOf = (principal: string): Trigger => ({
  ...{
    trigger: "match",
    on: "enter",
    where: { kind: "circle", circle: "sport" },
    quiet: null,
    cap: null,
    expires: null,
  },
  ...{ createdMs: 1, principal, role: "marketer", purpose: "tests", regions: null },
});

test("of several that make a trigger of one id at once one does, and its id is free again when it is deleted", async () => {
  for (let round = 0; round < 3; round++) {
    const makers = ["a", "b", "c", "d"];
    const made = await Promise.all(makers.map((maker) => makeTrigger(here.store.client, triggerOf(maker))));
    expect(made.filter((isMade) => isMade)).toHaveLength(1);
    const winner = triggerOf(makers[made.indexOf(true)] as string);
    expect(await readTrigger(here.store.client, "match")).toEqual(winner);
    expect(await makeTrigger(here.store.client, triggerOf("late"))).toBe(false);
    await deleteTrigger(here.store.client, winner);
    expect(await readTrigger(here.store.client, "match")).toBeNull();
  }
});
