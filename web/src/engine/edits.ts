/** Changes of an experiment, each a function from one experiment to the next. */

import type {
  DataChoice,
  Experiment,
  LayerChoice,
  NetworkChoice,
  TableResponse,
  ToyEntry,
  TrainingChoice,
  ViewChoice,
} from "./protocol";

export type Edit = (experiment: Experiment) => Experiment;

export const editData =
  (change: Partial<DataChoice>): Edit =>
  (experiment) => ({
    ...experiment,
    data: { ...experiment.data, ...change },
  });

export const editNetwork =
  (change: Partial<NetworkChoice>): Edit =>
  (experiment) => ({
    ...experiment,
    network: { ...experiment.network, ...change },
  });

export const editOutput =
  (change: Partial<NetworkChoice["output"]>): Edit =>
  (experiment) =>
    editNetwork({ output: { ...experiment.network.output, ...change } })(experiment);

export const editTraining =
  (change: Partial<TrainingChoice>): Edit =>
  (experiment) => ({
    ...experiment,
    training: { ...experiment.training, ...change },
  });

export const editView =
  (change: Partial<ViewChoice>): Edit =>
  (experiment) => ({
    ...experiment,
    view: { ...experiment.view, ...change },
  });

/** A new last hidden layer, like the one before it. */
export const addLayer =
  (most: number): Edit =>
  (experiment) => {
    const { layers } = experiment.network;
    if (layers.length >= most) return experiment;
    const like = layers.at(-1);
    const added: LayerChoice = {
      units: like?.units ?? 4,
      activation: like?.activation ?? "tanh",
      dropout: 0,
      l1: like?.l1 ?? 0,
      l2: like?.l2 ?? 0,
    };
    return editNetwork({ layers: [...layers, added] })(experiment);
  };

export const removeLayer =
  (index: number): Edit =>
  (experiment) =>
    editNetwork({ layers: experiment.network.layers.filter((_, i) => i !== index) })(experiment);

export const editLayer =
  (index: number, change: Partial<LayerChoice>): Edit =>
  (experiment) =>
    editNetwork({
      layers: experiment.network.layers.map((layer, i) => (i === index ? { ...layer, ...change } : layer)),
    })(experiment);

/** One unit more or less, from 1 to `most`. */
export const addUnits =
  (index: number, count: number, most: number): Edit =>
  (experiment) => {
    const layer = experiment.network.layers[index];
    if (!layer) return experiment;
    return editLayer(index, { units: Math.min(Math.max(layer.units + count, 1), most) })(experiment);
  };

/** A toy's features where none are named: the first two, x₁ and x₂. */
export function chosenFeatures(experiment: Experiment, order: readonly string[]): readonly string[] {
  const { features } = experiment.data;
  return features.length > 0 ? features : order.slice(0, 2);
}

/** A feature in or out; the last one stays, as a network without inputs learns nothing. */
export const toggleFeature =
  (name: string, order: readonly string[]): Edit =>
  (experiment) => {
    const chosen = new Set(chosenFeatures(experiment, order));
    if (!chosen.delete(name)) chosen.add(name);
    if (chosen.size === 0) return experiment;
    return editData({ features: order.filter((feature) => chosen.has(feature)) })(experiment);
  };

/** Another toy, with its rows and noise inside its own limits. */
export const chooseToy =
  (toy: ToyEntry): Edit =>
  (experiment) => {
    const { data } = experiment;
    const inside = (value: number, [low, high]: ToyEntry["rows"]) => Math.min(Math.max(value, low), high);
    return anew({
      ...experiment,
      data: {
        ...data,
        source: "toy",
        name: toy.name,
        rows: inside(data.rows, toy.rows),
        noise: inside(data.noise, toy.noise),
        features: toy.features && data.source === "toy" ? data.features : [],
        target: null,
        task: "auto",
      },
    });
  };

/** The table that was read, with the target it was read with. */
export const chooseTable =
  (table: TableResponse): Edit =>
  (experiment) =>
    anew({
      ...experiment,
      data: {
        ...experiment.data,
        source: "table",
        name: table.name,
        features: [],
        target: table.target,
        task: "auto",
      },
    });

/** Other data have other columns and perhaps another task: what was said about the old ones is taken back. */
function anew(experiment: Experiment): Experiment {
  return {
    ...experiment,
    network: { ...experiment.network, output: { ...experiment.network.output, activation: "auto" } },
    training: { ...experiment.training, loss: "auto" },
    view: { ...experiment.view, kind: "columns", x: null, y: null, others: "median" },
  };
}

/** Another column to predict: it cannot be an input as well. */
export const chooseTarget =
  (target: string): Edit =>
  (experiment) =>
    anew({
      ...experiment,
      data: {
        ...experiment.data,
        target,
        task: "auto",
        features: experiment.data.features.filter((name) => name !== target),
      },
    });

/** Epochs of an experiment that nobody set, and how many a schedule is spread over then. */
const ENDLESS_EPOCHS = 1_000_000;
const SCHEDULED_EPOCHS = 2000;

/** Another schedule. Most are spread over all epochs: over a million of them nothing would be seen to fall. */
export const chooseSchedule =
  (schedule: string): Edit =>
  (experiment) => {
    const { epochs } = experiment.training;
    const spread = schedule !== "constant" && epochs === ENDLESS_EPOCHS ? SCHEDULED_EPOCHS : epochs;
    return editTraining({ schedule, epochs: spread })(experiment);
  };
