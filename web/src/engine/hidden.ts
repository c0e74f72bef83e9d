/** The rows and predictions of a frame on the plane of the last hidden layer, in the form of the surface. */

import type { Frame, Grid, Points } from "./frame";
import type { StateResponse } from "./protocol";

export interface HiddenView {
  readonly state: StateResponse;
  readonly points: Points;
  readonly grids: readonly Grid[];
}

/** Null while the frame has no such plane, or is of other points. */
export function hiddenView(
  state: StateResponse,
  frame: Frame | null,
  points: Points | null,
): HiddenView | null {
  const hidden = frame?.header.hidden;
  const places = frame?.hiddenPoints;
  if (!frame || !hidden || !places || !points || places.length !== 2 * points.x.length) return null;
  const grids = Array.from({ length: frame.outputs }, (_, k) => frame.hiddenGrid(k));
  return {
    state: {
      ...state,
      input_plane: { ...state.input_plane, kind: "plane", x: hidden.x, y: hidden.y },
    },
    points: {
      ...points,
      x: places.filter((_, i) => i % 2 === 0),
      y: places.filter((_, i) => i % 2 === 1),
    },
    grids: grids.filter((grid) => grid !== null),
  };
}
