/** Draws the predictions over the input plane, the boundaries between them, and the samples. */

import type { Frame, Grid } from "../engine/frame";
import type { StateResponse } from "../engine/protocol";
import { scale } from "../engine/scale";
import { drawAxes, innerBox } from "./axes";
import { FONT, haloText } from "./canvas";
import { drawPredictions, drawCurve, drawTexture } from "./surface_predictions";
import { drawLines } from "./surface_lines";
import { drawPoints } from "./surface_points";
import type { SurfaceDrawing, SurfaceGeometry } from "./surface_types";

/** The scales of the input plane on a canvas of this size. */
export function surfaceGeometry(
  { input_plane: plane, task }: StateResponse,
  width: number,
  height: number,
  fontSize: number,
): SurfaceGeometry {
  const namesClasses = plane.kind === "line" && task === "classification";
  const box = innerBox(
    width,
    height,
    fontSize,
    [plane.y.low, plane.y.high],
    namesClasses ? fontSize * 8 : undefined,
  );
  return {
    box,
    x: scale(plane.x.low, plane.x.high, box.x, box.x + box.width),
    y: scale(plane.y.low, plane.y.high, box.y + box.height, box.y),
  };
}

export function drawSurface(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  drawing: SurfaceDrawing,
): void {
  const { state, frame, palette, fontSize } = drawing;
  const { input_plane: plane } = state;
  const geometry = surfaceGeometry(state, width, height, fontSize);
  const { box } = geometry;
  const grids = drawing.grids ?? (frame ? outputGrids(frame) : []);
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.fillStyle = palette.card;
  context.fillRect(box.x, box.y, box.width, box.height);
  if (grids.length > 0) drawPredictions(context, box, grids, drawing);
  if (grids.length > 0 && state.task === "classification" && state.experiment.view.discrete)
    drawTexture(context, box, grids, drawing);
  const labels = grids.length > 0 && plane.kind === "plane" ? drawLines(context, box, grids, drawing) : [];
  if (grids.length > 0 && plane.kind === "line") drawCurve(context, geometry, grids, drawing);
  drawPoints(context, geometry, drawing);
  context.font = `600 ${fontSize * 0.95}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, x, y } of labels)
    haloText(context, text, x, y, { ink: palette.ink, halo: palette.card }, 4);
  context.restore();
  const names =
    plane.kind === "line" && state.classes.length > 0
      ? new Map(state.classes.map((name, i) => [i, name]))
      : undefined;
  drawAxes(
    context,
    box,
    geometry.x,
    geometry.y,
    [plane.x.label, plane.y.label],
    { palette, fontSize },
    names,
  );
}

function outputGrids(frame: Frame): Grid[] {
  return Array.from({ length: frame.outputs }, (_, k) => frame.outputGrid(k)).filter((grid) => grid !== null);
}
