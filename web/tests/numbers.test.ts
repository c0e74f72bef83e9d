import { expect, test } from "vitest";
import { count, grouped, number, percent, plain } from "../src/engine/format";
import { at, labelWidth, scale, tickLabels, ticks, ticksInColumn, ticksInRow } from "../src/engine/scale";

test("numbers keep three digits, whatever their size", () => {
  expect([0, 0.03125, 12.5, 123.4, 9876, 1234567, 3.1e-7].map((value) => number(value))).toEqual([
    "0",
    "0.0313",
    "12.5",
    "123",
    "9,876",
    "1.23e6",
    "3.10e−7",
  ]);
});

test("missing numbers are a dash, infinite ones a sign", () => {
  expect([null, undefined, Number.NaN, Infinity, -Infinity].map((value) => number(value))).toEqual([
    "–",
    "–",
    "–",
    "∞",
    "−∞",
  ]);
});

test("minus is a minus sign, never a hyphen", () => {
  for (const text of [number(-0.5), number(-2e-9), grouped(-1200), ...tickLabels([-1, 0])])
    expect(text).not.toContain("-");
});

test("counts and percentages are formatted", () => {
  expect([count(1, "row"), count(1500, "row"), percent(0.5)]).toEqual(["1 row", "1,500 rows", "50.0%"]);
  expect([percent(0.9667), percent(NaN)]).toEqual(["96.7%", "–"]);
});

test("only all is 100% and only none is 0%", () => {
  const shares = [48_996 / 49_011, 1, 0, 0.0004, 1 - 1e-9];
  expect(shares.map((share) => percent(share))).toEqual(
    ["99.97", "100.0", "0.0", "0.04", ">99.9999"].map((text) => `${text}%`),
  );
  expect(percent(0.996, 0)).toBe("99.6%");
});

test("a field's text reads back as the number", () => {
  for (const value of [0.01, 1e-6, -3.25, 123456]) expect(Number(plain(value))).toBe(value);
});

test("tick labels are their values, all different, for any range", () => {
  const read = (label: string) => Number(label.replaceAll("−", "-").replaceAll(",", ""));
  const ranges: [number, number][] = [];
  for (let power = -9; power <= 12; power++)
    for (const [low, high] of [
      [0, 1],
      [-3.7, 8.1],
      [0.98, 1.004],
      [100_000, 115_000],
      [-1, -0.2],
      [2.5, 7.5],
    ])
      ranges.push([(low as number) * 10 ** power, (high as number) * 10 ** power]);
  for (const [low, high] of ranges)
    for (const most of [2, 5, 9]) {
      const values = ticks(low, high, most);
      const labels = tickLabels(values);
      expect(new Set(labels).size).toBe(values.length);
      labels.forEach((label, i) =>
        expect(Math.abs(read(label) - (values[i] as number))).toBeLessThanOrEqual((high - low) * 1e-3),
      );
    }
});

test("tick labels group thousands and keep halves", () => {
  expect(tickLabels([100_000, 105_000, 110_000])).toEqual(["100,000", "105,000", "110,000"]);
  expect(tickLabels([0, 2.5, 5])).toEqual(["0.0", "2.5", "5.0"]);
  expect(tickLabels([1e7, 1.25e7, 1.5e7])).toEqual(["1.00e7", "1.25e7", "1.50e7"]);
  expect(tickLabels([-2e-7, 0, 2e-7])).toEqual(["−2e−7", "0", "2e−7"]);
});

test("ticks in a row leave a gap between their labels", () => {
  for (const [low, high] of [
    [0, 1],
    [0, 9_000_000],
    [100_000, 500_000],
    [-1e-6, 1e-6],
  ] as [number, number][])
    for (const room of [8, 14, 30, 60]) {
      const found = ticksInRow(low, high, room);
      if (found.length > 1) {
        const gap = room / (found.length - 1);
        for (const label of tickLabels(found)) expect(labelWidth(label)).toBeLessThan(gap);
      }
    }
});

test("every axis has at least two ticks, and three where their labels fit", () => {
  for (let i = 0; i < 400; i++) {
    const low = -6 + (i % 20) * 0.61;
    const high = low + 0.8 * 1.03 ** Math.floor(i / 2);
    for (const room of [9, 14, 16, 24, 40]) {
      const [row, column] = [ticksInRow(low, high, room), ticksInColumn(low, high, room / 3)];
      for (const found of [row, column]) {
        expect(found.length).toBeGreaterThanOrEqual(2);
        for (const value of found) expect(value >= low - 1e-9 && value <= high + 1e-9).toBe(true);
      }
      if (room >= 24) expect(row.length).toBeGreaterThanOrEqual(3);
    }
  }
});

test("ticks are round numbers inside the axis", () => {
  expect(tickLabels(ticks(0, 1, 5))).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  expect(ticks(-1.2, 1.2, 3)).toEqual([-1, 0, 1]);
  expect(tickLabels([0, 50, 100])).toEqual(["0", "50", "100"]);
});

test("a scale maps values to pixels, also upside down", () => {
  const axis = scale(-1, 3, 200, 0);
  expect(at(axis, -1)).toBe(200);
  expect(at(axis, 1)).toBe(100);
  expect(at(axis, 3)).toBe(0);
});
