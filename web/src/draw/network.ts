/** Draws a network: links by weight, each unit's output over the input plane, and the numbers of one sample. */

import type { Frame, Grid, Points } from "../engine/frame";
import { number } from "../engine/format";
import { linkCurve, type Column, type LinkPlace, type NetworkLayout } from "../engine/network_layout";
import type { StateResponse } from "../engine/protocol";
import { unitName } from "../engine/names";
import { FONT, haloText, shortened } from "./canvas";
import { classRamp, signedRamp } from "./colors";
import type { Palette } from "./palette";
import { drawUnit } from "./raster";

export interface Emphasis {
  readonly link: LinkPlace | null;
  /** layer -1: an input. */
  readonly unit: { readonly layer: number; readonly unit: number } | null;
}

export interface NetworkDrawing {
  readonly layout: NetworkLayout;
  readonly state: StateResponse;
  readonly frame: Frame | null;
  readonly points: Points | null;
  readonly palette: Palette;
  readonly emphasis: Emphasis;
  readonly zoom: number;
  readonly deltas: boolean;
}

const DASHES = [5, 3];
const NARROWEST = 0.6;
const WIDEST = 6;

export function drawNetwork(context: CanvasRenderingContext2D, drawing: NetworkDrawing): void {
  drawLinks(context, drawing);
  drawUnits(context, drawing);
}

function drawLinks(context: CanvasRenderingContext2D, drawing: NetworkDrawing): void {
  const { layout, frame, palette, emphasis, zoom } = drawing;
  const largest = frame?.largestWeight() ?? 1;
  const focused = emphasis.link !== null || emphasis.unit !== null;
  const strong: LinkPlace[] = [];
  context.lineCap = "butt";
  const stroke = (place: LinkPlace, alpha: number) => {
    const curve = linkCurve(layout, place);
    if (!curve) return;
    const weight = frame?.weight(place.layer, place.from, place.to) ?? Number.NaN;
    const share = Number.isFinite(weight) ? Math.min(Math.abs(weight) / largest, 1) : 0;
    context.globalAlpha = alpha * (0.35 + 0.65 * share);
    // A weight of 0 has no sign.
    context.strokeStyle = weight < 0 ? palette.negative : weight > 0 ? palette.positive : palette.rule;
    context.lineWidth = (NARROWEST + (WIDEST - NARROWEST) * share) * zoom;
    context.setLineDash(weight < 0 ? DASHES.map((dash) => dash * zoom) : []);
    context.beginPath();
    context.moveTo(curve.x0, curve.y0);
    context.bezierCurveTo(
      curve.x0 + curve.bend,
      curve.y0,
      curve.x1 - curve.bend,
      curve.y1,
      curve.x1,
      curve.y1,
    );
    context.stroke();
  };
  for (let layer = 0; layer + 1 < layout.columns.length; layer++)
    for (let from = 0; from < (layout.columns[layer]?.shown ?? 0); from++)
      for (let to = 0; to < (layout.columns[layer + 1]?.shown ?? 0); to++) {
        const place = { layer, from, to };
        if (touches(place, emphasis)) strong.push(place);
        else stroke(place, focused ? 0.3 : 0.9);
      }
  for (const place of strong) stroke(place, 1);
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function touches({ layer, from, to }: LinkPlace, { link, unit }: Emphasis): boolean {
  if (link) return link.layer === layer && link.from === from && link.to === to;
  if (!unit) return false;
  return (unit.layer === layer && unit.unit === to) || (unit.layer === layer - 1 && unit.unit === from);
}

function gridOf({ frame, points }: NetworkDrawing, layer: number, unit: number): Grid | null {
  return layer < 0 ? (points?.inputGrid(unit) ?? null) : (frame?.unitGrid(layer, unit) ?? null);
}

/** With three or more classes, output units have their class's color; other units show the sign. */
export function rampOf(state: StateResponse, palette: Palette, layer: number, unit: number): Uint32Array {
  const outputs = state.layers.at(-1)?.units ?? 1;
  if (layer === state.layers.length - 1 && state.task === "classification" && outputs > 1)
    return classRamp(palette, unit);
  return signedRamp(palette);
}

function drawUnits(context: CanvasRenderingContext2D, drawing: NetworkDrawing): void {
  const { layout, state, palette, emphasis, zoom } = drawing;
  const size = layout.unitSize;
  layout.columns.forEach((column, c) => {
    const layer = c - 1;
    for (let unit = 0; unit < column.shown; unit++) {
      const box = {
        x: column.x - size / 2,
        y: (column.y[unit] as number) - size / 2,
        width: size,
        height: size,
      };
      const grid = gridOf(drawing, layer, unit);
      const chosen = emphasis.unit?.layer === layer && emphasis.unit.unit === unit;
      context.save();
      context.beginPath();
      context.roundRect(box.x, box.y, size, size, 5 * zoom);
      context.fillStyle = palette.card;
      context.fill();
      context.clip();
      if (grid)
        drawUnit(context, grid, rampOf(state, palette, layer, unit), box, {
          ink: palette.ink,
          rule: palette.rule,
          ground: palette.card,
        });
      context.restore();
      context.beginPath();
      context.roundRect(box.x, box.y, size, size, 5 * zoom);
      context.lineWidth = (chosen ? 3 : 1.2) * zoom;
      context.strokeStyle = palette.ink;
      context.stroke();
      const isNamed = c === 0 || c === layout.columns.length - 1;
      if (isNamed) drawName(context, drawing, column, layer, unit);
      const foot = box.y + size + (isNamed && layout.namesBelow ? NAME_HEIGHT * zoom : 0);
      drawSample(context, drawing, layer, unit, column.x, foot);
    }
    if (column.shown < column.units) {
      context.fillStyle = palette.soft;
      context.font = `${12 * zoom}px ${FONT}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(`${column.units - column.shown} more`, column.x, column.y[column.shown] as number);
    }
  });
}

const [NAME_SIZE, NAME_GAP] = [11.5, 6];
/** Height of a name below its unit, before zoom. */
export const NAME_HEIGHT = 15;

let ruler: CanvasRenderingContext2D | null = null;

/** Width in pixels of the longest of these names, with the gaps around it. */
export function namesWidth(names: readonly string[], zoom: number): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return 0;
  ruler.font = `${NAME_SIZE * zoom}px ${FONT}`;
  return Math.max(0, ...names.map((name) => ruler?.measureText(name).width ?? 0)) + (NAME_GAP + 3) * zoom;
}

/** Draw the name of an input at its left and of an output at its right, or below, truncated to the available width. */
function drawName(
  context: CanvasRenderingContext2D,
  { layout, state, palette, zoom }: NetworkDrawing,
  column: Column,
  layer: number,
  unit: number,
): void {
  const y = column.y[unit] as number;
  const name = unitName(state, layer, unit);
  context.font = `${NAME_SIZE * zoom}px ${FONT}`;
  context.fillStyle = palette.ink;
  if (layout.namesBelow) {
    context.textBaseline = "top";
    context.textAlign = "center";
    const text = shortened(context, name, column.width - 4);
    const colors = { ink: palette.ink, halo: palette.card }; // links may lie below it
    haloText(context, text, column.x, y + layout.unitSize / 2 + 3 * zoom, colors);
    return;
  }
  const side = layer < 0 ? -1 : 1;
  const x = column.x + side * (layout.unitSize / 2 + NAME_GAP * zoom);
  context.textBaseline = "middle";
  context.textAlign = layer < 0 ? "right" : "left";
  context.fillText(shortened(context, name, (layer < 0 ? x : layout.width - x) - 2), x, y);
}

/** The activation level as a shape, and the activation as a number. */
const LEVEL_MARKS = ["○", "◐", "●"] as const;

function drawSample(
  context: CanvasRenderingContext2D,
  { frame, palette, zoom, deltas }: NetworkDrawing,
  layer: number,
  unit: number,
  x: number,
  foot: number,
): void {
  const sample = frame?.sample;
  if (!sample || !frame) return;
  const colors = { ink: palette.ink, halo: palette.card };
  context.font = `600 ${11 * zoom}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  if (layer < 0) {
    haloText(context, number(sample.inputs[unit]), x, foot + 2 * zoom, colors);
    return;
  }
  const place = frame.place(layer, unit);
  const mark = LEVEL_MARKS[sample.levels[place] ?? 0] ?? LEVEL_MARKS[0];
  haloText(context, `${mark} ${number(sample.activations[place])}`, x, foot + 2 * zoom, colors);
  if (deltas && sample.deltas) {
    context.font = `${11 * zoom}px ${FONT}`;
    haloText(context, `δ ${number(sample.deltas[place], 2)}`, x, foot + 15 * zoom, colors);
  }
}
