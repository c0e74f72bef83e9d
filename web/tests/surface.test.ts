import { expect, test } from "vitest";
import { decide, margin, smoothed } from "../src/engine/boundaries";
import { curveColumns, thinned } from "../src/engine/curves";
import { decodePoints } from "../src/engine/frame";
import { nearestPoint } from "../src/engine/nearest";
import { scale } from "../src/engine/scale";
import { body, state } from "./messages";

const grid = (...levels: number[]) => ({ levels: Uint8Array.from(levels), columns: levels.length, rows: 1 });

test("the class with the largest output wins, with the certainty above a guess", () => {
  // thirds: 85 of 255 is a guess among three, 255 is certain, 170 is half-way between
  const { winner, certainty } = decide([grid(85, 255, 0), grid(85, 0, 85), grid(85, 0, 170)]);
  expect([...winner]).toEqual([0, 0, 2]);
  expect([...certainty]).toEqual([0, 255, 127]);
});

test("the margin is zero exactly on the line between two classes", () => {
  expect(margin([grid(200, 100, 100), grid(55, 100, 155)], 0)).toEqual([145, 0, -55]);
});

test("missing measurements leave a gap in a curve", () => {
  const flat = Float32Array.of(1, 0.5, Number.NaN, 0.75, Number.NaN, 2, 0.25, Infinity, 1, 0.5);
  expect(curveColumns(flat)).toEqual([
    [1, 2],
    [0.5, 0.25],
    [null, null],
    [0.75, 1],
    [null, 0.5],
  ]);
});

test("thinning keeps the first and the last row", () => {
  expect(thinned(3, 10)).toEqual([0, 1, 2]);
  expect(thinned(101, 5)).toEqual([0, 25, 50, 75, 100]);
});

test("a click selects the nearest shown sample within reach", () => {
  const { arrays, bytes } = body({
    x: Float32Array.of(0, 1, 0.1),
    y: Float32Array.of(0, 1, 0),
    target: new Float32Array(3),
    validation: Uint8Array.of(0, 0, 1),
    row: Int32Array.of(0, 1, 2),
  });
  const points = decodePoints(
    { type: "points", generation: 1, total: 3, input_low: [], input_high: [], arrays },
    state().input_plane,
    bytes,
  );
  const axes = { x: scale(0, 1, 0, 100), y: scale(0, 1, 100, 0) };
  expect(nearestPoint(points, axes, 9, 100, 15, true)).toBe(2);
  expect(nearestPoint(points, axes, 9, 100, 15, false)).toBe(0);
  expect(nearestPoint(points, axes, 50, 50, 15, true)).toBeNull();
});

test("smoothing keeps a slope and spreads one cell by 1-2-1 along both axes", () => {
  expect(smoothed([0, 1, 2, 3, 0, 1, 2, 3], 4).slice(1, 3)).toEqual([1, 2]);
  const one = [0, 0, 0, 0, 16, 0, 0, 0, 0];
  expect(smoothed(one, 3)).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1]);
});
