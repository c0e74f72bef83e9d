import { expect, test } from "vitest";
import { gradientShares } from "../src/engine/gradients";

test("the scale has whole powers of ten, at least six of them", () => {
  const { low, high, shares } = gradientShares([2e-6, 3e-2]);
  expect([low, high]).toEqual([-7, -1]);
  expect(shares[0]).toBeCloseTo((Math.log10(2e-6) + 7) / 6);
  expect(shares[1]).toBeCloseTo((Math.log10(3e-2) + 7) / 6);
  expect(gradientShares([1e-12, 1e3]).low).toBe(-12);
});

test("what is zero, not finite or missing has no bar", () => {
  expect(gradientShares([0, null, 1]).shares).toEqual([0, 0, 1]);
  expect(gradientShares([]).shares).toEqual([]);
  expect(gradientShares([0, 0]).shares).toEqual([0, 0]);
});
