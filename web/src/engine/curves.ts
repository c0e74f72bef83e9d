/** The table of epochs that comes flat in a frame: epoch, training and validation loss, training and validation score. */

const WIDTH = 5;

export type CurveColumns = readonly [
  number[],
  (number | null)[],
  (number | null)[],
  (number | null)[],
  (number | null)[],
];

/** Columns as charts want them; what was not measured is null, which leaves a gap. */
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

/** Places of about `most` rows of `total`, evenly spread, the first and the last among them. */
export function thinned(total: number, most: number): number[] {
  if (total <= most) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (total - 1)) / (most - 1)));
}
