/** Draws decision boundaries, or lines of equal prediction. */

import { contours } from "d3-contour";
import { margin, smoothed } from "../engine/boundaries";
import type { Grid } from "../engine/frame";
import { tickLabels, ticks } from "../engine/scale";
import type { SurfaceDrawing } from "./surface_types";
import type { Box } from "./raster";

/** d3-contour has cell centers at i + 0.5; the outer centers lie on the edges of the input plane. */
function tracer(context: CanvasRenderingContext2D, box: Box, { columns, rows }: Grid) {
  const x = (value: number) => box.x + ((value - 0.5) / Math.max(columns - 1, 1)) * box.width;
  const y = (value: number) => box.y + box.height - ((value - 0.5) / Math.max(rows - 1, 1)) * box.height;
  return (values: number[], threshold: number) => {
    const { coordinates } = contours().size([columns, rows]).contour(values, threshold);
    context.beginPath();
    for (const polygon of coordinates)
      for (const ring of polygon)
        ring.forEach(([px, py], i) => {
          if (i === 0) context.moveTo(x(px as number), y(py as number));
          else context.lineTo(x(px as number), y(py as number));
        });
    context.stroke();
    return coordinates;
  };
}

export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Boundaries between classes, or lines of equal prediction, whose labels are returned to be drawn over the points. */
export function drawLines(
  context: CanvasRenderingContext2D,
  box: Box,
  grids: readonly Grid[],
  drawing: SurfaceDrawing,
): Label[] {
  const { state, palette, fontSize } = drawing;
  const first = grids[0] as Grid;
  const trace = tracer(context, box, first);
  context.strokeStyle = palette.ink;
  context.setLineDash([]);
  context.lineWidth = fontSize * 0.15;
  if (state.task === "classification") {
    if (grids.length === 1) trace(smoothed(Array.from(first.levels), first.columns), 127.5);
    else for (let k = 0; k < grids.length; k++) trace(smoothed(margin(grids, k), first.columns), 0);
    return [];
  }
  const [low, high] = state.output_range;
  const values = ticks(low, high, 7);
  const labels = tickLabels(values);
  context.lineWidth = fontSize * 0.08;
  const levels = smoothed(Array.from(first.levels), first.columns);
  const spots: Label[] = [];
  values.forEach((value, i) => {
    const level = ((value - low) / (high - low)) * 255;
    if (level <= 1 || level >= 254) return;
    const rings = trace(levels, level).flat();
    const longest = rings.reduce((a, b) => (b.length > a.length ? b : a), [] as number[][]);
    const inside = (place: number | undefined, cells: number) => Math.abs((place ?? 0) / cells - 0.5) < 0.42;
    const inner = longest.filter(([px, py]) => inside(px, first.columns) && inside(py, first.rows));
    const [px, py] = inner[Math.floor(inner.length / 3)] ?? [];
    if (px === undefined || py === undefined) return;
    spots.push({
      text: labels[i] as string,
      x: box.x + (px / first.columns) * box.width,
      y: box.y + box.height - (py / first.rows) * box.height,
    });
  });
  return spots;
}
