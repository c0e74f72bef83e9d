import { expect, test } from "vitest";
import { Arrays } from "../src/engine/arrays";
import { Frame, valuesOf } from "../src/engine/frame";
import type { FrameHeader, LayerState } from "../src/engine/protocol";
import { body, state } from "./messages";

/** 2 inputs, 3 hidden units, 1 output; weights count up from 1, biases from 0.1. */
const LAYERS: LayerState[] = [
  { name: "dense_1", units: 3, activation: "tanh", inputs: 2, dropout: 0, parameters: 9 },
  { name: "dense_2", units: 1, activation: "sigmoid", inputs: 3, dropout: 0, parameters: 4 },
];

function frame(): Frame {
  const { arrays, bytes } = body({
    weights: Float32Array.of(1, 2, 3, 4, 5, 6, 7, -8, 9),
    biases: Float32Array.of(0.5, 0.25, 0.125, -2),
    units: Uint8Array.of(10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33),
    outputs: [Uint16Array.of(257, 514, 771, 1028, 1285, 1542, 1799, 2056, 65535), [1, 3, 3]],
  });
  const header = {
    type: "frame",
    arrays,
    layers: [
      { low: [-1, -2, -3], high: [1, 2, 3] },
      { low: [0], high: [1] },
    ],
  };
  return new Frame(header as unknown as FrameHeader, LAYERS, state().input_plane, bytes);
}

test("weights are looked up row-major, (inputs, units) for each layer", () => {
  // layer 0 is [[1, 2, 3], [4, 5, 6]], layer 1 is [[7], [-8], [9]]
  expect(frame().weight(0, 1, 2)).toBe(6);
  expect(frame().weight(0, 0, 1)).toBe(2);
  expect(frame().weight(1, 1, 0)).toBe(-8);
  expect(frame().weight(2, 0, 0)).toBeNaN();
});

test("biases follow layer after layer", () => {
  expect(frame().bias(0, 2)).toBe(0.125);
  expect(frame().bias(1, 0)).toBe(-2);
});

test("the largest weight counts its size, not its sign", () => {
  expect(frame().largestWeight()).toBe(9);
});

test("a hidden unit has the coarse grid, an output unit the fine one", () => {
  expect([...(frame().unitGrid(0, 1)?.levels ?? [])]).toEqual([20, 21, 22, 23]);
  expect(frame().unitGrid(1, 0)).toMatchObject({ columns: 3, rows: 3 });
  expect([...(frame().unitGrid(1, 0)?.levels ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 255]);
  expect(frame().unitGrid(0, 3)).toBeNull();
  expect(frame().range(0, 1)).toEqual([-2, 2]);
});

test("a frame fits only a network of its own shape", () => {
  expect(frame().fits({ layers: LAYERS })).toBe(true);
  expect(frame().fits({ layers: LAYERS.slice(0, 1) })).toBe(false);
});

test("an array that ends after the message, or has another type, is refused", () => {
  const { arrays, bytes } = body({ weights: Float32Array.of(1, 2) });
  const WEIGHTS = { weights: "float32" } as const;
  const long = { weights: { dtype: "float32" as const, shape: [3], offset: 0 } };
  expect(() => new Arrays(WEIGHTS, long, bytes).get("weights")).toThrow(RangeError);
  expect(() => new Arrays({ weights: "uint8" }, arrays, bytes).get("weights")).toThrow(TypeError);
});

test("bytes that are not aligned are copied and read right", () => {
  const shifted = new Uint8Array(9);
  new DataView(shifted.buffer).setFloat32(1, 1.5, true);
  const places = { x: { dtype: "float32" as const, shape: [1], offset: 0 } };
  expect([...(new Arrays({ x: "float32" }, places, shifted.subarray(1)).get("x") ?? [])]).toEqual([1.5]);
});

test("the values of a grid are those of its levels, not the ends of its scale", () => {
  const grid = (...levels: number[]) => ({ levels: Uint8Array.from(levels), columns: 2, rows: 2 });
  // 0 and 255 stand for −2 and 2; a ReLU has only levels from the middle on, where none is exactly 0
  expect(valuesOf(grid(128, 255, 200, 128), [-2, 2])).toEqual([0, 2]);
  expect(valuesOf(grid(0, 51, 102, 51), [0, 1])).toEqual([0, 0.4]);
  expect(valuesOf(null, [0, 1])).toBeNull();
});
