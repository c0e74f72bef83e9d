import { expect, test } from "vitest";
import { count, grouped, number, percent, plain } from "../src/engine/format";
import { at, scale, tickLabels, ticks } from "../src/engine/scale";

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
