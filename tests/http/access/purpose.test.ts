import { expect, test } from "vitest";
import { isPurpose } from "../../../src/http/access/purpose.js";

test("a purpose is a short text that a header carries and that holds no raw id", () => {
  for (const purpose of ["support", "churn prevention", "Case 1234567", "a.b_c-d", "ab"])
    expect(isPurpose(purpose)).toBe(true);
  for (const purpose of ["", "a", "用途", "460001234500007", "about 12345678", " support", "a\nb", "a".repeat(65)])
    expect(isPurpose(purpose)).toBe(false);
});
