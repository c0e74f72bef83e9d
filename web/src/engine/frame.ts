/** A decoded frame: the network's numbers, looked up by layer and unit. */

import { Arrays } from "./arrays";
import {
  FRAME_ARRAYS,
  LANDSCAPE_ARRAYS,
  POINTS_ARRAYS,
  type FrameHeader,
  type InputPlaneState,
  type LandscapeHeader,
  type LayerState,
  type PointsHeader,
} from "./protocol";

type Bytes = Uint8Array<ArrayBuffer>;

/** Levels from 0 to 255 over the input plane, with fractions for outputs; row 0 is at the low y. */
export interface Grid {
  readonly levels: Bytes | Float32Array;
  readonly columns: number;
  readonly rows: number;
}

/** Grid `index` of consecutive grids of equal size. */
function gridOf(levels: Grid["levels"] | null, index: number, columns: number, rows: number): Grid | null {
  const size = rows * columns;
  if (!levels || index < 0 || (index + 1) * size > levels.length) return null;
  return { levels: levels.subarray(index * size, (index + 1) * size), columns, rows };
}

/** Numbers from 0 to 65535 as levels. */
function levelsOf(outputs: Uint16Array | null): Float32Array | null {
  return outputs && Float32Array.from(outputs, (output) => output / 257);
}

/** The smallest and the largest value in a grid, of whose levels 0 and 255 stand for `low` and `high`. */
export function valuesOf(grid: Grid | null, [low, high]: readonly [number, number]): [number, number] | null {
  if (!grid) return null;
  let [least, most] = [255, 0];
  for (const level of grid.levels) [least, most] = [Math.min(least, level), Math.max(most, level)];
  const value = (level: number) => low + ((high - low) * level) / 255;
  // A signed range has no level for 0: a unit that is never negative is shown from 0, not from just above it.
  const rounded = (level: number) => (Math.abs(value(level)) <= (high - low) / 255 ? 0 : value(level));
  return low < 0 && high > 0 ? [rounded(least), rounded(most)] : [value(least), value(most)];
}

/** Where each layer's numbers begin in the flat arrays. */
interface Offsets {
  readonly weights: readonly number[];
  readonly units: readonly number[];
}

function offsetsOf(layers: readonly LayerState[]): Offsets {
  const weights: number[] = [];
  const units: number[] = [];
  let weight = 0;
  let unit = 0;
  for (const layer of layers) {
    weights.push(weight);
    units.push(unit);
    weight += layer.inputs * layer.units;
    unit += layer.units;
  }
  return { weights, units };
}

export interface SampleView {
  readonly inputs: Float32Array;
  readonly activations: Float32Array;
  readonly levels: Uint8Array;
  readonly deltas: Float32Array | null;
}

export class Frame {
  readonly curve: Float32Array;
  readonly residuals: Float32Array | null;
  readonly sample: SampleView | null;
  private readonly weights: Float32Array;
  private readonly biases: Float32Array;
  private readonly offsets: Offsets;
  private readonly arrays: Arrays<typeof FRAME_ARRAYS>;
  private readonly outputLevels: Float32Array | null;
  private readonly hiddenLevels: Float32Array | null;

  constructor(
    readonly header: FrameHeader,
    private readonly layers: readonly LayerState[],
    private readonly plane: InputPlaneState,
    body: Bytes,
  ) {
    const arrays = new Arrays(FRAME_ARRAYS, header.arrays, body);
    this.arrays = arrays;
    this.outputLevels = levelsOf(arrays.get("outputs"));
    this.hiddenLevels = levelsOf(arrays.get("hidden_outputs"));
    this.offsets = offsetsOf(layers);
    this.weights = arrays.get("weights") ?? new Float32Array();
    this.biases = arrays.get("biases") ?? new Float32Array();
    this.curve = arrays.get("curve") ?? new Float32Array();
    this.residuals = arrays.get("residuals");
    const inputs = arrays.get("sample_inputs");
    const activations = arrays.get("sample_activations");
    const levels = arrays.get("sample_levels");
    this.sample =
      inputs && activations && levels
        ? { inputs, activations, levels, deltas: arrays.get("sample_deltas") }
        : null;
  }

  /** Whether the frame is of a network of this shape; a newer state may have another shape. */
  fits({ layers }: { layers: readonly LayerState[] }): boolean {
    return (
      layers.length === this.layers.length &&
      layers.every(
        (layer, i) => layer.units === this.layers[i]?.units && layer.inputs === this.layers[i]?.inputs,
      )
    );
  }

  /** The weight from place `from` of the layer below to unit `to` of `layer`; NaN where there is none. */
  weight(layer: number, from: number, to: number): number {
    const start = this.offsets.weights[layer];
    const shape = this.layers[layer];
    if (start === undefined || !shape) return Number.NaN;
    return this.weights[start + from * shape.units + to] ?? Number.NaN;
  }

  bias(layer: number, unit: number): number {
    return this.biases[this.place(layer, unit)] ?? Number.NaN;
  }

  /** Place of a unit in the arrays that hold one number for each unit. */
  place(layer: number, unit: number): number {
    return (this.offsets.units[layer] ?? Number.NaN) + unit;
  }

  /** The largest |w| of the network, at least `floor`, shown as the widest link. */
  largestWeight(floor = 1e-6): number {
    let largest = floor;
    for (const weight of this.weights) {
      const size = Math.abs(weight);
      if (size > largest && size < Infinity) largest = size;
    }
    return largest;
  }

  /** The outputs of a unit over the input plane; output units have the fine grid. */
  unitGrid(layer: number, unit: number): Grid | null {
    if (layer === this.layers.length - 1) return this.outputGrid(unit);
    const side = this.plane.unit_resolution;
    const place = unit < (this.layers[layer]?.units ?? 0) ? this.place(layer, unit) : -1;
    return gridOf(this.arrays.get("units"), place, side, this.plane.kind === "line" ? 1 : side);
  }

  outputGrid(output: number): Grid | null {
    const side = this.plane.resolution;
    return gridOf(this.outputLevels, output, side, this.plane.kind === "line" ? 1 : side);
  }

  /** An output over the plane of the last hidden layer. */
  hiddenGrid(output: number): Grid | null {
    const side = this.header.hidden?.resolution ?? 0;
    return gridOf(this.hiddenLevels, output, side, side);
  }

  /** The drawn rows on that plane: x and y of each, one after the other. */
  get hiddenPoints(): Float32Array | null {
    return this.arrays.get("hidden_points");
  }

  get outputs(): number {
    return this.layers.at(-1)?.units ?? 0;
  }

  /** The numbers that 0 and 255 of a unit's grid stand for. */
  range(layer: number, unit: number): readonly [number, number] {
    const ranges = this.header.layers[layer];
    return [ranges?.low[unit] ?? 0, ranges?.high[unit] ?? 1];
  }
}

/** The drawn samples, and each input over the input plane. */
export interface Points {
  readonly generation: number;
  readonly total: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly target: Float32Array;
  readonly validation: Uint8Array;
  readonly row: Int32Array;
  readonly inputGrid: (input: number) => Grid | null;
  readonly inputRange: (input: number) => readonly [number, number];
}

export function decodePoints(header: PointsHeader, plane: InputPlaneState | undefined, body: Bytes): Points {
  const arrays = new Arrays(POINTS_ARRAYS, header.arrays, body);
  const side = plane?.unit_resolution ?? 0;
  const pictures = arrays.get("inputs");
  return {
    generation: header.generation,
    total: header.total,
    x: arrays.get("x") ?? new Float32Array(),
    y: arrays.get("y") ?? new Float32Array(),
    target: arrays.get("target") ?? new Float32Array(),
    validation: arrays.get("validation") ?? new Uint8Array(),
    row: arrays.get("row") ?? new Int32Array(),
    inputGrid: (input) => gridOf(pictures, input, side, plane?.kind === "line" ? 1 : side),
    inputRange: (input) => [header.input_low[input] ?? -1, header.input_high[input] ?? 1],
  };
}

/** The loss over two directions; `losses` row-major, row = b. */
export interface Landscape {
  readonly generation: number;
  readonly epoch: number;
  /** As in a frame: the same number stands for the same parameters. */
  readonly parameters: number;
  readonly steps: number;
  readonly names: readonly [string, string];
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly losses: Float32Array;
  readonly trajectory: Float32Array;
  readonly trajectoryEpochs: Int32Array;
}

export function decodeLandscape(header: LandscapeHeader, body: Bytes): Landscape {
  const arrays = new Arrays(LANDSCAPE_ARRAYS, header.arrays, body);
  return {
    generation: header.generation,
    epoch: header.epoch,
    parameters: header.parameters,
    steps: header.steps,
    names: header.names,
    a: header.a,
    b: header.b,
    losses: arrays.get("losses") ?? new Float32Array(),
    trajectory: arrays.get("trajectory") ?? new Float32Array(),
    trajectoryEpochs: arrays.get("trajectory_epochs") ?? new Int32Array(),
  };
}
