/** Draws the plane: what the network says everywhere, lines between its answers, and the samples. */

import { contours } from "d3-contour";
import { decide, margin, smoothed } from "../engine/boundaries";
import type { Frame, Grid, Points } from "../engine/frame";
import type { State } from "../engine/protocol";
import { at, scale, tickLabels, ticks, type Scale } from "../engine/scale";
import { drawAxes, innerBox } from "./axes";
import { FONT, haloText } from "./canvas";
import { classColour, classRamp, markColour, pointRamp, signedRamp, type Palette } from "./colours";
import { addMarker, markerOf } from "./markers";
import { drawGrid, type Box } from "./raster";

/** Of a class's colour, where the network is no better than guessing: regions stay told apart. */
const FAINTEST = 40;

export interface PlaneDrawing {
  readonly state: State;
  readonly frame: Frame | null;
  readonly points: Points | null;
  readonly palette: Palette;
  readonly fontSize: number;
}

export interface PlaneGeometry {
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
}

/** Where the plane's values lie on a canvas of this size. */
export function planeGeometry({ plane }: State, width: number, height: number, fontSize: number): PlaneGeometry {
  const box = innerBox(width, height, fontSize);
  return {
    box,
    x: scale(plane.x.low, plane.x.high, box.x, box.x + box.width),
    y: scale(plane.y.low, plane.y.high, box.y + box.height, box.y),
  };
}

export function drawPlane(context: CanvasRenderingContext2D, width: number, height: number, drawing: PlaneDrawing): void {
  const { state, frame, palette, fontSize } = drawing;
  const { plane } = state;
  const geometry = planeGeometry(state, width, height, fontSize);
  const { box } = geometry;
  const grids = frame ? outputGrids(frame) : [];
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.fillStyle = palette.card;
  context.fillRect(box.x, box.y, box.width, box.height);
  if (grids.length > 0) {
    drawAnswers(context, box, grids, drawing);
  }
  if (grids.length > 0 && state.task === "classification" && state.experiment.view.discrete) drawTexture(context, box, grids, drawing);
  const labels = grids.length > 0 && plane.kind === "plane" ? drawLines(context, box, grids, drawing) : [];
  if (grids.length > 0 && plane.kind === "line") drawCurve(context, geometry, grids, drawing);
  drawPoints(context, geometry, drawing);
  context.font = `600 ${fontSize * 0.95}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, x, y } of labels) haloText(context, text, x, y, { ink: palette.ink, halo: palette.card }, 4);
  context.restore();
  const names = plane.kind === "line" && state.classes.length > 0 ? new Map(state.classes.map((name, i) => [i, name])) : undefined;
  drawAxes(context, box, geometry.x, geometry.y, [plane.x.label, plane.y.label], { palette, fontSize }, names);
}

function outputGrids(frame: Frame): Grid[] {
  return Array.from({ length: frame.outputs }, (_, k) => frame.outputGrid(k)).filter((grid) => grid !== null);
}

function drawAnswers(context: CanvasRenderingContext2D, box: Box, grids: readonly Grid[], drawing: PlaneDrawing): void {
  const { state, palette } = drawing;
  const first = grids[0] as Grid;
  const { discrete } = state.experiment.view;
  if (state.task === "regression" && state.plane.kind === "line") return; // its curve says it all
  if (grids.length === 1) {
    const table = signedRamp(palette);
    const isClasses = state.task === "classification";
    const level = isClasses && discrete ? (v: number) => (v > 127 ? 222 : 33) : (v: number) => v;
    return drawGrid(context, first, (cell) => table[level(first.levels[cell] as number)] as number, box);
  }
  const { winner, certainty } = decide(grids);
  const tables = grids.map((_, k) => classRamp(palette, k, state.classes.length));
  drawGrid(
    context,
    first,
    (cell) => (tables[winner[cell] as number] as Uint32Array)[discrete ? 200 : FAINTEST + Math.round((certainty[cell] as number) * (1 - FAINTEST / 255))] as number,
    box,
  );
}

/** Each class's marks over its region, so that regions differ without colour. */
function drawTexture(context: CanvasRenderingContext2D, box: Box, grids: readonly Grid[], { palette, fontSize }: PlaneDrawing): void {
  const first = grids[0] as Grid;
  const classAt = (cell: number) => {
    if (grids.length === 1) return (first.levels[cell] as number) > 127 ? 1 : 0;
    return grids.reduce((best, grid, k) => ((grid.levels[cell] as number) > ((grids[best] as Grid).levels[cell] as number) ? k : best), 0);
  };
  const step = fontSize * 2;
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.22;
  for (let y = step / 2; y < box.height; y += step)
    for (let x = step / 2; x < box.width; x += step) {
      const column = Math.min(Math.floor((x / box.width) * first.columns), first.columns - 1);
      const row = Math.min(Math.floor((1 - y / box.height) * first.rows), first.rows - 1);
      context.beginPath();
      addMarker(context, markerOf(classAt(row * first.columns + column)), box.x + x, box.y + y, fontSize * 0.22);
      context.fill();
    }
  context.globalAlpha = 1;
}

/** A grid's cell middles lie at i + 0.5 for d3-contour, and the outer ones on the plane's edges. */
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

interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Lines between classes, or lines of equal prediction; the latter's labels are returned, to lie over the points. */
function drawLines(context: CanvasRenderingContext2D, box: Box, grids: readonly Grid[], drawing: PlaneDrawing): Label[] {
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

/** One input: the answer is a curve over it. */
function drawCurve(context: CanvasRenderingContext2D, { box, y }: PlaneGeometry, grids: readonly Grid[], drawing: PlaneDrawing): void {
  const { state, palette, fontSize } = drawing;
  const [low, high] = state.output_range;
  grids.forEach((grid, k) => {
    context.strokeStyle = grids.length > 1 ? classColour(k, state.classes.length) : palette.ink;
    context.lineWidth = fontSize * 0.2;
    context.setLineDash(grids.length > 1 ? ([[], [6, 3], [2, 2], [8, 3, 2, 3]][k % 4] as number[]) : []);
    context.beginPath();
    grid.levels.forEach((level, i) => {
      const share = level / 255;
      const height =
        grids.length > 1 ? box.y + box.height * (1 - share) : at(y, low + share * (high - low));
      context.lineTo(box.x + (box.width * i) / Math.max(grid.columns - 1, 1), height);
    });
    context.stroke();
  });
  context.setLineDash([]);
}

/** Colour of a regression's target. */
export function targetColour(palette: Palette, [low, high]: readonly [number, number], value: number): string {
  const share = Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  const word = pointRamp(palette)[Math.round(share * 255)] as number;
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

function drawPoints(context: CanvasRenderingContext2D, { x, y }: PlaneGeometry, drawing: PlaneDrawing): void {
  const { state, points, palette, fontSize } = drawing;
  if (!points) return;
  const showsHeldOut = state.experiment.view.validation;
  const size = fontSize * (points.x.length > 800 ? 0.22 : points.x.length > 300 ? 0.28 : 0.34);
  const isClasses = state.task === "classification";
  const edge = palette.dark ? "#0d0f12" : "#ffffff";
  for (let i = 0; i < points.x.length; i++) {
    const heldOut = points.validation[i] === 1;
    if (heldOut && !showsHeldOut) continue;
    const target = points.target[i] as number;
    const [px, py] = [at(x, points.x[i] as number), at(y, points.y[i] as number)];
    const colour = isClasses ? markColour(target, state.classes.length, palette) : targetColour(palette, state.output_range, target);
    context.beginPath();
    addMarker(context, isClasses ? markerOf(target) : heldOut ? "diamond" : "circle", px, py, size);
    if (!isClasses) {
      context.fillStyle = colour;
      context.strokeStyle = palette.dark ? "#0d0f12" : palette.ink;
      context.lineWidth = size * (heldOut ? 0.3 : 0.2);
    } else if (heldOut) {
      context.fillStyle = palette.dark ? "rgb(13 15 18 / 0.75)" : "rgb(255 255 255 / 0.8)";
      context.strokeStyle = colour;
      context.lineWidth = size * 0.42;
    } else {
      context.fillStyle = colour;
      context.strokeStyle = edge;
      context.lineWidth = size * 0.26;
    }
    context.fill();
    context.stroke();
  }
  const chosen = state.sample;
  if (!chosen || chosen.index >= points.x.length) return;
  context.beginPath();
  context.arc(at(x, points.x[chosen.index] as number), at(y, points.y[chosen.index] as number), size * 2.6, 0, 2 * Math.PI);
  context.strokeStyle = palette.card;
  context.lineWidth = size * 1.3;
  context.stroke();
  context.strokeStyle = palette.ink;
  context.lineWidth = size * 0.6;
  context.stroke();
}
