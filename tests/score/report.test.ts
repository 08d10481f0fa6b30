import { expect, test } from "vitest";
import { smallReport } from "./small-report.js";

test("the figures are about the well observed, and beside them about everybody", () => {
  const report = smallReport();
  expect(report.people).toEqual({ inTruth: 3, inStore: 3, unknownToTruth: 1, wellObserved: 2 });
  expect([report.wellObserved.people, report.everybody.people]).toEqual([2, 4]);
  const filmOf = (group: "wellObserved" | "everybody") => report[group].circles.find(({ circle }) => circle === "film");
  expect(filmOf("wellObserved")).toMatchObject({ dimension: "preference", truths: 1, found: 2, right: 1 });
  expect(filmOf("everybody")).toMatchObject({ truths: 2, found: 3, right: 1 });
});

test("what was found of people whom no truth file names is wrong", () => {
  const { calibration } = smallReport().everybody;
  expect(calibration.preference).toMatchObject({ count: 4 });
  expect(calibration.all?.bins[9]).toMatchObject({ count: 1, trueShare: 0 });
});

test("a mean is made of each dimension that has circles, and of all", () => {
  const { macro, macroOfMembers } = smallReport().wellObserved;
  expect(Object.keys(macro)).toEqual(["region", "preference", "all"]);
  expect([macro.all?.circles, macroOfMembers.all?.circles]).toEqual([3, 4]);
});

test("without a city, anchors are right within 500 m and levels are not told apart", () => {
  const { wellObserved, anchorsRightWithin } = smallReport();
  expect(anchorsRightWithin).toBe("500 m");
  expect(wellObserved.anchors.home).toMatchObject({ people: 2, located: 1, right: 1, invented: 0 });
  expect(wellObserved.circles.map(({ circle }) => circle)).toEqual(["home:*", "film", "music:*"]);
});

test("false members are told by true circle and by role, and the log by circle, families together", () => {
  const { wellObserved, changes } = smallReport();
  expect(wellObserved.falseMembersByTrueCircle).toMatchObject([
    { circle: "film", groups: [{ group: "music:*", rate: 1 }] },
  ]);
  expect(wellObserved.falseMembersByRole).toMatchObject([
    { circle: "film", groups: [{ group: "cinema_staff", isConfounder: true, falseMembers: 1, outOf: 1 }] },
  ]);
  expect(changes).toEqual([{ circle: "music:*", entered: 3, strengthened: 0, left: 1, returned: 0 }]);
});

test("as JSON, a figure that there is not is null", () => {
  const { wellObserved } = JSON.parse(JSON.stringify(smallReport()));
  expect(wellObserved.anchors.day.errorMetres.median).toBeNull();
});
