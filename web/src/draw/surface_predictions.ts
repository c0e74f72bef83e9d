/** Draws predictions: colors, markers over regions, or a curve over one input. */

import { decide } from "../engine/boundaries";
import type { Grid } from "../engine/frame";
import { at } from "../engine/scale";
import { classRamp, markColor, signedRamp } from "./colors";
import { addMarker, markerOf } from "./markers";
import type { SurfaceDrawing, SurfaceGeometry } from "./surface_types";
import { drawGrid, type Box } from "./raster";

/** Level of a class's color where the network only guesses, so that regions stay distinct. */
const FAINTEST = 40;

/** Colors by prediction: the class and its certainty, or the number. */
export function drawPredictions(
  context: CanvasRenderingContext2D,
  box: Box,
  grids: readonly Grid[],
  drawing: SurfaceDrawing,
): void {
  const { state, palette } = drawing;
  const first = grids[0] as Grid;
  const { discrete } = state.experiment.view;
  if (state.task === "regression" && state.input_plane.kind === "line") return; // drawn as a curve
  if (grids.length === 1) {
    const table = signedRamp(palette);
    const isClasses = state.task === "classification";
    const level = isClasses && discrete ? (v: number) => (v > 127.5 ? 222 : 33) : Math.round;
    return drawGrid(context, first, (cell) => table[level(first.levels[cell] as number)] as number, box);
  }
  const { winner, certainty } = decide(grids);
  const tables = grids.map((_, k) => classRamp(palette, k));
  drawGrid(
    context,
    first,
    (cell) =>
      (tables[winner[cell] as number] as Uint32Array)[
        discrete ? 200 : FAINTEST + Math.round((certainty[cell] as number) * (1 - FAINTEST / 255))
      ] as number,
    box,
  );
}

/** Each class's markers over its region, so that regions differ without color. */
export function drawTexture(
  context: CanvasRenderingContext2D,
  box: Box,
  grids: readonly Grid[],
  { palette, fontSize }: SurfaceDrawing,
): void {
  const first = grids[0] as Grid;
  const { winner } = decide(grids);
  const classAt = (cell: number) =>
    grids.length === 1 ? Number((first.levels[cell] as number) > 127.5) : (winner[cell] as number);
  const step = fontSize * 2;
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.22;
  for (let y = step / 2; y < box.height; y += step)
    for (let x = step / 2; x < box.width; x += step) {
      const column = Math.min(Math.floor((x / box.width) * first.columns), first.columns - 1);
      const row = Math.min(Math.floor((1 - y / box.height) * first.rows), first.rows - 1);
      context.beginPath();
      addMarker(
        context,
        markerOf(classAt(row * first.columns + column)),
        box.x + x,
        box.y + y,
        fontSize * 0.22,
      );
      context.fill();
    }
  context.globalAlpha = 1;
}

/** The prediction as a curve over a single input. */
export function drawCurve(
  context: CanvasRenderingContext2D,
  { box, y }: SurfaceGeometry,
  grids: readonly Grid[],
  drawing: SurfaceDrawing,
): void {
  const { state, palette, fontSize } = drawing;
  const [low, high] = state.output_range;
  grids.forEach((grid, k) => {
    context.strokeStyle = grids.length > 1 ? markColor(k, palette) : palette.ink;
    context.lineWidth = fontSize * 0.2;
    context.setLineDash(grids.length > 1 ? ([[], [6, 3], [2, 2], [8, 3, 2, 3]][k % 4] as number[]) : []);
    context.beginPath();
    grid.levels.forEach((level, i) => {
      const share = level / 255;
      const height = grids.length > 1 ? box.y + box.height * (1 - share) : at(y, low + share * (high - low));
      context.lineTo(box.x + (box.width * i) / Math.max(grid.columns - 1, 1), height);
    });
    context.stroke();
  });
  context.setLineDash([]);
}
