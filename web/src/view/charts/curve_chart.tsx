import type uPlot from "uplot";
import { FONT } from "../../draw/canvas";
import { grouped, number } from "../../engine/format";
import { labelWidth, tickLabels } from "../../engine/scale";
import { curveColumns } from "../../engine/curves";
import { useEverything } from "../context";
import { useThrottledSignal } from "../use_throttled";
import { usePlot } from "./use_plot";

/** Shortest time between two drawings of a curve. */
const CURVE_MS = 100;

interface CurveChartProps {
  name: string;
  label: string;
  /** Columns of the curve's table: training, validation. */
  columns: readonly [number, number];
  logarithmic?: boolean;
  range?: (low: number, high: number) => [number, number];
  /** Whether values are shares, shown in percent. */
  percent?: boolean;
  stoppedAt: number | null;
  /** The epoch whose weights are shown since, marked by a dot on the validation line. */
  keptAt: number | null;
}

/** Training as a solid line, validation as a dashed one. */
export function CurveChart({
  name,
  label,
  columns,
  logarithmic,
  range,
  percent,
  stoppedAt,
  keptAt,
}: CurveChartProps) {
  const { session, look } = useEverything();
  const frames = useThrottledSignal(session.frame, CURVE_MS);
  const palette = look.palette.value;
  const zoom = look.zoom.value;

  const options = (width: number, height: number): uPlot.Options => {
    const axis = {
      font: `${11 * zoom}px ${FONT}`,
      stroke: palette.soft,
      grid: { stroke: palette.rule, width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false, setScale: false }, points: { show: false } },
      padding: [8 * zoom, 16 * zoom, 0, 0],
      scales: {
        x: { time: false, range: (_plot, low, high) => [low ?? 0, Math.max(high ?? 1, (low ?? 0) + 1)] },
        y: {
          distr: logarithmic ? 3 : 1,
          ...(range && !logarithmic
            ? { range: (_plot: uPlot, low: number | null, high: number | null) => range(low ?? 0, high ?? 1) }
            : {}),
        },
      },
      axes: [
        {
          ...axis,
          size: 26 * zoom,
          space: 44 * zoom,
          values: (_plot, values) => values.map((v) => (Number.isInteger(v) ? grouped(v) : "")),
        },
        {
          ...axis,
          size: (_plot, labels) =>
            Math.max(44, 12 + 11 * Math.max(...(labels ?? []).map((label) => labelWidth(label ?? "")))) *
            zoom,
          space: 32 * zoom,
          values: (_plot, values) => (logarithmic ? powers(values) : labelsOf(values, percent)),
        },
      ],
      series: [
        {},
        { stroke: palette.training, width: 2 * zoom, spanGaps: true, points: { show: false } },
        {
          stroke: palette.validation,
          width: 2 * zoom,
          dash: [6 * zoom, 4 * zoom],
          spanGaps: true,
          points: { show: false },
        },
      ],
      hooks: {
        draw: [
          (plot) => stoppedAt !== null && drawStop(plot, stoppedAt, palette.ink),
          (plot) => keptAt !== null && drawKept(plot, keptAt, palette.validation, palette.card, 5 * zoom),
        ],
      },
    };
  };

  const feed = (plot: uPlot) => {
    const frame = frames.value;
    if (!frame) return;
    const all = curveColumns(frame.curve);
    const safe = (values: readonly (number | null)[]) =>
      logarithmic ? values.map((v) => (v !== null && v > 0 ? v : null)) : values.slice();
    plot.setData([
      all[0],
      safe(all[columns[0]] as (number | null)[]),
      safe(all[columns[1]] as (number | null)[]),
    ]);
  };

  const [box, host] = usePlot(options, feed, [palette, zoom, logarithmic, stoppedAt, keptAt, label]);
  return (
    <figure class="chart" data-testid={`chart-${name}`}>
      <figcaption>{label}</figcaption>
      <div class="plot-box" ref={box}>
        <div
          ref={host}
          class="plot"
          role="img"
          aria-label={`${label} over epochs, training and validation`}
        />
      </div>
    </figure>
  );
}

function labelsOf(values: readonly number[], percent = false): string[] {
  if (!percent) return tickLabels(values);
  return tickLabels(values.map((value) => value * 100)).map((label) => `${label}%`);
}

/** Labels of a logarithmic axis, where uPlot leaves most ticks without one. */
function powers(values: readonly (number | null)[]): string[] {
  return values.map((value) => (value === null ? "" : number(value, 1)));
}

function drawStop(plot: uPlot, epoch: number, ink: string): void {
  const x = Math.round(plot.valToPos(epoch, "x", true));
  const { ctx, bbox } = plot;
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = Math.max(1, globalThis.devicePixelRatio);
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function drawKept(plot: uPlot, epoch: number, color: string, edge: string, size: number): void {
  const place = plot.valToIdx(epoch);
  const value = plot.data[2]?.[place];
  if (value === null || value === undefined) return;
  const { ctx } = plot;
  ctx.save();
  ctx.beginPath();
  const [x, y] = [plot.valToPos(epoch, "x", true), plot.valToPos(value, "y", true)];
  ctx.arc(x, y, size * globalThis.devicePixelRatio, 0, 2 * Math.PI);
  ctx.fillStyle = color;
  ctx.strokeStyle = edge;
  ctx.lineWidth = 2 * globalThis.devicePixelRatio;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}
