import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ScratchFile, scratchFolder } from "../../src/checkpoint/scratch-file.js";
import type { Extent } from "../../src/circle/packed-runs.js";
import { TestDisk } from "../circle/test-disk.js";
import { temporary } from "../derivation.js";

const never = (message: string) => expect.unreachable(message);

test("words lie in a file that nobody sees, and none is made before there are any", () => {
  const dir = join(temporary("data"), "below");
  const scratch = new ScratchFile(scratchFolder(dir), 0, never);
  expect(existsSync(dir)).toBe(false);
  const words = Uint32Array.from({ length: 1000 }, (_, i) => i * 77);
  const extent = scratch.write(words) as Extent;
  expect(readdirSync(dir)).toEqual([]);
  const read = new Uint32Array(10);
  scratch.read(extent, 990, read);
  expect(read).toEqual(words.subarray(990));
  scratch.wipe(extent, 989, 3);
  scratch.read(extent, 988, read);
  expect([...read.subarray(0, 5)]).toEqual([988 * 77, 0, 0, 0, 992 * 77]);
  scratch.close();
});

test("a folder that cannot be made is told like a full disk", () => {
  const said: string[] = [];
  const scratch = new ScratchFile(scratchFolder("/dev/null/none"), 0, (message) => said.push(message));
  expect(scratch.write(Uint32Array.of(1))).toBeNull();
  expect(said).toEqual([expect.stringMatching(/a file without a name in \/dev\/null\/none \(ENOTDIR.*may be written/)]);
});

test("a file that has lost its end is told, with the place and the mend", () => {
  const disk = new TestDisk();
  const scratch = new ScratchFile(disk, 0, never);
  const extent = scratch.write(new Uint32Array(100)) as Extent;
  disk.bytes = disk.bytes.slice(0, 300);
  expect(() => scratch.read(extent, 0, new Uint32Array(100))).toThrow(
    /read back from a disk of the test: it is shorter(.|\n)*mend: .*engine.diaryMegabytesMax/,
  );
});

test("each extent has its own words until it is given back, and what is given back is used again", () => {
  const step = fc.record({ isFree: fc.boolean(), which: fc.nat(), length: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(600, 1e9), (steps, bytesMax) => {
      const disk = new TestDisk();
      disk.bytesMax = bytesMax;
      const scratch = new ScratchFile(disk, 0, () => undefined);
      const held: { extent: Extent; words: Uint32Array }[] = [];
      let most = 0;
      for (const [n, { isFree, which, length }] of steps.entries()) {
        if (isFree && held.length > 0) {
          for (const { extent } of held.splice(which % held.length, 1)) scratch.free(extent);
          continue;
        }
        const words = new Uint32Array(length).fill(n + 1);
        const extent = scratch.write(words);
        if (extent !== null) held.push({ extent, words });
        most = Math.max(
          most,
          held.reduce((sum, one) => sum + one.words.length, 0),
        );
      }
      for (const { extent, words } of held) {
        const read = new Uint32Array(words.length);
        scratch.read(extent, 0, read);
        expect(read).toEqual(words);
      }
      // Fifty words at most go into a hole of fewer than fifty nowhere.
      expect(disk.bytes.length).toBeLessThanOrEqual(Math.min(bytesMax, 4 * 50 * (most + 1)));
      for (const { extent } of held) scratch.free(extent);
      expect(scratch.write(Uint32Array.of(1))?.at).toBe(0);
    }),
  );
});

test("what is written again and again, each time somewhat longer, takes little more than once its room", () => {
  const disk = new TestDisk();
  const scratch = new ScratchFile(disk, 0, never);
  const extents: Extent[] = [];
  for (let day = 0; day < 28; day++)
    for (let run = 0; run < 50; run++) {
      const before = extents[run];
      if (before !== undefined) scratch.free(before);
      extents[run] = scratch.write(new Uint32Array(100 + 10 * day + ((run * 7) % 13))) as Extent;
    }
  const held = extents.reduce((sum, { length }) => sum + 4 * length, 0);
  expect(disk.bytes.length).toBeLessThan(1.25 * held);
});
