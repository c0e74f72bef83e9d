import { drawAxes, innerBox } from "../../draw/axes";
import { addMarker } from "../../draw/markers";
import { number } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { at, scale } from "../../engine/scale";
import { Card } from "../controls/card";
import { DataTable } from "../controls/data_table";
import { useEverything, useSession } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { useThrottled, useThrottledSignal } from "../use_throttled";

const CHART_MS = 100;

/** Predicted against actual values of a regression. */
export function ResidualsCard({ state }: { state: StateResponse }) {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const frames = useThrottledSignal(session.frame, CHART_MS);
  const fontSize = 11.5 * look.zoom.value;
  const canvas = useCanvas(
    ({ context, width, height }) => {
      const frame = frames.value;
      const points = session.points.value;
      const palette = look.palette.value;
      const pairs = frame?.residuals;
      const [low, high] = spread(pairs, state.output_range);
      const inner = innerBox(width, height, fontSize, [low, high]);
      const x = scale(low, high, inner.x, inner.x + inner.width);
      const y = scale(low, high, inner.y + inner.height, inner.y);
      drawAxes(context, inner, x, y, [`actual ${state.target}`, "predicted"], { palette, fontSize });
      context.save();
      context.beginPath();
      context.rect(inner.x, inner.y, inner.width, inner.height);
      context.clip();
      context.strokeStyle = palette.soft;
      context.lineWidth = fontSize * 0.1;
      context.beginPath();
      context.moveTo(at(x, low), at(y, low));
      context.lineTo(at(x, high), at(y, high));
      context.stroke();
      for (let i = 0; pairs && i * 2 + 1 < pairs.length; i++) {
        const isValidation = points?.validation[i] === 1;
        context.beginPath();
        addMarker(
          context,
          isValidation ? "diamond" : "circle",
          at(x, pairs[i * 2 + 1] as number),
          at(y, pairs[i * 2] as number),
          fontSize * 0.26,
        );
        context.lineWidth = fontSize * 0.11;
        context.strokeStyle = isValidation ? palette.validation : palette.training;
        context.stroke();
      }
      context.restore();
    },
    size,
    [state, fontSize],
  );
  return (
    <Card
      title="Predicted vs. actual"
      name="residuals"
      table={() => <ResidualsTable state={state} />}
      chart={
        <>
          <ul class="legend" aria-label="Markers">
            <li>○ training</li>
            <li>◇ validation</li>
            <li>line: predicted = actual</li>
          </ul>
          <div class="square" ref={box}>
            <canvas
              ref={canvas}
              role="img"
              aria-label={`Predicted against actual ${state.target}`}
              data-testid="residuals-canvas"
            />
          </div>
        </>
      }
    />
  );
}

/** The target's range, widened to the predictions, but at most doubled. */
function spread(
  pairs: Float32Array | null | undefined,
  [low, high]: readonly [number, number],
): [number, number] {
  const room = high - low || 1;
  let [least, most] = [low, high];
  for (const value of pairs ?? [])
    if (Number.isFinite(value)) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  return [Math.max(least, low - room / 2) - room * 0.03, Math.min(most, high + room / 2) + room * 0.03];
}

const MAX_ROWS = 300;

function ResidualsTable({ state }: { state: StateResponse }) {
  const session = useSession();
  const frame = useThrottled(session.frame, 500);
  const points = session.points.value;
  const pairs = frame?.residuals;
  if (!pairs || !points) return null;
  const total = pairs.length / 2;
  const rows = Array.from({ length: Math.min(total, MAX_ROWS) }, (_, i) => {
    const [predicted, actual] = [pairs[i * 2] as number, pairs[i * 2 + 1] as number];
    return [
      String(i + 1),
      String((points.row[i] ?? 0) + 1),
      number(actual, 4),
      number(predicted, 4),
      number(predicted - actual, 3),
      points.validation[i] ? "validation" : "training",
    ];
  });
  return (
    <DataTable
      caption={`Predictions of ${state.target}`}
      head={["Sample", "Row", "Actual", "Predicted", "Error", "Used for"]}
      rows={rows}
    />
  );
}
