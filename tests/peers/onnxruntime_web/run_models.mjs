// Runs ONNX files in WebAssembly: node run_models.mjs < runs as JSON > outputs as JSON.
// A run is {model, inputs}, an input {type, dims, data}; null is NaN, and integers of 64 bits are texts.

import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

const read = {
  float32: (data) => Float32Array.from(data, (x) => x ?? NaN),
  float64: (data) => Float64Array.from(data, (x) => x ?? NaN),
  int64: (data) => BigInt64Array.from(data, BigInt),
  string: (data) => data,
};

async function run(model, inputs) {
  const content = new Uint8Array(readFileSync(model));
  const session = await ort.InferenceSession.create(content, { executionProviders: ["wasm"] });
  const feeds = {};
  for (const [name, { type, dims, data }] of Object.entries(inputs)) {
    feeds[name] = new ort.Tensor(type, read[type](data), dims);
  }
  const outputs = {};
  for (const [name, { dims, data }] of Object.entries(await session.run(feeds))) {
    outputs[name] = { dims, data: Array.from(data, (x) => (typeof x === "bigint" ? String(x) : x)) };
  }
  return outputs;
}

ort.env.wasm.numThreads = 1;
const results = [];
for (const { model, inputs } of JSON.parse(readFileSync(0, "utf8"))) results.push(await run(model, inputs));
console.log(JSON.stringify(results));
