/** Draws the axes of a chart: ticks, tick labels and names. */

import { at, labelWidth, tickLabels, ticksInColumn, ticksInRow, type Scale } from "../engine/scale";
import { FONT, shortened } from "./canvas";
import type { Palette } from "./palette";
import type { Box } from "./raster";

export interface AxesStyle {
  readonly palette: Palette;
  readonly fontSize: number;
}

/** Sizes of the font from the left edge to the longest label on the y axis: the axis' name and two gaps. */
const BESIDE_LABELS = 2.3;
const [TOP, BOTTOM] = [0.7, 3.1];

/** The inner box of a chart over y from `low` to `high`, after space for labels and names. */
export function innerBox(
  width: number,
  height: number,
  fontSize: number,
  [low, high]: readonly [number, number],
  left?: number,
): Box {
  const inner = Math.max(height - (TOP + BOTTOM) * fontSize, 1);
  const longest = Math.max(...tickLabels(ticksInColumn(low, high, inner / fontSize)).map(labelWidth), 2.3);
  const start = left ?? (BESIDE_LABELS + longest) * fontSize;
  return {
    x: start,
    y: TOP * fontSize,
    width: Math.max(width - start - 0.9 * fontSize, 1),
    height: inner,
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
  const xs = ticksInRow(x.low, x.high, box.width / fontSize);
  const edge = box.x + box.width + fontSize * 0.85;
  tickLabels(xs).forEach((label, i) => {
    const middle = Math.min(at(x, xs[i] as number), edge - context.measureText(label).width / 2);
    context.fillText(label, middle, foot + fontSize * 0.45);
  });

  context.textAlign = "right";
  context.textBaseline = "middle";
  const ys = labelsOfY ? [...labelsOfY.keys()] : ticksInColumn(y.low, y.high, box.height / fontSize);
  const labels = labelsOfY ? [...labelsOfY.values()] : tickLabels(ys);
  labels.forEach((label, i) =>
    context.fillText(
      shortened(context, label, box.x - fontSize * 1.9),
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
