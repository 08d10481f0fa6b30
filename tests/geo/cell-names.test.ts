import { expect, test } from "vitest";
import { cellName } from "../../src/geo/cell-names.js";
import { parseCell } from "../../src/signal/identity.js";
import { loadSound } from "./city-files.js";

test("a row has the name that its key was read from, however often it is asked for", () => {
  const city = loadSound();
  for (const _ of [1, 2])
    for (let row = 0; row < city.cells.count; row++) {
      const key = parseCell(cellName(city, row));
      expect([key?.hi, key?.lo]).toEqual([city.cells.keyHi[row], city.cells.keyLo[row]]);
    }
});
