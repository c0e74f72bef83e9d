/** Draws the axes of a chart: ticks, tick labels and names. */

import { at, tickLabels, ticks, type Scale } from "../engine/scale";
import { FONT, shortened } from "./canvas";
import type { Palette } from "./palette";
import type { Box } from "./raster";

export interface AxesStyle {
  readonly palette: Palette;
  readonly fontSize: number;
}

/** The inner box of a chart, after space for labels and names. */
export function innerBox(width: number, height: number, fontSize: number, left = fontSize * 4.6): Box {
  const bottom = fontSize * 3.1;
  const [top, right] = [fontSize * 0.7, fontSize * 0.9];
  return {
    x: left,
    y: top,
    width: Math.max(width - left - right, 1),
    height: Math.max(height - top - bottom, 1),
  };
}

export function drawAxes(
  context: CanvasRenderingContext2D,
  box: Box,
  x: Scale,
  y: Scale,
  names: readonly [string, string],
  { palette, fontSize }: AxesStyle,
  labelsOfY?: ReadonlyMap<number, string>,
): void {
  context.font = `${fontSize}px ${FONT}`;
  context.strokeStyle = palette.rule;
  context.fillStyle = palette.soft;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  const foot = box.y + box.height;

  context.textAlign = "center";
  context.textBaseline = "top";
  const xs = ticks(x.low, x.high, Math.max(3, Math.floor(box.width / (fontSize * 5))));
  tickLabels(xs).forEach((label, i) =>
    context.fillText(label, at(x, xs[i] as number), foot + fontSize * 0.45),
  );

  context.textAlign = "right";
  context.textBaseline = "middle";
  const ys = labelsOfY
    ? [...labelsOfY.keys()]
    : ticks(y.low, y.high, Math.max(2, Math.floor(box.height / (fontSize * 4))));
  const labels = labelsOfY ? [...labelsOfY.values()] : tickLabels(ys);
  labels.forEach((label, i) =>
    context.fillText(
      shortened(context, label, box.x - fontSize * 2),
      box.x - fontSize * 0.5,
      at(y, ys[i] as number),
    ),
  );

  context.fillStyle = palette.ink;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText(shortened(context, names[0], box.width), box.x + box.width / 2, foot + fontSize * 1.75);
  context.save();
  context.translate(fontSize * 0.15, box.y + box.height / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillText(shortened(context, names[1], box.height), 0, 0);
  context.restore();
}
