import { expect, test } from "vitest";
import { strokeBytes, template } from "../src/engine/digit";

test("strokes are float32 triples with the number of the stroke", () => {
  const bytes = strokeBytes([
    [
      [0.5, 0.25],
      [1, 0],
    ],
    [[0.75, 0.125]],
  ]);
  expect([...new Float32Array(bytes.buffer)]).toEqual([0.5, 0.25, 0, 1, 0, 0, 0.75, 0.125, 1]);
  expect(strokeBytes([])).toHaveLength(0);
});

test("templates are shares of the largest weight", () => {
  const shares = template((i) => (i === 0 ? -3 : i === 1 ? 1.5 : i === 2 ? NaN : 0), 3);
  expect(shares).toHaveLength(64);
  expect(shares.slice(0, 4)).toEqual([-1, 0.5, 0, 0]);
  expect(template(() => 0, 0)[0]).toBe(0);
});
