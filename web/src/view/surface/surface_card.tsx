import { useSignal } from "@preact/signals";
import { drawSurface, surfaceGeometry } from "../../draw/surface";
import { decodePoints } from "../../engine/drawn_points";
import { editView } from "../../engine/edits";
import { number } from "../../engine/format";
import { shows } from "../../engine/lessons";
import { sampleName } from "../../engine/names";
import { nearestPoint } from "../../engine/nearest";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { Card } from "../controls/card";
import { DataTable } from "../controls/data_table";
import { Segmented } from "../controls/segmented";
import { Select } from "../controls/select";
import { Switch } from "../controls/switch";
import { useEverything, useLook, useReadOnly, useSession } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { ClassLegend } from "./class_legend";
import { DrawingPad } from "./drawing_pad";
import { SampleChooser } from "./sample_chooser";

function title({ input_plane, task }: StateResponse): string {
  if (input_plane.kind === "line") return "Prediction curve";
  return task === "classification" ? "Decision surface" : "Prediction surface";
}

/** The network's predictions over the input plane, or the plane to draw points on. */
export function SurfaceCard({ state }: { state: StateResponse }) {
  if (useLook().drawing.value === null) return <Surface state={state} />;
  return <Card title="Draw your own points" name="surface" chart={<DrawingPad state={state} />} />;
}

/** The network's predictions over the input plane, with the samples. */
function Surface({ state }: { state: StateResponse }) {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const readOnly = useReadOnly();
  const tip = useSignal<{ text: string; x: number; y: number } | null>(null);
  const fontSize = 11.5 * look.zoom.value;
  const canvas = useCanvas(
    ({ context, width, height }) => {
      const now = session.state.value;
      const frame = session.frame.value;
      if (!now) return;
      drawSurface(context, width, height, {
        state: now,
        frame: frame?.fits(now) ? frame : null,
        points: session.points.value,
        palette: look.palette.value,
        fontSize,
      });
    },
    size,
    [fontSize],
  );

  const pointAt = (event: MouseEvent) => {
    const points = session.points.value;
    const bounds = canvas.current?.getBoundingClientRect();
    if (!points || !bounds) return null;
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const geometry = surfaceGeometry(state, size.width, size.height, fontSize);
    const index = nearestPoint(
      points,
      geometry,
      x,
      y,
      14 * look.zoom.value,
      state.experiment.view.validation,
    );
    return index === null ? null : { index, x, y };
  };
  const describe = (index: number) => {
    const points = session.points.value;
    if (!points) return "";
    const target = points.target[index] as number;
    const value = state.task === "classification" ? (state.classes[target] ?? "") : number(target);
    return `${sampleName(index, points.row[index] as number)}: ${value}${points.validation[index] ? ", validation" : ""}`;
  };

  return (
    <Card
      title={title(state)}
      name="surface"
      actions={
        state.experiment.data.source === "drawn" &&
        !readOnly && (
          <Button
            label="Draw"
            icon="pencil"
            testid="draw"
            onClick={() => (look.drawing.value = decodePoints(state.experiment.data.points))}
          />
        )
      }
      table={() => <PointsTable state={state} />}
      chart={
        <div class="square" ref={box}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={description(state)}
            data-testid="surface-canvas"
            onMouseMove={(event) => {
              const found = pointAt(event);
              tip.value = found && { text: describe(found.index), x: found.x, y: found.y };
            }}
            onMouseLeave={() => (tip.value = null)}
            onClick={(event) => {
              const found = pointAt(event);
              if (found)
                session.send({
                  type: "sample",
                  index: found.index === state.sample?.index ? null : found.index,
                });
            }}
          />
          {tip.value && (
            <div
              class="tip"
              aria-hidden="true"
              style={{
                left: `${Math.min(tip.value.x + 12, size.width - 150)}px`,
                top: `${tip.value.y + 12}px`,
              }}
            >
              {tip.value.text}
            </div>
          )}
        </div>
      }
      below={
        <>
          <ClassLegend state={state} />
          {shows(state.experiment.view, "view") && (
            <>
              <ViewControls state={state} />
              <SampleChooser state={state} />
            </>
          )}
        </>
      }
    />
  );
}

function description(state: StateResponse): string {
  const what = state.task === "classification" ? "Predicted class" : `Predicted ${state.target}`;
  const { x, y } = state.input_plane;
  return `${what}, over ${x.label}${state.input_plane.kind === "plane" ? ` and ${y.label}` : ""}, with the samples`;
}

function ViewControls({ state }: { state: StateResponse }) {
  const session = useSession();
  const view = session.experiment.value?.view;
  if (!view || session.hello.value?.frozen) return null;
  const names = state.view_columns.map((name) => ({ value: name, label: name }));
  const [first = "", second = ""] = state.view_axes;
  const many = state.view_columns.length > 2;
  const [shownX, shownY] = [view.x ?? first, view.y ?? second];
  /** Both axes with one chosen; a column that the other axis has changes places with it. */
  const axesWith = ({ x = shownX, y = shownY }: { x?: string; y?: string }) =>
    x === y ? { x: shownY, y: shownX } : { x, y };
  return (
    <div class="view-controls">
      {many && (
        <Segmented
          label="Axes"
          value={view.kind}
          testid="view-kind"
          options={[
            { value: "columns", label: "Two columns" },
            { value: "components", label: "Principal components" },
          ]}
          onChange={(kind) => session.edit(editView({ kind: kind as typeof view.kind }))}
        />
      )}
      {many && view.kind === "columns" && (
        <div class="fields two">
          <Select
            label="x axis"
            value={shownX}
            options={names}
            testid="view-x"
            onChange={(x) => session.edit(editView(axesWith({ x })))}
          />
          <Select
            label="y axis"
            value={shownY}
            options={names}
            testid="view-y"
            onChange={(y) => session.edit(editView(axesWith({ y })))}
          />
        </div>
      )}
      {many && (
        <Select
          label={view.kind === "columns" ? "Other columns" : "Other components"}
          value={view.others}
          testid="view-others"
          options={[
            { value: "median", label: "at their median" },
            { value: "sample", label: "as in the chosen sample", disabled: !state.sample },
          ]}
          onChange={(others) => session.edit(editView({ others: others as typeof view.others }))}
        />
      )}
      <div class="row">
        <Switch
          label="Validation points"
          on={view.validation}
          testid="show-validation"
          onChange={(validation) => session.edit(editView({ validation }))}
        />
        {state.task === "classification" && (
          <Switch
            label="Predicted class only"
            on={view.discrete}
            testid="discrete"
            onChange={(discrete) => session.edit(editView({ discrete }))}
          />
        )}
      </div>
    </div>
  );
}

const MAX_ROWS = 300;

function PointsTable({ state }: { state: StateResponse }) {
  const points = useSession().points.value;
  if (!points) return null;
  const shown = Math.min(points.x.length, MAX_ROWS);
  const rows = Array.from({ length: shown }, (_, i) => [
    String(i + 1),
    String((points.row[i] as number) + 1),
    number(points.x[i], 4),
    number(points.y[i], 4),
    state.task === "classification"
      ? (state.classes[points.target[i] as number] ?? "")
      : number(points.target[i], 4),
    points.validation[i] ? "validation" : "training",
  ]);
  return (
    <DataTable
      caption={shown < points.total ? `Samples, the first ${shown} of ${points.total}` : "Samples"}
      head={["Sample", "Row", state.input_plane.x.label, state.input_plane.y.label, state.target, "Used for"]}
      rows={rows}
    />
  );
}
