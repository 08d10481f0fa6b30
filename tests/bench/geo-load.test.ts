import { expect, test } from "vitest";
import { benchGeoLoad } from "../../bench/geo-load.js";

test("the benchmark of loading a plan runs, tiny, with and without sectors", async () => {
  for (const sectors of [1, 3]) {
    const result = await benchGeoLoad(300, sectors);
    expect(result.cells).toBe(300);
    expect(result.seconds).toBeGreaterThan(0);
    expect(result.rssPeakMb).toBeGreaterThan(10);
  }
});
