/** The inputs that the parts of the surface's picture share. */

import type { Frame, Grid, Points } from "../engine/frame";
import type { StateResponse } from "../engine/protocol";
import type { Scale } from "../engine/scale";
import type { Palette } from "./palette";
import type { Box } from "./raster";

export interface SurfaceDrawing {
  readonly state: StateResponse;
  readonly frame: Frame | null;
  readonly points: Points | null;
  /** The outputs over the plane; by default those of the frame over the input plane. */
  readonly grids?: readonly Grid[];
  readonly palette: Palette;
  readonly fontSize: number;
}

export interface SurfaceGeometry {
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
}
