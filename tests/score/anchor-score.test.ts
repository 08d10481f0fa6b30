import { expect, test } from "vitest";
import type { City } from "../../src/geo/city.js";
import { planeOf } from "../../src/geo/plane.js";
import { scoreAnchors, siteSpacing } from "../../src/score/anchor-score.js";

const plane = planeOf({ west: -1, east: 1, south: -1, north: 1 });
const at = (subscriber: string, metresNorth: number, kind = "home") => ({
  subscriber,
  kind,
  lon: 0,
  lat: metresNorth / plane.metresPerLat,
});
const people = new Set(["1", "2", "3", "4", "5"]);
const truths = [at("1", 0), at("2", 0), at("3", 0), at("9", 0)];

test("an anchor is right within 500 m, or within the spacing of the sites where that is wider", () => {
  const founds = [at("1", 499), at("2", 900)];
  const strict = scoreAnchors("home", truths, founds, people, plane, () => 500);
  expect(strict).toMatchObject({ people: 3, located: 2, right: 1, rateOfLocated: 0.5, within500mShare: 0.5 });
  expect(strict.rate).toBeCloseTo(1 / 3);
  expect(strict.coverage).toBeCloseTo(2 / 3);
  const wide = scoreAnchors("home", truths, founds, people, plane, () => 1000);
  expect(wide).toMatchObject({ right: 2, within500mShare: 0.5 });
});

test("an anchor of who has none is invented; other kinds and other people do not count", () => {
  const founds = [at("4", 0), at("5", 0, "day"), at("9", 0), at("8", 0)];
  expect(scoreAnchors("home", truths, founds, people, plane, () => 500)).toMatchObject({ located: 0, invented: 1 });
});

test("the spacing of sites is the way to the third nearest, at least 500 m, whatever cells a site has", () => {
  const cells = (siteX: number[]) =>
    ({
      count: siteX.length,
      site: Int32Array.from(siteX),
      siteX: Float32Array.from(siteX),
      siteY: new Float32Array(siteX.length),
    }) as City["cells"];
  const reachOf = (siteX: number[]) => siteSpacing({ cells: cells(siteX) } as City)(0, 0);
  expect(reachOf([100, 100, 100, 700, 900, 2000])).toBe(900);
  expect(reachOf([100, 200, 300])).toBe(500);
  expect(reachOf([100, 3000])).toBe(500);
});
