import { drawSurface } from "../../draw/surface";
import { editView } from "../../engine/edits";
import { hiddenView } from "../../engine/hidden";
import type { StateResponse } from "../../engine/protocol";
import { Card } from "../controls/card";
import { Select } from "../controls/select";
import { useEverything } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { ClassLegend } from "./class_legend";

/** The rows as the last hidden layer sees them, while the network trains. */
export function HiddenCard({ state }: { state: StateResponse }) {
  const units = state.layers.at(-2)?.units ?? 0;
  return (
    <Card
      title="Last hidden layer"
      name="hidden"
      chart={
        units < 2 ? (
          <p class="hint" data-testid="hidden-missing">
            A plane needs a last hidden layer with at least two units: add a layer or a unit.
          </p>
        ) : (
          <HiddenSurface />
        )
      }
      below={
        units >= 2 && (
          <>
            <ClassLegend state={state} />
            {units > 2 && <UnitChoice state={state} units={units} />}
          </>
        )
      }
    />
  );
}

function HiddenSurface() {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const fontSize = 11.5 * look.zoom.value;
  const canvas = useCanvas(
    ({ context, width, height }) => {
      const now = session.state.value;
      const frame = session.frame.value;
      if (!now) return;
      const view = hiddenView(now, frame?.fits(now) ? frame : null, session.points.value);
      if (view)
        drawSurface(context, width, height, { ...view, frame, palette: look.palette.value, fontSize });
    },
    size,
    [fontSize],
  );
  const hidden = session.frame.value?.header.hidden;
  const over = hidden?.kind === "components" ? "the principal components of its units" : "two of its units";
  return (
    <div class="square" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`The rows as the last hidden layer sees them, over ${over}, with the predictions`}
        data-testid="hidden-canvas"
      />
    </div>
  );
}

function UnitChoice({ state, units }: { state: StateResponse; units: number }) {
  const { session } = useEverything();
  const view = session.experiment.value?.view ?? state.experiment.view;
  const [x, y] = [view.unit_x, view.unit_y];
  const chosen = x !== null && y !== null && x !== y && Math.max(x, y) < units;
  const numbers = Array.from({ length: units }, (_, i) => ({ value: String(i), label: `unit ${i + 1}` }));
  return (
    <div class="view-controls">
      <Select
        label="Plane"
        value={chosen ? "units" : "components"}
        testid="hidden-plane"
        options={[
          { value: "components", label: "principal components of all units" },
          { value: "units", label: "two units, the others at their means" },
        ]}
        onChange={(kind) =>
          session.edit(editView(kind === "units" ? { unit_x: 0, unit_y: 1 } : { unit_x: null, unit_y: null }))
        }
      />
      {chosen && (
        <div class="fields two">
          <Select
            label="Unit from left to right"
            value={String(x)}
            options={numbers.filter(({ value }) => value !== String(y))}
            testid="hidden-x"
            onChange={(unit) => session.edit(editView({ unit_x: Number(unit) }))}
          />
          <Select
            label="Unit from bottom to top"
            value={String(y)}
            options={numbers.filter(({ value }) => value !== String(x))}
            testid="hidden-y"
            onChange={(unit) => session.edit(editView({ unit_y: Number(unit) }))}
          />
        </div>
      )}
    </div>
  );
}
