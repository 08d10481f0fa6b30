import { describe, expect, test } from "vitest";
import { nearestName } from "../../src/signal/nearest-name.js";

describe("the nearest name", () => {
  test("bears a missing, a wrong, a surplus and two swapped characters", () => {
    const names = ["partitions", "password", "port"];
    for (const typed of ["partitons", "partitiins", "partitionss", "pratitions", "Partitions"]) {
      expect(nearestName(typed, names)).toBe("partitions");
    }
  });

  test("is none when nothing is near", () => {
    expect(nearestName("colour", ["partitions", "password"])).toBeNull();
    expect(nearestName("", ["a"])).toBeNull();
  });
});
