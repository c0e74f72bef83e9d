/** Makes bodies of messages as the protocol says: arrays one after the other, each at a multiple of 8. */

import type { ArrayPlaces } from "../src/engine/arrays";
import type { Experiment, StateResponse } from "../src/engine/protocol";

type Numbers = Float32Array | Uint8Array | Uint16Array | Int32Array;

const DTYPES = {
  Float32Array: "float32",
  Int32Array: "int32",
  Uint8Array: "uint8",
  Uint16Array: "uint16",
} as const;

export function body(named: Record<string, Numbers | readonly [Numbers, readonly number[]]>) {
  const arrays: Record<string, ArrayPlaces[string]> = {};
  const parts: number[] = [];
  for (const [name, entry] of Object.entries(named)) {
    const [data, shape] = Array.isArray(entry)
      ? (entry as [Numbers, number[]])
      : [entry as Numbers, [(entry as Numbers).length]];
    const dtype = DTYPES[data.constructor.name as keyof typeof DTYPES];
    arrays[name] = { dtype, shape, offset: parts.length };
    parts.push(...new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    while (parts.length % 8) parts.push(0);
  }
  return { arrays: arrays as ArrayPlaces, bytes: Uint8Array.from(parts) };
}

export const EXPERIMENT: Experiment = {
  version: 1,
  data: {
    source: "toy",
    name: "circles",
    rows: 500,
    noise: 0.1,
    features: ["x1", "x2"],
    target: null,
    task: "auto",
    validation_share: 0.3,
    seed: 0,
    points: "",
  },
  network: {
    layers: [{ units: 4, activation: "tanh", dropout: 0, l1: 0, l2: 0 }],
    output: { activation: "auto", l1: 0, l2: 0 },
    initializer: "glorot",
  },
  training: {
    loss: "auto",
    optimizer: "adam",
    learning_rate: 0.01,
    schedule: "constant",
    batch_size: 10,
    epochs: 20000,
    patience_epochs: null,
    clip_norm: null,
    seed: 0,
  },
  view: {
    kind: "columns",
    x: null,
    y: null,
    others: "median",
    discrete: false,
    validation: true,
    deltas: false,
    gradients: false,
    hidden_layer: false,
    unit_x: null,
    unit_y: null,
    lesson: null,
    lecture: false,
    locked: false,
    hidden: [],
  },
};

export function state(change: Partial<StateResponse> = {}): StateResponse {
  return {
    type: "state",
    generation: 1,
    experiment: EXPERIMENT,
    edit: null,
    fragment: "",
    playing: false,
    epochs_per_second: null,
    task: "classification",
    score: "accuracy",
    loss: "binary_cross_entropy",
    output_activation: "sigmoid",
    classes: ["out", "in"],
    target: "class",
    inputs: [
      { name: "x1", label: "x₁" },
      { name: "x2", label: "x₂" },
    ],
    layers: [
      { name: "dense_1", units: 4, activation: "tanh", inputs: 2, dropout: 0, parameters: 12 },
      { name: "dense_2", units: 1, activation: "sigmoid", inputs: 4, dropout: 0, parameters: 5 },
    ],
    parameter_count: 17,
    steps_per_epoch: 35,
    rows: { training: 350, validation: 150 },
    columns: [],
    view_columns: ["x1", "x2"],
    view_axes: ["x1", "x2"],
    input_plane: {
      kind: "plane",
      x: { label: "x₁", low: -1, high: 1 },
      y: { label: "x₂", low: -1, high: 1 },
      unit_resolution: 2,
      resolution: 3,
    },
    output_range: [0, 1],
    sample: null,
    notes: [],
    stopped: null,
    interventions: [],
    ...change,
  };
}
