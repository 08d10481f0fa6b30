import { expect, test } from "vitest";
import { scoreText } from "../../src/score/text.js";
import { smallReport } from "./small-report.js";

test("the text says who it is about, and each figure in its column", () => {
  const text = scoreText(smallReport());
  expect(text).toContain("3 people in the truth, 3 in the store; 1 of them are in no truth file");
  expect(text).toContain("Well observed: 2 (2 days or more, with 1 events a day or more, by the signalling)");
  expect(text).toMatch(/^ {2}film +preference +1 +2 +1 +0\.500 +1\.000 +0\.667 +0\.400$/m);
  expect(text).toMatch(/^ {2}· music:jazz +preference +1 +0 +0 +– +0\.000 +0\.000 +0\.000$/m);
  expect(text).toMatch(/^ {2}film +1 {2}cinema_staff\* 1 of 1 \(100\.0 %\)$/m);
  expect(text).toMatch(/^ {2}home +2 +1 +50\.0 % +0 m +0 m +100\.0 % +1 +100\.0 % +50\.0 % +0$/m);
  expect(text).toMatch(/^ {2}stays +2 +2 +2 +1\.000 +1\.000 +1\.000 /m);
});
