/** Computes predicted classes, their certainty and the lines between them from the grids of the outputs. */

import type { Grid } from "./frame";

export interface Decision {
  readonly winner: Uint8Array;
  /** 0: no better than guessing, 255: certain. */
  readonly certainty: Uint8Array;
}

/** The class with the largest output in each cell. */
export function decide(grids: readonly Grid[]): Decision {
  const size = grids[0]?.levels.length ?? 0;
  const winner = new Uint8Array(size);
  const certainty = new Uint8Array(size);
  const guess = 255 / Math.max(grids.length, 2);
  for (let i = 0; i < size; i++) {
    let best = -1;
    let place = 0;
    for (let k = 0; k < grids.length; k++) {
      const level = (grids[k] as Grid).levels[i] as number;
      if (level > best) {
        best = level;
        place = k;
      }
    }
    winner[i] = place;
    certainty[i] = Math.max(0, Math.min(255, ((best - guess) / (255 - guess)) * 255));
  }
  return { winner, certainty };
}

/** Output `k` minus the largest of the others: zero on the boundary of class k. */
export function margin(grids: readonly Grid[], k: number): number[] {
  const size = grids[0]?.levels.length ?? 0;
  const own = (grids[k] as Grid).levels;
  const margins = new Array<number>(size);
  for (let i = 0; i < size; i++) {
    let other = -1;
    for (let j = 0; j < grids.length; j++)
      if (j !== k) other = Math.max(other, (grids[j] as Grid).levels[i] as number);
    margins[i] = (own[i] as number) - other;
  }
  return margins;
}

/**
 * Smooths with weights 1-2-1 along both axes. Without it, a boundary where the output jumps within one cell
 * would be a staircase; smoothing does not move a boundary.
 */
export function smoothed(values: readonly number[], columns: number): number[] {
  const rows = values.length / columns;
  const pass = (from: readonly number[], step: number, place: (i: number) => number, last: number) =>
    from.map((value, i) => {
      const before = place(i) > 0 ? (from[i - step] as number) : value;
      const after = place(i) < last ? (from[i + step] as number) : value;
      return (before + 2 * value + after) / 4;
    });
  const across = pass(values, 1, (i) => i % columns, columns - 1);
  return pass(across, columns, (i) => Math.floor(i / columns), rows - 1);
}
