import { expect, test } from "vitest";
import { markColor, ramp, signedRamp } from "../src/draw/colors";
import { CLASS_COLORS, DARK, LIGHT } from "../src/draw/palette";

/** Relative luminance of WCAG 2.2. */
function luminance([r, g, b]: readonly number[]): number {
  const linear = (value = 0) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const bytes = (word = 0) => [word & 255, (word >> 8) & 255, (word >> 16) & 255];
const hex = (color: string) => [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));

test("a ramp starts and ends at its stops and has the middle one halfway", () => {
  const table = ramp(["#000000", "#0000ff", "#ffffff"]);
  expect([bytes(table[0]), bytes(table[255])]).toEqual([
    [0, 0, 0],
    [255, 255, 255],
  ]);
  expect(bytes(table[127])[2]).toBe(254); // 127 of 255 is just before the middle
});

test("positive and negative differ in gray: at least 2 to 1", () => {
  for (const palette of [LIGHT, DARK]) {
    const table = signedRamp(palette);
    expect(contrast(bytes(table[0]), bytes(table[255]))).toBeGreaterThan(2);
  }
});

test("the markers of all classes have a contrast of 3 to 1 with the card (WCAG 1.4.11)", () => {
  for (const palette of [LIGHT, DARK])
    for (let i = 0; i < CLASS_COLORS.length; i++)
      expect(contrast(hex(markColor(i, palette)), hex(palette.card))).toBeGreaterThanOrEqual(3);
});
