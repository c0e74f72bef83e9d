import { expect, test } from "vitest";
import {
  addPoint,
  decodePoints,
  encodePoints,
  erasePoints,
  MAX_DRAWN,
  missing,
  type DrawnPoint,
} from "../src/engine/drawn_points";
import { chooseDrawn, chooseToy } from "../src/engine/edits";
import { EXPERIMENT } from "./messages";

const at = (x: number, y: number, target = 0): DrawnPoint => ({ x, y, target });

test("a point is four characters, as in Python", () => {
  // x = −1 is step 0, y = 1 is step 1023, class 2: 000000 000011 111111 110010
  expect(encodePoints([at(-1, 1, 2)])).toBe("AD_y");
  expect(decodePoints("AD_y")).toEqual([at(-1, 1, 2)]);
});

test("points come back to half a step, and their text does not change", () => {
  const points = [at(0.3, -0.7, 1), at(0.999, 0, 3), at(-0.001, 0.5)];
  const back = decodePoints(encodePoints(points));
  back.forEach((point, i) => {
    expect(Math.abs(point.x - (points[i]?.x ?? 9))).toBeLessThanOrEqual(1 / 1023);
    expect(point.target).toBe(points[i]?.target);
  });
  expect(encodePoints(back)).toBe(encodePoints(points));
});

test("points keep a distance, stay on the plane, and are limited", () => {
  const one = addPoint([], at(0, 0), 0.1);
  expect(addPoint(one, at(0.05, 0), 0.1)).toBe(one);
  expect(addPoint(one, at(0.05, 0, 1), 0.1)).toHaveLength(2);
  expect(addPoint(one, at(0.2, 0), 0.1)).toHaveLength(2);
  expect(addPoint(one, at(1.01, 0), 0.1)).toBe(one);
  const full = Array.from({ length: MAX_DRAWN }, () => at(0, 0));
  expect(addPoint(full, at(0.5, 0.5), 0.1)).toBe(full);
});

test("the eraser removes what is near", () => {
  const points = [at(0, 0), at(0.5, 0), at(0.05, 0, 1)];
  expect(erasePoints(points, { x: 0, y: 0 }, 0.1)).toEqual([at(0.5, 0)]);
  expect(erasePoints(points, { x: -1, y: -1 }, 0.1)).toBe(points);
});

test("two classes with three points each can be trained on", () => {
  const three = (target: number) => [at(0, 0, target), at(0.2, 0, target), at(0.4, 0, target)];
  expect(missing([])).toContain("orange has 0");
  expect(missing(three(0))).toContain("blue has 0");
  expect(missing([...three(0), ...three(1)])).toBe(null);
  expect(missing([...three(0), ...three(2)])).toContain("blue has 0");
});

test("drawn points replace the data, and another dataset forgets them", () => {
  const drawn = chooseDrawn("AD_y", [])(EXPERIMENT);
  expect(drawn.data).toMatchObject({ source: "drawn", name: "drawn", points: "AD_y" });
  const toy = {
    name: "moons",
    label: "",
    task: "classification",
    classes: 2,
    rows: [20, 99],
    noise: [0, 1],
    features: true,
    about: "",
    preview: [],
    experiment: EXPERIMENT,
  } as const;
  expect(chooseToy(toy, [toy])(drawn).data).toMatchObject({ source: "toy", name: "moons", points: "" });
});
