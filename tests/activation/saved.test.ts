import { expect, test } from "vitest";
import { type SavedAudience, SavedAudiences } from "../../src/activation/saved.js";
import { storeOfTests } from "../store/support.js";

const here = storeOfTests();
const anybody = () => undefined;

test("of processes that save, remove and save one audience at once each has a version of its own, and none is lost", async () => {
  // What a process knows of others it knows from the store alone.
  const processes = Array.from({ length: 4 }, () => new SavedAudiences(here.store.client));
  const made: SavedAudience[] = [];
  for (let round = 0; round < 3; round++) {
    const saves = processes.map((audiences, p) =>
      audiences.save(
        { audience: "spring", name: `by ${p}`, expression: { circle: `c${round}` }, savedBy: `p${p}` },
        anybody,
      ),
    );
    made.push(...(await Promise.all(saves)));
  }
  expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(made.map((_, i) => i + 1));
  const [first] = processes as [SavedAudiences];
  expect(await first.versions("spring")).toEqual(made.toSorted((a, b) => b.version - a.version));
  const removed = await Promise.all(processes.map((audiences, p) => audiences.remove("spring", `p${p}`, anybody)));
  expect(removed.filter((wasThere) => wasThere)).toHaveLength(1);
});

test("of processes that save under a new id at once one owns it, and the others are asked whether they may change it", async () => {
  const owners: string[] = [];
  const saves = Array.from({ length: 4 }, (_, p) =>
    new SavedAudiences(here.store.client).save(
      { audience: "race", name: `by ${p}`, expression: { circle: "film" }, savedBy: `p${p}` },
      (owner) => {
        owners.push(owner);
        throw new Error("somebody else's");
      },
    ),
  );
  const ended = await Promise.allSettled(saves);
  const [won] = ended.filter((end) => end.status === "fulfilled");
  expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(owners).toEqual(owners.map(() => won?.value.savedBy));
});
