/** The curve of a frame: epoch, training and validation loss, training and validation score. */

const WIDTH = 5;

export type CurveColumns = readonly [
  number[],
  (number | null)[],
  (number | null)[],
  (number | null)[],
  (number | null)[],
];

/** The columns of a chart; null where nothing was measured, which leaves a gap. */
export function curveColumns(flat: Float32Array): CurveColumns {
  const rows = Math.floor(flat.length / WIDTH);
  const columns: CurveColumns = [[], [], [], [], []];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < WIDTH; column++) {
      const value = flat[row * WIDTH + column] as number;
      (columns[column] as (number | null)[]).push(Number.isFinite(value) ? value : null);
    }
  return columns;
}

/** Indices of about `most` of `total` rows, evenly spaced, including the first and the last. */
export function thinned(total: number, most: number): number[] {
  if (total <= most) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (total - 1)) / (most - 1)));
}
