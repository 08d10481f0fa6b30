import { expect, test, vi } from "vitest";
import { alignedBuffer } from "../../src/stay/aligned-buffer.js";

test("a buffer has the bytes that were asked for, all of them 0, be it small or large", () => {
  for (const bytes of [0, 64, 2 ** 20 - 64, 2 ** 20, 3 * 2 ** 20 + 64]) {
    const buffer = alignedBuffer(bytes);
    expect(buffer.byteLength).toBeGreaterThanOrEqual(bytes);
    expect(new Uint8Array(buffer).every((byte) => byte === 0)).toBe(true);
  }
});

test("a large one is a memory of pages, so it begins with a line of the cache", () => {
  expect(alignedBuffer(2 ** 20 + 1).byteLength % 65_536).toBe(0);
});

test("where the process may not have so many addresses, the bytes lie where there is room for them", () => {
  const none = class {
    constructor() {
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    }
  };
  vi.stubGlobal("WebAssembly", { Memory: none });
  try {
    expect(alignedBuffer(5_000_000).byteLength).toBe(5_000_000);
  } finally {
    vi.unstubAllGlobals();
  }
});
