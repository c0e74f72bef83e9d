/** Draws grids of levels: colored pixel by pixel on a small canvas, then scaled up smoothly. */

import type { Grid } from "../engine/frame";

/** One small canvas per grid size, reused for every picture. */
const canvases = new Map<string, CanvasRenderingContext2D>();

function canvasOf(columns: number, rows: number): CanvasRenderingContext2D {
  const key = `${columns} ${rows}`;
  let context = canvases.get(key);
  if (!context) {
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    canvases.set(key, context);
  }
  return context;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draw a grid whose cell i has the color `color(i)` (a word for ImageData) into `box`, the low y at the bottom. */
export function drawGrid(
  target: CanvasRenderingContext2D,
  { columns, rows }: { columns: number; rows: number },
  color: (cell: number) => number,
  box: Box,
): void {
  const context = canvasOf(columns, rows);
  const image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  for (let row = 0; row < rows; row++) {
    const drawn = (rows - 1 - row) * columns;
    for (let column = 0; column < columns; column++) words[drawn + column] = color(row * columns + column);
  }
  context.putImageData(image, 0, 0);
  target.imageSmoothingEnabled = true;
  target.imageSmoothingQuality = "high";
  // Half a cell is cut at each edge: the centers of the outer cells lie on the edges of the input plane.
  const cut = (side: number) => (side > 1 ? 0.5 : 0);
  const [cx, cy] = [cut(columns), cut(rows)];
  target.drawImage(
    context.canvas,
    cx,
    cy,
    columns - 2 * cx,
    rows - 2 * cy,
    box.x,
    box.y,
    box.width,
    box.height,
  );
}

/** The picture of one unit, colored by `table`; a grid of one row is drawn as a curve. */
export function drawUnit(
  target: CanvasRenderingContext2D,
  grid: Grid,
  table: Uint32Array,
  box: Box,
  line: { readonly ink: string; readonly rule: string; readonly ground: string },
): void {
  if (grid.rows > 1)
    return drawGrid(target, grid, (cell) => table[Math.round(grid.levels[cell] as number)] as number, box);
  target.fillStyle = line.ground;
  target.fillRect(box.x, box.y, box.width, box.height);
  const height = (level: number) => box.y + box.height * (0.9 - 0.8 * (level / 255));
  target.strokeStyle = line.rule;
  target.lineWidth = 1;
  target.beginPath();
  target.moveTo(box.x, height(127.5));
  target.lineTo(box.x + box.width, height(127.5));
  target.stroke();
  target.strokeStyle = line.ink;
  target.lineWidth = 1.6;
  target.beginPath();
  for (let i = 0; i < grid.columns; i++)
    target.lineTo(box.x + (box.width * i) / Math.max(grid.columns - 1, 1), height(grid.levels[i] as number));
  target.stroke();
}
