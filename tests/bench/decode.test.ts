import { expect, test } from "vitest";
import { measureDecode } from "../../bench/decode.js";

test("the decode benchmark reads every row on each way, tiny", async () => {
  const figures = await measureDecode(5000);
  expect(figures).toHaveLength(7);
  for (const figure of figures) {
    expect(figure.events).toBe(5000);
    expect(figure.eventsPerSecond).toBeGreaterThan(0);
  }
  const columnar = figures.find(({ question }) => question === "columnar message, compiled");
  expect(columnar?.bytesPerEvent).toBeLessThan(24.5);
});
