/** Edits: functions from one experiment to the next. */

import { DRAWN } from "./drawn_points";
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

/** Append a hidden layer like the last one. */
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

/** Add `count` units to a layer, or remove them; a layer has 1 to `most`. */
export const addUnits =
  (index: number, count: number, most: number): Edit =>
  (experiment) => {
    const layer = experiment.network.layers[index];
    if (!layer) return experiment;
    return editLayer(index, { units: Math.min(Math.max(layer.units + count, 1), most) })(experiment);
  };

/** The chosen features; by default the first two, x₁ and x₂. */
export function chosenFeatures(experiment: Experiment, order: readonly string[]): readonly string[] {
  const { features } = experiment.data;
  return features.length > 0 ? features : order.slice(0, 2);
}

/** Add or remove a feature; the last one stays, since a network needs an input. */
export const toggleFeature =
  (name: string, order: readonly string[]): Edit =>
  (experiment) => {
    const chosen = new Set(chosenFeatures(experiment, order));
    if (!chosen.delete(name)) chosen.add(name);
    if (chosen.size === 0) return experiment;
    return editData({ features: order.filter((feature) => chosen.has(feature)) })(experiment);
  };

/**
 * Choose another toy dataset; rows and noise are clipped to its limits. A network and a learning rate that nobody
 * has changed are replaced by those that solve it; so is everything that a lesson had set.
 */
export const chooseToy =
  (toy: ToyEntry, toys: readonly ToyEntry[]): Edit =>
  (experiment) => {
    if (experiment.view.lesson !== null) return adopt(toy.experiment)(experiment);
    const { data } = experiment;
    const inside = (value: number, [low, high]: ToyEntry["rows"]) => Math.min(Math.max(value, low), high);
    return restarted({
      ...experiment,
      data: {
        ...data,
        source: "toy",
        name: toy.name,
        rows: inside(data.rows, toy.rows),
        noise: inside(data.noise, toy.noise),
        features: toy.features ? planeFeatures(data, toys) : [],
        target: null,
        task: "auto",
        points: "",
      },
      ...startingPoint(experiment, toys, toy.experiment),
    });
  };

/** The network and the training for other data: new hidden layers and a new learning rate where nobody chose them. */
function startingPoint(
  { data, network, training }: Experiment,
  toys: readonly ToyEntry[],
  start: Experiment,
): Pick<Experiment, "network" | "training"> {
  const before = toys.find(({ name }) => data.source === "toy" && name === data.name)?.experiment;
  const isDefault = JSON.stringify(network.layers) === JSON.stringify(before?.network.layers);
  const { learning_rate } =
    training.learning_rate === before?.training.learning_rate ? start.training : training;
  return {
    network: isDefault ? { ...network, layers: start.network.layers } : network,
    training: { ...training, learning_rate },
  };
}

/** Choose the uploaded table with its target. */
export const chooseTable =
  (table: TableResponse, toys: readonly ToyEntry[]): Edit =>
  (experiment) => {
    if (experiment.view.lesson !== null) return adopt(table.experiment)(experiment);
    return restarted({
      ...experiment,
      data: {
        ...experiment.data,
        source: "table",
        name: table.name,
        features: [],
        target: table.target,
        task: "auto",
        points: "",
      },
      ...startingPoint(experiment, toys, table.experiment),
    });
  };

/** The chosen features of points in the plane; none where the inputs are columns, which other data do not have. */
function planeFeatures({ source, name, features }: DataChoice, toys: readonly ToyEntry[]): readonly string[] {
  const isPlane = source === "drawn" || (source === "toy" && toys.find((toy) => toy.name === name)?.features);
  return isPlane ? features : [];
}

/** Train on drawn points, given as their text. */
export const chooseDrawn =
  (points: string, toys: readonly ToyEntry[]): Edit =>
  (experiment) => {
    const { data } = experiment;
    const next = { ...experiment, data: { ...data, points } };
    if (data.source === "drawn") return next;
    return restarted({
      ...next,
      data: {
        ...next.data,
        source: "drawn",
        name: DRAWN,
        features: planeFeatures(data, toys),
        target: null,
        task: "auto",
      },
    });
  };

/** Reset what depends on the old data: loss, output activation, axes and the lesson about it. */
function restarted(experiment: Experiment): Experiment {
  return {
    ...experiment,
    network: { ...experiment.network, output: { ...experiment.network.output, activation: "auto" } },
    training: { ...experiment.training, loss: "auto" },
    view: { ...experiment.view, kind: "columns", x: null, y: null, others: "median", lesson: null },
  };
}

/** Predict another column, which then is no input. */
export const chooseTarget =
  (target: string): Edit =>
  (experiment) =>
    restarted({
      ...experiment,
      data: {
        ...experiment.data,
        target,
        task: "auto",
        features: experiment.data.features.filter((name) => name !== target),
      },
    });

/** The default number of epochs, and the number that replaces it when a schedule is chosen. */
const DEFAULT_EPOCHS = 1_000_000;
const SCHEDULED_EPOCHS = 2000;

/** Choose a schedule. Most are spread over all epochs; over a million, the rate would not visibly fall. */
export const chooseSchedule =
  (schedule: string): Edit =>
  (experiment) => {
    const { epochs } = experiment.training;
    const spread = schedule !== "constant" && epochs === DEFAULT_EPOCHS ? SCHEDULED_EPOCHS : epochs;
    return editTraining({ schedule, epochs: spread })(experiment);
  };

/** Show another experiment as a whole; how the page is set up for a lecture stays as it is. */
export const adopt =
  (next: Experiment): Edit =>
  ({ view: { lecture, locked, hidden } }) => ({ ...next, view: { ...next.view, lecture, locked, hidden } });
