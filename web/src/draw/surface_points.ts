/** Draws the samples. */

import { at } from "../engine/scale";
import { markColor, pointRamp } from "./colors";
import type { Palette } from "./palette";
import { addMarker, markerOf } from "./markers";
import type { SurfaceDrawing, SurfaceGeometry } from "./surface_types";

/** Color of a regression's target. */
export function targetColor(palette: Palette, [low, high]: readonly [number, number], value: number): string {
  const share = Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  const word = pointRamp(palette)[Math.round(share * 255)] as number;
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

export function drawPoints(
  context: CanvasRenderingContext2D,
  { x, y }: SurfaceGeometry,
  drawing: SurfaceDrawing,
): void {
  const { state, points, palette, fontSize } = drawing;
  if (!points) return;
  const showsValidation = state.experiment.view.validation;
  const size = fontSize * (points.x.length > 800 ? 0.22 : points.x.length > 300 ? 0.28 : 0.34);
  const isClasses = state.task === "classification";
  const edge = palette.dark ? "#0d0f12" : "#ffffff";
  for (let i = 0; i < points.x.length; i++) {
    const isValidation = points.validation[i] === 1;
    if (isValidation && !showsValidation) continue;
    const target = points.target[i] as number;
    const [px, py] = [at(x, points.x[i] as number), at(y, points.y[i] as number)];
    const color = isClasses ? markColor(target, palette) : targetColor(palette, state.output_range, target);
    context.beginPath();
    addMarker(context, isClasses ? markerOf(target) : isValidation ? "diamond" : "circle", px, py, size);
    if (!isClasses) {
      context.fillStyle = color;
      context.strokeStyle = palette.dark ? "#0d0f12" : palette.ink;
      context.lineWidth = size * (isValidation ? 0.3 : 0.2);
    } else if (isValidation) {
      context.fillStyle = palette.dark ? "rgb(13 15 18 / 0.75)" : "rgb(255 255 255 / 0.8)";
      context.strokeStyle = color;
      context.lineWidth = size * 0.42;
    } else {
      context.fillStyle = color;
      context.strokeStyle = edge;
      context.lineWidth = size * 0.26;
    }
    context.fill();
    context.stroke();
  }
  const chosen = state.sample?.index ?? null;
  if (chosen === null || chosen >= points.x.length) return;
  context.beginPath();
  context.arc(
    at(x, points.x[chosen] as number),
    at(y, points.y[chosen] as number),
    size * 2.6,
    0,
    2 * Math.PI,
  );
  context.strokeStyle = palette.card;
  context.lineWidth = size * 1.3;
  context.stroke();
  context.strokeStyle = palette.ink;
  context.lineWidth = size * 0.6;
  context.stroke();
}
