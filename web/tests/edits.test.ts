import { expect, test } from "vitest";
import {
  addLayer,
  addUnits,
  adopt,
  chooseDrawn,
  chooseTarget,
  chooseToy,
  removeLayer,
  toggleFeature,
} from "../src/engine/edits";
import type { Experiment, ToyEntry } from "../src/engine/protocol";
import { EXPERIMENT } from "./messages";

const withNetwork = (units: readonly number[], learning_rate: number): Experiment => ({
  ...EXPERIMENT,
  network: {
    ...EXPERIMENT.network,
    layers: units.map((n) => ({ units: n, activation: "tanh", dropout: 0, l1: 0, l2: 0 })),
  },
  training: { ...EXPERIMENT.training, learning_rate },
});

const toy = (change: Partial<ToyEntry>): ToyEntry => ({
  name: "moons",
  label: "Moons",
  task: "classification",
  classes: 2,
  rows: [20, 200],
  noise: [0, 0.05],
  features: true,
  preview: [],
  about: "",
  experiment: withNetwork([8, 4], 0.003),
  ...change,
});

test("units stay between one and the limit", () => {
  const units = (count: number, most: number) =>
    addUnits(0, count, most)(EXPERIMENT).network.layers[0]?.units;
  expect(units(-9, 32)).toBe(1);
  expect(units(1, 32)).toBe(5);
  expect(units(40, 32)).toBe(32);
});

test("a new layer is like the last one, and there are no more than the limit", () => {
  const two = addLayer(2)(EXPERIMENT);
  expect(two.network.layers.map(({ units, activation }) => [units, activation])).toEqual([
    [4, "tanh"],
    [4, "tanh"],
  ]);
  expect(addLayer(2)(two)).toBe(two);
  expect(removeLayer(0)(removeLayer(1)(two)).network.layers).toEqual([]);
});

test("features keep the catalog's order, and the last one stays", () => {
  const order = ["x1", "x2", "x1x2"];
  const all = toggleFeature("x1x2", order)(EXPERIMENT);
  const without = toggleFeature("x1", order)(all);
  expect(without.data.features).toEqual(["x2", "x1x2"]);
  const one = toggleFeature("x2", order)(without);
  expect(toggleFeature("x1x2", order)(one)).toBe(one);
});

test("another toy dataset gets rows and noise within its limits, and a loss that fits its task", () => {
  const before = { ...EXPERIMENT, training: { ...EXPERIMENT.training, loss: "hinge" } };
  const { data, training } = chooseToy(toy({}), [])(before);
  expect([data.rows, data.noise, training.loss]).toEqual([200, 0.05, "auto"]);
  expect(
    chooseToy(toy({ name: "iris", rows: [150, 150], noise: [0, 0], features: false }), [])(before).data
      .features,
  ).toEqual([]);
});

test("features of the plane stay with datasets of the plane, and columns do not", () => {
  const toys = [toy({}), toy({ name: "circles" }), toy({ name: "digits", features: false })];
  const [moons] = toys as [ToyEntry];
  const featuresOn = (data: Partial<Experiment["data"]>): [readonly string[], readonly string[]] => {
    const before = { ...EXPERIMENT, data: { ...EXPERIMENT.data, ...data } };
    return [
      chooseToy(moons, toys)(before).data.features,
      chooseDrawn("", toys)({ ...before, data: { ...before.data, points: "x" } }).data.features,
    ];
  };
  const plane = ["x1", "x1_squared"];
  expect(featuresOn({ source: "toy", name: "circles", features: plane })).toEqual([plane, plane]);
  expect(featuresOn({ source: "drawn", name: "drawn", features: plane })).toEqual([plane, plane]);
  expect(featuresOn({ source: "toy", name: "digits", features: ["row 1, column 1"] })).toEqual([[], []]);
  expect(featuresOn({ source: "table", name: "moons", features: ["petal_length"] })).toEqual([[], []]);
});

test("another dataset brings its network and learning rate, unless somebody has changed them", () => {
  const toys = [toy({ name: "circles", experiment: withNetwork([4], 0.01) }), toy({})];
  const moons = toys[1] as ToyEntry;
  const settings = ({ network, training }: Experiment) => [
    network.layers.map(({ units }) => units),
    training.learning_rate,
  ];
  expect(settings(chooseToy(moons, toys)(withNetwork([4], 0.01)))).toEqual([[8, 4], 0.003]);
  expect(settings(chooseToy(moons, toys)(withNetwork([5], 0.01)))).toEqual([[5], 0.003]);
  expect(settings(chooseToy(moons, toys)(withNetwork([4], 0.3)))).toEqual([[8, 4], 0.3]);
});

test("a lesson's settings do not outlive it", () => {
  const before = {
    ...EXPERIMENT,
    training: { ...EXPERIMENT.training, optimizer: "gradient_descent", learning_rate: 3 },
    view: { ...EXPERIMENT.view, lesson: "exploding", lecture: true },
  };
  const { training, view } = chooseToy(toy({}), [])(before);
  expect([training.optimizer, training.learning_rate]).toEqual(["adam", 0.003]);
  expect([view.lesson, view.lecture]).toEqual([null, true]);
});

test("a target is not an input", () => {
  const table = {
    ...EXPERIMENT,
    data: { ...EXPERIMENT.data, source: "table" as const, features: ["a", "b"], target: "c" },
  };
  expect(chooseTarget("b")(table).data).toMatchObject({ target: "b", features: ["a"] });
});

test("another experiment keeps how the page is set up for a lecture", () => {
  const lecture: Experiment = {
    ...EXPERIMENT,
    view: { ...EXPERIMENT.view, lecture: true, locked: true, hidden: ["data"] },
  };
  const next: Experiment = {
    ...EXPERIMENT,
    training: { ...EXPERIMENT.training, learning_rate: 0.5 },
    view: { ...EXPERIMENT.view, lesson: "xor" },
  };
  const made = adopt(next)(lecture);
  expect(made.training.learning_rate).toBe(0.5);
  expect(made.view).toEqual({ ...next.view, lecture: true, locked: true, hidden: ["data"] });
});
