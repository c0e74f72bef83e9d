/** Draws a loss landscape on a logarithmic color scale, yellow for a low loss, with the trajectory of training. */

import { contours } from "d3-contour";
import type { Landscape } from "../engine/frame";
import { at, scale } from "../engine/scale";
import { drawAxes, innerBox } from "./axes";
import { lossRamp } from "./colors";
import { TRAJECTORY_COLORS, type Palette } from "./palette";
import { drawGrid } from "./raster";

const LINES = 11;

export function drawLandscape(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { steps, a, b, losses, names, trajectory }: Landscape,
  palette: Palette,
  fontSize: number,
): void {
  const box = innerBox(width, height, fontSize, b);
  const x = scale(a[0], a[1], box.x, box.x + box.width);
  const y = scale(b[0], b[1], box.y + box.height, box.y);
  const finite = losses.filter(Number.isFinite);
  const least = finite.reduce((low, value) => Math.min(low, value), Infinity);
  const most = finite.reduce((high, value) => Math.max(high, value), -Infinity);
  const span = most - least || 1;
  // log(1 + excess over the lowest), so that the valley's floor is as visible as its walls
  const sharpness = 50;
  const share = (loss: number) =>
    Number.isFinite(loss) ? Math.log1p((sharpness * (loss - least)) / span) / Math.log1p(sharpness) : 1;
  const shares = Array.from(losses, share);
  const table = lossRamp();

  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  drawGrid(
    context,
    { columns: steps, rows: steps },
    (cell) => table[Math.round((1 - (shares[cell] as number)) * 255)] as number,
    box,
  );
  context.strokeStyle = "rgb(255 255 255 / 0.55)";
  context.lineWidth = fontSize * 0.08;
  const px = (value: number) => box.x + ((value - 0.5) / (steps - 1)) * box.width;
  const py = (value: number) => box.y + box.height - ((value - 0.5) / (steps - 1)) * box.height;
  const lines = contours().size([steps, steps]);
  for (let i = 1; i < LINES; i++) {
    context.beginPath();
    for (const polygon of lines.contour(shares, i / LINES).coordinates)
      for (const ring of polygon)
        ring.forEach(([u, v], k) =>
          k
            ? context.lineTo(px(u as number), py(v as number))
            : context.moveTo(px(u as number), py(v as number)),
        );
    context.stroke();
  }
  drawPath(
    context,
    Array.from({ length: trajectory.length / 2 }, (_, i) => [
      at(x, trajectory[i * 2] as number),
      at(y, trajectory[i * 2 + 1] as number),
    ]),
    fontSize,
  );
  context.restore();
  drawAxes(context, box, x, y, names, { palette, fontSize });
}

function drawPath(context: CanvasRenderingContext2D, stations: [number, number][], fontSize: number): void {
  if (stations.length === 0) return;
  const line = () => {
    context.beginPath();
    for (const [x, y] of stations) context.lineTo(x, y);
    context.stroke();
  };
  context.lineJoin = "round";
  context.strokeStyle = "#ffffff";
  context.lineWidth = fontSize * 0.42;
  line();
  context.strokeStyle = TRAJECTORY_COLORS[0];
  context.lineWidth = fontSize * 0.22;
  line();
  const [start, end] = [stations[0] as [number, number], stations.at(-1) as [number, number]];
  context.fillStyle = "#ffffff";
  context.beginPath();
  context.arc(start[0], start[1], fontSize * 0.4, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  const r = fontSize * 0.42;
  for (const [color, width] of [
    ["#ffffff", 0.5],
    [TRAJECTORY_COLORS[0], 0.24],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = fontSize * width;
    context.beginPath();
    context.moveTo(end[0] - r, end[1] - r);
    context.lineTo(end[0] + r, end[1] + r);
    context.moveTo(end[0] - r, end[1] + r);
    context.lineTo(end[0] + r, end[1] - r);
    context.stroke();
  }
}
