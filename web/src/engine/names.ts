/** The names of layers, units and links on the page. */

import type { StateResponse } from "./protocol";
import type { LinkPlace } from "./network_layout";

export function layerTitle(state: StateResponse, layer: number): string {
  if (layer < 0) return "Inputs";
  return layer === state.layers.length - 1 ? "Output" : `Hidden ${layer + 1}`;
}

/** The name of a unit; `layer` -1 is the inputs. */
export function unitName(state: StateResponse, layer: number, unit: number): string {
  if (layer < 0) return state.inputs[unit]?.label ?? `input ${unit + 1}`;
  if (layer === state.layers.length - 1) return outputName(state, unit);
  return `${layerTitle(state, layer).toLowerCase()}, unit ${unit + 1}`;
}

/** The name of an output; a single unit of two classes predicts the probability of the second. */
export function outputName(state: StateResponse, unit: number): string {
  if (state.task === "regression") return state.target;
  const units = state.layers.at(-1)?.units ?? 1;
  return state.classes[units === 1 ? 1 : unit] ?? `output ${unit + 1}`;
}

export function linkName(state: StateResponse, { layer, from, to }: LinkPlace): string {
  return `${unitName(state, layer - 1, from)} → ${unitName(state, layer, to)}`;
}

/** A sample is counted among the drawn ones; where its row of the file has another number, that is named too. */
export function sampleName(index: number | null, row: number): string {
  if (index === null) return `row ${row + 1}`;
  return index === row ? `sample ${index + 1}` : `sample ${index + 1} (row ${row + 1})`;
}
